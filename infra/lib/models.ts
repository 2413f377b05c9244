import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Column {
  readonly name: string;
  /** In Athena's words. */
  readonly type: string;
  readonly description: string;
}

/** A query and what the comments above it say of it: a title, a question, the grain, and each column with its type. */
export interface Query {
  /** `lead_volume`, of `01_lead_volume.sql`. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly grain: string;
  readonly columns: readonly Column[];
  /** With the comments. */
  readonly text: string;
  /** Without them. */
  readonly sql: string;
}

export interface Model extends Query {
  readonly folder: 'kpi' | 'gold' | 'report';
  /** Of a KPI. */
  readonly number: string;
}

const NAMED = /^(?:(?<number>\d+)_)?(?<name>.+)\.sql$/;
const COLUMN = /^(?<name>[a-z][a-z0-9_]*) +(?<type>\S+) +(?<description>\S.*)$/;

/** KPIs first, in the order of their numbers. */
export function readModels(root: string): readonly Model[] {
  const of = (folder: Model['folder'], inside: string): readonly Model[] =>
    sqlFilesIn(join(root, inside)).map((file) => ({
      ...readQuery(file),
      folder,
      number: NAMED.exec(basename(file))?.groups?.['number'] ?? '',
    }));
  return [...of('kpi', 'models/kpi'), ...of('gold', 'models'), ...of('report', 'models/report')];
}

export function sqlFilesIn(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql')).sort();
  return files.map((file) => join(folder, file));
}

export function readQuery(file: string): Query {
  const text = readFileSync(file, 'utf8');
  const lines = text.trimEnd().split('\n');
  const begin = lines.findIndex((line) => !line.startsWith('--'));
  const header = lines.slice(0, begin).map((line) => line.replace(/^-- ?/, ''));
  const [about, grain, columns] = header.join('\n').split('\n\n').map((paragraph) => paragraph.split('\n'));
  const [title, ...question] = about ?? [];
  if (!title || question.length === 0 || !grain || !columns) {
    throw new Error(`${file}: begin with comments: title and question, grain, columns, with an empty one between them`);
  }
  return {
    name: NAMED.exec(basename(file))?.groups?.['name'] ?? '',
    title,
    question: question.join(' '),
    grain: grain.join(' '),
    columns: columns.map((line) => columnOf(file, line)),
    text,
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
