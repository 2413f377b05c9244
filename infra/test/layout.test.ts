import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { layerOf, TABLES } from '../lib/layout';
import { ROOT } from './synth';

/** Columns by which somebody is known, whatever table they stand in. */
const TELLS_WHO = /^(name|(email|phone|crm_id)s?)$/;

const documented = columnsInDocs();

test('the tables are those that the lake itself has', () => {
  const source = readFileSync(join(ROOT, 'lib/lake/src/tables/name.rs'), 'utf8');
  const constants = new Map(
    [...source.matchAll(/const (\w+): Self = Self::own\(TableLayer::(\w+), "(\w+)"\)/g)].map(
      ([, constant = '', layer = '', name = '']) => [constant, `${layer.toLowerCase()}/${name}`],
    ),
  );
  const [, list = ''] = /const OWN: \[Self; \d+\] = \[([^\]]+)\]/.exec(source) ?? [];
  const own = [...list.matchAll(/Self::(\w+)/g)].map(([, constant = '']) => constants.get(constant));
  assert.ok(own.length > 10, "the list of the lake's own tables was not found");
  assert.deepEqual(TABLES.map(({ folder }) => folder).sort(), own.sort());
});

test('the tables are those of docs/TABLES.md, where their names say', () => {
  const [, list = ''] = /for each of the (\w+) above/.exec(docs()) ?? [];
  assert.equal(list, 'thirteen');
  assert.equal(TABLES.length, 13);
  for (const { name, layer, folder } of TABLES) {
    assert.ok(documented.has(name), `docs/TABLES.md has no ${name}`);
    assert.equal(folder.replace('/', '_'), name);
    assert.equal(layerOf(folder), layer);
  }
});

test('each column that tells who somebody is, is personal, and each personal column is there', () => {
  for (const { name, personal } of TABLES) {
    const columns = documented.get(name) ?? [];
    const telling = columns.filter((column) => TELLS_WHO.test(column));
    assert.deepEqual(
      telling.filter((column) => !personal.includes(column)),
      [],
      `${name} shows who somebody is`,
    );
    assert.deepEqual(
      personal.filter((column) => !columns.includes(column)),
      [],
      `${name} has no such columns`,
    );
  }
});

test('no two tables share a folder', () => {
  for (const { folder } of TABLES) {
    assert.deepEqual(TABLES.filter((other) => `${other.folder}/`.startsWith(`${folder}/`)).length, 1);
  }
});

/** By table. */
function columnsInDocs(): ReadonlyMap<string, readonly string[]> {
  const sections = docs().split(/^## /m).slice(1);
  const columns = new Map(
    sections.map((section) => [
      section.split('\n', 1)[0] ?? '',
      [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| `/gm)].flatMap(([, names = '']) =>
        names.replaceAll('`', '').split(', '),
      ),
    ]),
  );
  const leads = columns.get('silver_leads') ?? [];
  assert.ok(leads.length > 40, 'docs/TABLES.md is read wrongly');
  const [, from = '', to = ''] = /those of `silver_leads` from `(\w+)` to `(\w+)`/.exec(docs()) ?? [];
  const shared = leads.slice(leads.indexOf(from), leads.indexOf(to) + 1);
  assert.ok(shared.length > 20, 'what silver_lead_history shares is read wrongly');
  return columns.set('silver_lead_history', [...(columns.get('silver_lead_history') ?? []), ...shared]);
}

function docs(): string {
  return readFileSync(join(ROOT, 'docs/TABLES.md'), 'utf8');
}
