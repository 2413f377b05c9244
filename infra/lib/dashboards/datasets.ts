import { basename, join } from 'node:path';
import { Table, TABLES } from '../layout';
import { Query, readQuery, sqlFilesIn } from '../models';

/** What QuickSight copies from the lake. */
export interface DataSet extends Query {
  readonly tables: readonly Table[];
}

const READS = /\b(FROM|JOIN) (\w+)/g;

/** One for each file of infra/dashboards. */
export function readDataSets(root: string): readonly DataSet[] {
  return sqlFilesIn(join(root, 'infra/dashboards')).map((file) => {
    const query = readQuery(file);
    const read = new Set([...query.sql.matchAll(READS)].map((found) => found[2]));
    const tables = TABLES.filter(({ name }) => read.has(name));
    const personal = tables.filter((table) => table.personal.length > 0).map(({ name }) => name);
    if (personal.length > 0) {
      throw new Error(`${basename(file)}: ${personal.join(', ')} tells who people are; dashboards read nothing that does`);
    }
    return { ...query, tables };
  });
}

/** QuickSight asks outside of any database, so tables are called with theirs. */
export function sqlIn(database: string, { sql, tables }: DataSet): string {
  const names = new Set(tables.map(({ name }) => name));
  return sql.replaceAll(READS, (found, word: string, name: string) =>
    names.has(name) ? `${word} "${database}"."${name}"` : found);
}

interface InputType {
  readonly type: string;
  readonly subType?: string;
}

const INPUT_TYPES: Readonly<Record<string, InputType>> = {
  string: { type: 'STRING' },
  bigint: { type: 'INTEGER' },
  double: { type: 'DECIMAL', subType: 'FLOAT' },
  date: { type: 'DATETIME' },
  timestamp: { type: 'DATETIME' },
};

export function inputType(type: string): InputType {
  const found = INPUT_TYPES[type];
  if (!found) {
    throw new Error(`dashboards know no type ${type}; cast to one of ${Object.keys(INPUT_TYPES).join(', ')}`);
  }
  return found;
}
