import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface Column {
  readonly name: string;
  /** In Athena's words. */
  readonly type: string;
  readonly description: string;
}

/** A query and what the comments above it say of it: a title, a question, the grain, and each column with its type. */
export interface Query {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly columns: readonly Column[];
  readonly sql: string;
}

const COLUMN = /^(?<name>[a-z][a-z0-9_]*) +(?<type>\S+) +(?<description>\S.*)$/;

export function readQuery(file: string): Query {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const begin = lines.findIndex((line) => !line.startsWith('--'));
  const paragraphs = lines
    .slice(0, begin)
    .map((line) => line.replace(/^-- ?/, ''))
    .join('\n')
    .split('\n\n');
  const [about, , columns] = paragraphs.map((paragraph) => paragraph.split('\n'));
  const [title, ...question] = about ?? [];
  if (!title || !columns) {
    throw new Error(`${file}: begin with comments: title and question, grain, columns, with an empty one between them`);
  }
  return {
    name: basename(file, '.sql').replace(/^\d+_/, ''),
    title,
    question: question.join(' '),
    columns: columns.map((line) => columnOf(file, line)),
    sql: lines.slice(begin).join('\n'),
  };
}

function columnOf(file: string, line: string): Column {
  const { name, type, description } = COLUMN.exec(line)?.groups ?? {};
  if (!name || !type || !description) {
    throw new Error(`${file}: "${line}" names no column; write its name, type and meaning`);
  }
  return { name, type, description };
}
