import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSources, Source } from '../lib/sources';
import { ROOT } from './synth';

const SHIPPED = join(ROOT, 'contracts');

const CHAT = `
description: {purpose: Asked for a call back.}
slaProperties:
  - {property: freshness, value: 24, unit: h, element: chat.event_time}
schema:
  - name: chat
    properties:
      - {name: event_id, description: Which conversation.}
      - {name: topic, classification: internal}
      - {name: city, classification: restricted}
      - name: email
        classification: confidential
        customProperties: [{property: keepOriginal, value: true}]
      - name: phone
        customProperties: [{property: identity, value: phone}, {property: keepOriginal, value: false}]
`;

function read(files: Readonly<Record<string, string>>): readonly Source[] {
  const folder = mkdtempSync(join(tmpdir(), 'leadlake-contracts-'));
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(folder, file), text);
  }
  return readSources(folder);
}

function chat(text: string): Source {
  const [source] = read({ 'chat.odcs.yaml': text });
  assert.ok(source);
  return source;
}

function withLevels(...levels: readonly string[]): string {
  return CHAT.replace('slaProperties:', ['slaProperties:', ...levels.map((level) => `  - {${level}}`)].join('\n'));
}

test('every contract is a source with its own service levels', () => {
  const sources = readSources(SHIPPED);
  const files = readdirSync(SHIPPED).filter((file) => file.endsWith('.odcs.yaml'));
  assert.deepEqual(sources.map((source) => `${source.name}.odcs.yaml`), files.sort());
  for (const { name, description, columns, levels } of sources) {
    assert.ok(description.length > 20, name);
    assert.ok(columns.every((column) => column.description.length > 0), name);
    assert.ok(levels.silenceHours && levels.silenceHours >= 24 && levels.silenceHours <= 7 * 24, name);
    assert.ok(levels.refusedPercent && levels.refusedPercent <= 10, name);
    assert.ok(levels.retentionDays && levels.retentionDays > 2 * 365 && levels.retentionDays < 5.1 * 365, name);
  }
});

test('columns that name a person are known in every contract, with what was received of them', () => {
  for (const { name, columns } of readSources(SHIPPED)) {
    const personal = columns.filter((column) => column.personal).map((column) => column.name);
    const named = columns.map((column) => column.name).filter((column) => /^(email|phone|name|crm_id)(_original)?$/.test(column));
    assert.ok(named.length > 0, name);
    assert.deepEqual(named.filter((column) => !personal.includes(column)), [], name);
    for (const open of ['event_id', 'event_type', 'event_time']) {
      assert.ok(!personal.includes(open), `${name}.${open}`);
    }
  }
});

test('a contract is read', () => {
  const source = chat(CHAT);
  assert.equal(source.description, 'Asked for a call back.');
  assert.deepEqual(
    source.columns.map(({ name, personal }) => [name, personal]),
    [
      ['event_id', false],
      ['topic', false],
      ['city', true],
      ['email', true],
      ['email_original', true],
      ['phone', true],
    ],
  );
  assert.deepEqual(source.levels, { silenceHours: undefined, refusedPercent: undefined, retentionDays: undefined });
});

test('units are told apart', () => {
  const levels = (...of: readonly string[]) => chat(withLevels(...of)).levels;
  assert.equal(levels('property: frequency, value: 36, unit: h').silenceHours, 36);
  assert.equal(levels('property: frequency, value: 2, unit: week').silenceHours, 336);
  assert.equal(levels('property: errorRate, value: 0.5, unit: percent').refusedPercent, 0.5);
  assert.equal(levels('property: retention, value: 2, unit: y').retentionDays, 731);
  assert.equal(levels('property: retention, value: 90, unit: d').retentionDays, 90);
});

test('what is no contract is left alone', () => {
  assert.deepEqual(read({ 'chat.odcs.yaml': CHAT, 'README.md': '#', 'chat.odcs.yaml.bak': '' }).map(({ name }) => name), ['chat']);
});

const HOSTILE: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['nothing at all', { 'README.md': '' }, /there is no contract/],
  ['an empty file', { 'chat.odcs.yaml': '' }, /chat\.odcs\.yaml: its schema has 0 tables; give it one, named "chat"/],
  ['no schema', { 'chat.odcs.yaml': 'kind: DataContract' }, /its schema has 0 tables/],
  ['two tables', { 'chat.odcs.yaml': `${CHAT}  - {name: other, properties: [{name: a}]}\n` }, /its schema has 2 tables/],
  ['a table without columns', { 'chat.odcs.yaml': 'schema: [{name: chat}]' }, /no properties/],
  ['the schema of another', { 'talk.odcs.yaml': CHAT }, /talk\.odcs\.yaml: its schema is named "chat"; name it "talk"/],
  ['a word twice', { 'chat.odcs.yaml': `${CHAT}schema: []\n` }, /chat\.odcs\.yaml: .*unique/i],
  ['no YAML', { 'chat.odcs.yaml': 'schema: [' }, /chat\.odcs\.yaml: /],
  ['capitals', { 'Chat.odcs.yaml': CHAT }, /"Chat" can be no source/],
  ['a hyphen, which SQL takes for a minus', { 'web-chat.odcs.yaml': CHAT }, /"web-chat" can be no source/],
  ['a number first', { '2chat.odcs.yaml': CHAT }, /"2chat" can be no source/],
  ['no name', { '.odcs.yaml': CHAT }, /"" can be no source/],
  ['a name too long for a function', { [`${'c'.repeat(41)}.odcs.yaml`]: CHAT }, /up to 40/],
  ['a table of the lake', { 'leads.odcs.yaml': CHAT.replaceAll('chat', 'leads') }, /silver_leads is a table of the lake/],
  ['an unknown unit', { 'chat.odcs.yaml': withLevels('property: frequency, value: 1, unit: fortnight') }, /frequency: .*unit one of h, /],
  ['no unit', { 'chat.odcs.yaml': withLevels('property: retention, value: 5') }, /retention: .* unit one of d, day/],
  ['a unit that every object has', { 'chat.odcs.yaml': withLevels('property: retention, value: 5, unit: toString') }, /retention: /],
  ['a text', { 'chat.odcs.yaml': withLevels('property: errorRate, value: "5", unit: percent') }, /errorRate: give a number above zero/],
  ['zero', { 'chat.odcs.yaml': withLevels('property: errorRate, value: 0, unit: percent') }, /errorRate: give a number above zero/],
  ['no end', { 'chat.odcs.yaml': withLevels('property: retention, value: .inf, unit: y') }, /retention: give a number/],
  [
    'one level twice',
    { 'chat.odcs.yaml': withLevels('property: errorRate, value: 1, unit: "%"', 'property: errorRate, value: 2, unit: "%"') },
    /errorRate 2 times; keep one/,
  ],
];

for (const [what, files, told] of HOSTILE) {
  test(`refused: ${what}`, () => assert.throws(() => read(files), told));
}
