import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one file asks for, in order. */
export interface Script {
  readonly file: string;
  readonly statements: readonly string[];
}

/** What stands for `{{name}}`. */
export type Values = Readonly<Record<string, string>>;

type Kind = 'code' | 'text' | 'name' | 'comment' | 'body' | 'end';

interface Piece {
  readonly kind: Kind;
  readonly text: string;
}

/** What a file can hold besides code. A comment within a comment is one too. */
const BEGINNINGS = /--|\/\*|'|"|;|\$(?:[A-Za-z_][A-Za-z_0-9]*)?\$/g;
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const IDENTIFIER = /^[a-z_][a-z0-9_]*$/;
const NUMBERED = /^\d{3}_[a-z0-9_]+\.sql$/;

/** In the order of their numbers. */
export function readScripts(folder: string, values: Values): readonly Script[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  const misnamed = files.find((file) => !NUMBERED.test(file));
  if (misnamed) {
    throw new Error(`${misnamed}: name it like 150_sources.sql, so that it is clear when its turn is`);
  }
  if (files.length === 0) {
    throw new Error(`there is no SQL in ${folder}`);
  }
  return files.map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return { file, statements: inFile(file, () => statementsOf(text, values)) };
  });
}

/** The statements of a text, without its comments and with its placeholders filled. */
export function statementsOf(text: string, values: Values = {}): readonly string[] {
  const statements: string[] = [];
  let statement = '';
  for (const piece of [...piecesOf(text), { kind: 'end', text: '' } as const]) {
    if (piece.kind === 'end') {
      statements.push(statement.trim());
      statement = '';
    } else {
      statement += piece.kind === 'comment' ? ' ' : filled(piece, values);
    }
  }
  return statements.filter((found) => found !== '').map(withoutBlanks);
}

/** A value cannot end what it stands in: it is split before it is filled, and quotes within text are doubled. */
function filled({ kind, text }: Piece, values: Values): string {
  return text.replace(PLACEHOLDER, (written, inner: string) => {
    const name = inner.trim();
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) {
      throw new Error(`nothing is known of ${written}; known are: ${Object.keys(values).sort().join(', ') || 'none'}`);
    }
    if (value === '') {
      throw new Error(`${written} is empty`);
    }
    if (kind === 'text' && !value.includes('\\')) {
      return value.replaceAll("'", "''");
    }
    if (!IDENTIFIER.test(value)) {
      const place = kind === 'text' ? 'nowhere: it holds a backslash' : 'between single quotes only';
      throw new Error(`${written} would be ${JSON.stringify(value)}, which can stand ${place}`);
    }
    return value;
  });
}

function* piecesOf(text: string): Generator<Piece> {
  let from = 0;
  while (from < text.length) {
    BEGINNINGS.lastIndex = from;
    const found = BEGINNINGS.exec(text);
    if (!found || found.index > from) {
      yield { kind: 'code', text: text.slice(from, found?.index) };
    }
    if (!found) {
      return;
    }
    const { kind, end } = endOf(text, found.index, found[0]);
    yield { kind, text: text.slice(found.index, end) };
    from = end;
  }
}

function endOf(text: string, start: number, opened: string): { kind: Kind; end: number } {
  const after = start + opened.length;
  switch (opened) {
    case ';':
      return { kind: 'end', end: after };
    case '--': {
      const line = text.indexOf('\n', after);
      return { kind: 'comment', end: line < 0 ? text.length : line };
    }
    case '/*':
      return { kind: 'comment', end: endOfComment(text, start) };
    case "'":
      return { kind: 'text', end: endOfQuoted(text, start, opened) };
    case '"':
      return { kind: 'name', end: endOfQuoted(text, start, opened) };
    default: {
      const close = text.indexOf(opened, after);
      return { kind: 'body', end: close < 0 ? unended(text, start, opened) : close + opened.length };
    }
  }
}

/** A quote that is doubled does not end it. Whether one after a backslash does, engines differ: so there is none. */
function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === "'") {
      throw new Error(
        `line ${lineOf(text, at)}: a backslash in text may mean two things; write chr(92), or '' for a quote`,
      );
    }
    if (text[at] === quote) {
      if (text[at + 1] !== quote) {
        return at + 1;
      }
      at += 1;
    }
  }
  return unended(text, start, quote);
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (const mark of text.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) {
      return start + mark.index + 2;
    }
  }
  return unended(text, start, '/*');
}

function unended(text: string, start: number, opened: string): never {
  throw new Error(`line ${lineOf(text, start)}: what begins with ${opened} does not end`);
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** Lines that held a comment only are gone with it, but never one within quotes. */
function withoutBlanks(statement: string): string {
  const kept = ({ kind, text }: Piece) => (kind === 'code' ? text.replace(/[ \t]*\n\s*\n/g, '\n') : text);
  return [...piecesOf(statement)].map(kept).join('');
}

function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
