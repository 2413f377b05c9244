import type { Person } from '../../config';
import { TABLES } from '../layout';
import { Model, readModels } from '../models';

/** A query that can be asked as it stands. */
export interface Question {
  readonly name: string;
  readonly description: string;
  readonly asker: Person;
  readonly sql: string;
}

const TABLE = /\b(?:bronze|silver|features|gold|ops|quarantine)_[a-z_]+/g;
const TODAY = 'current_date';
/** Engines differ in what a day less an interval is; all agree on what it is cast to. */
const DAYS_AGO = (days: number) => `CAST(${TODAY} - INTERVAL '${days}' DAY AS date)`;
const PARAMETERS: Readonly<Record<string, string>> = {
  ':as_of': `CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp)`,
  ':from_day': DAYS_AGO(29),
  ':to_day': TODAY,
};

/** What gold keeps, for those it is meant for, and every model, for those who may read what it reads. */
export function questionsOf(root: string): readonly Question[] {
  const models = readModels(root);
  return [...models.flatMap(kept), ...models.map(anew)];
}

function kept(model: Model): readonly Question[] {
  if (model.folder === 'report') {
    return [];
  }
  const table = model.folder === 'kpi' ? 'gold_kpi' : `gold_${model.name}`;
  return [
    {
      name: titleOf(model),
      description: `${model.question} As the last runs left it in ${table}.`,
      asker: isForEverybody([table]) ? 'analyst' : 'sales',
      sql: model.folder === 'kpi' ? keptKpi(model) : keptTable(model, table),
    },
  ];
}

function keptKpi({ name }: Model): string {
  return [
    'SELECT date, measure, dimensions, value, numerator, denominator, state, change, changed_because, detail',
    'FROM gold_kpi',
    `WHERE kpi = '${name}' AND is_latest AND date >= ${DAYS_AGO(29)}`,
    'ORDER BY date DESC, measure',
    '',
  ].join('\n');
}

function keptTable({ columns }: Model, table: string): string {
  const [first] = columns;
  return [
    `SELECT ${columns.map(({ name }) => name).join(',\n       ')}`,
    `FROM ${table}`,
    `ORDER BY ${first?.name}${first?.type === 'date' ? ' DESC' : ''}`,
    '',
  ].join('\n');
}

function anew(model: Model): Question {
  const read = model.text.replaceAll(/^--.*$/gm, '').match(TABLE) ?? [];
  return {
    name: `${titleOf(model)}${model.folder === 'report' ? '' : ', computed anew'}`,
    description: `${model.question} ${model.grain} Of the last 30 days where it asks for a range.`,
    asker: isForEverybody(read) ? 'analyst' : 'pipeline',
    sql: model.text.replaceAll(/:[a-z_]+/g, (parameter) => valueOf(model, parameter)),
  };
}

function valueOf(model: Model, parameter: string): string {
  const value = PARAMETERS[parameter];
  if (value === undefined) {
    throw new Error(`models: ${model.name} asks for ${parameter}; known are ${Object.keys(PARAMETERS).join(', ')}`);
  }
  return value;
}

function titleOf({ folder, number, title }: Model): string {
  return { kpi: `KPI ${number} ${title}`, gold: title, report: `Report: ${title}` }[folder];
}

function isForEverybody(tables: readonly string[]): boolean {
  const open = TABLES.filter((table) => table.layer === 'gold' && table.personal.length === 0).map(({ name }) => name);
  return tables.every((table) => open.includes(table));
}
