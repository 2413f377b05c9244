import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TABLES } from '../lib/layout';
import { questionsOf } from '../lib/catalog/question_text';
import { ROOT, synth } from './synth';

interface NamedQuery {
  readonly Name: string;
  readonly Description: string;
  readonly Database: string;
  readonly WorkGroup: string;
  readonly QueryString: string;
}

const SYNTHESISED = synth('dev');
const QUERIES = Object.values(SYNTHESISED.template('questions').findResources('AWS::Athena::NamedQuery')).map(
  ({ Properties }) => Properties as NamedQuery,
);
const MODELS = readdirSync(join(ROOT, 'models'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sql'))
  .map((file) => ({ file, text: readFileSync(join(ROOT, 'models', file), 'utf8') }));

function withoutComments(sql: string): string {
  return sql.replaceAll(/^--.*$/gm, '');
}

function tablesOf(sql: string): readonly string[] {
  return withoutComments(sql).match(/\b(?:silver|features|gold|ops|quarantine)_\w+/g) ?? [];
}

function modelsIn(folder: string): string {
  const root = mkdtempSync(join(tmpdir(), 'leadlake-models-'));
  cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
  return root;
}

test('every model is one question, with its header', () => {
  assert.ok(MODELS.length >= 20);
  for (const { file, text } of MODELS) {
    const header = text.slice(0, text.search(/^(WITH|SELECT) /m));
    const found = QUERIES.filter((query) => query.QueryString.startsWith(header));
    assert.equal(found.length, 1, file);
    assert.ok(header.includes(found[0]?.Description.slice(0, 20) ?? '?'), file);
  }
});

test('what gold keeps is a question of its own for each KPI and table', () => {
  const kept = QUERIES.filter((query) => !query.QueryString.startsWith('--'));
  const kpis = kept.flatMap((query) => query.QueryString.match(/(?<=kpi = ')\w+/) ?? []);
  assert.deepEqual(
    kpis.sort(),
    MODELS.flatMap(({ file }) => file.match(/(?<=^kpi\/\d\d_)\w+/) ?? []).sort(),
  );
  const tables = kept.flatMap((query) => tablesOf(query.QueryString)).filter((table) => table !== 'gold_kpi');
  assert.deepEqual(
    tables.sort(),
    MODELS.filter(({ file }) => !file.includes('/')).map(({ file }) => `gold_${file.slice(0, -4)}`).sort(),
  );
  assert.equal(QUERIES.length, MODELS.length + kept.length);
});

test('a question needs nothing filled in, and Athena takes it', () => {
  assert.equal(new Set(QUERIES.map((query) => query.Name)).size, QUERIES.length);
  for (const { Name, Description, Database, QueryString } of QUERIES) {
    assert.equal(Database, 'leadlake_dev');
    assert.doesNotMatch(withoutComments(QueryString), /:[a-z]|\?|\$\{/, Name);
    assert.ok(Name.length <= 128 && Description.length <= 1024, Name);
    assert.ok(Buffer.byteLength(QueryString) <= 262_144, Name);
  }
});

test('a question lies only where everything that it reads may be read', () => {
  const { workgroups } = SYNTHESISED.stacks.lake.catalog;
  const readable = {
    [workgroups.pipeline.name]: () => true,
    [workgroups.sales.name]: (table: string) => ['gold_sales_dashboard', 'gold_lead_scores'].includes(table),
    [workgroups.analyst.name]: (table: string) =>
      TABLES.some(({ name, layer, personal }) => name === table && layer === 'gold' && personal.length === 0),
  };
  const counts = new Map<string, number>();
  for (const { Name, WorkGroup, QueryString } of QUERIES) {
    const mayRead = readable[WorkGroup];
    assert.ok(mayRead, `${Name} lies in ${WorkGroup}`);
    assert.deepEqual(tablesOf(QueryString).filter((table) => !mayRead(table)), [], Name);
    counts.set(WorkGroup, (counts.get(WorkGroup) ?? 0) + 1);
  }
  assert.ok((counts.get(workgroups.analyst.name) ?? 0) > 12);
  assert.equal(counts.get(workgroups.sales.name), 1);
});

test('an emulator that knows no named query still gets storage and lake', () => {
  for (const stack of ['storage', 'lake'] as const) {
    SYNTHESISED.template(stack).resourceCountIs('AWS::Athena::NamedQuery', 0);
  }
});

test('a model that comes along is a question by itself', () => {
  const root = modelsIn('models');
  writeFileSync(
    join(root, 'models', 'report', 'cities.sql'),
    '-- Cities\n-- Where do they live?\n--\n-- Grain: city.\n--\n-- city  string  Where\nSELECT city FROM silver_leads WHERE first_seen_at <= :as_of\n',
  );
  const before = questionsOf(ROOT).map(({ name }) => name);
  const [added, ...others] = questionsOf(root).filter(({ name }) => !before.includes(name));
  assert.ok(added && others.length === 0);
  assert.deepEqual([added.name, added.asker], ['Report: Cities', 'pipeline']);
  assert.match(added.sql, /first_seen_at <= CAST\(current_timestamp AT TIME ZONE 'UTC' AS timestamp\)\n$/);
});

for (const [what, sql, told] of [
  ['a parameter that nobody knows', '-- A\n-- B?\n--\n-- Grain: a.\n--\n-- a  date  A\nSELECT :since AS a\n', /odd asks for :since; known are :as_of/],
  ['no header', 'SELECT 1\n', /odd\.sql: begin with comments: title and question/],
] as const) {
  test(`refused: a model with ${what}`, () => {
    const root = modelsIn('models');
    mkdirSync(join(root, 'models', 'report'), { recursive: true });
    writeFileSync(join(root, 'models', 'report', 'odd.sql'), sql);
    assert.throws(() => questionsOf(root), told);
  });
}
