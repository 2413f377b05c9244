import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TABLES } from '../lib/layout';
import { OWN_NAMES } from '../lib/names';
import { readSources, Source } from '../lib/sources';
import { ROOT, scratchFolder, synth } from './synth';

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
  const folder = scratchFolder();
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

function withLevel(level: string): Readonly<Record<string, string>> {
  return { 'chat.odcs.yaml': withLevels(`property: ${level}`) };
}

/** The same source by another name. */
function called(name: string): Readonly<Record<string, string>> {
  return { [`${name}.odcs.yaml`]: CHAT.replaceAll('chat', name) };
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
  assert.deepEqual(Object.values(source.levels).filter((level) => level !== undefined), [], 'freshness is about late events');
});

test('units are told apart', () => {
  const levels = (...of: readonly string[]) => chat(withLevels(...of)).levels;
  assert.equal(levels('property: frequency, value: 36, unit: h').silenceHours, 36);
  assert.equal(levels('property: frequency, value: 2, unit: week').silenceHours, 336);
  assert.equal(levels('property: errorRate, value: 0.5, unit: percent').refusedPercent, 0.5);
  assert.equal(levels('property: retention, value: 2, unit: y').retentionDays, 731);
  assert.equal(levels('property: retention, value: 90, unit: d').retentionDays, 90);
  assert.equal(levels('property: timeToSilver, value: 90, unit: s').latencySeconds, 90);
  assert.equal(levels('property: timeToSilver, value: 5, unit: m').latencySeconds, 300);
  assert.equal(levels('property: timeToSilver, value: 0.5, unit: h').latencySeconds, 1800);
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
  ['a table of the lake', called('leads'), /leads\.odcs\.yaml: .*silver_leads is a table of the lake; name it otherwise/],
  ['the versions of a table of the lake', called('leads_versions'), /silver_leads_versions is a table of the lake/],
  ['a function of the lake', called('score'), /score\.odcs\.yaml: "score" can be no source: .* take "score_events"/],
  ['an unknown unit', { 'chat.odcs.yaml': withLevels('property: frequency, value: 1, unit: fortnight') }, /frequency: .*unit one of h, /],
  ['no unit', { 'chat.odcs.yaml': withLevels('property: retention, value: 5') }, /retention: .* unit one of d, day/],
  ['a unit that every object has', { 'chat.odcs.yaml': withLevels('property: retention, value: 5, unit: toString') }, /retention: /],
  ['a text', withLevel('errorRate, value: "5", unit: percent'), /errorRate: give a number as value/],
  ['not a number', withLevel('errorRate, value: .nan, unit: percent'), /errorRate: give a number as value/],
  ['nothing allowed', withLevel('errorRate, value: 0, unit: percent'), /errorRate: 0 percent is none of the 0\.001 to 99\.999 percent/],
  ['more than all', withLevel('errorRate, value: 250, unit: percent'), /errorRate: 250 percent is none of/],
  ['all, which no alarm would tell', withLevel('errorRate, value: 100, unit: percent'), /errorRate: 100 percent is none of/],
  ['no end', withLevel('retention, value: .inf, unit: y'), /retention: Infinity y is none of the 1 to 36525 days/],
  ['an end that nobody lives to see', withLevel('retention, value: 900000000, unit: y'), /retention: 900000000 y is none of/],
  ['an end before the beginning', withLevel('retention, value: -1, unit: d'), /retention: -1 d is none of/],
  ['less than a day', withLevel('retention, value: 0.5, unit: d'), /retention: 0\.5 d is none of/],
  ['more often than anybody looks', withLevel('frequency, value: 0.00001, unit: d'), /frequency: 0\.00001 d is none of the 1 to 8784 hours/],
  ['hardly ever', withLevel('frequency, value: 2, unit: y'), /frequency: 2 y is none of/],
  ['sooner than now', withLevel('timeToSilver, value: 0, unit: s'), /timeToSilver: 0 s is none of the 1 to 345600 seconds/],
  ['later than SQS keeps it', withLevel('timeToSilver, value: 97, unit: h'), /timeToSilver: 97 h is none of/],
  [
    'one level twice',
    { 'chat.odcs.yaml': withLevels('property: errorRate, value: 1, unit: "%"', 'property: errorRate, value: 2, unit: "%"') },
    /errorRate 2 times; keep one/,
  ],
];

test('no table of the lake, and nothing of a deployment, shares its name with a source', () => {
  for (const stage of ['dev', 'prod']) {
    const { template, config } = synth(stage);
    const deployed = JSON.stringify((['storage', 'lake', 'alarms'] as const).map((stack) => template(stack).toJSON()));
    const behind = new RegExp(`(?<![a-z-])${config.name}-${stage}-([a-z0-9_]+)`, 'g');
    const named = new Set([...deployed.matchAll(behind)].map(([, name = '']) => name));
    readSources(SHIPPED).forEach(({ name }) => named.delete(name));
    assert.deepEqual([...named].sort(), [...OWN_NAMES].sort());
  }
  const silver = TABLES.flatMap(({ folder }) => /^silver\/(.+)$/.exec(folder)?.[1] ?? []);
  assert.ok(silver.length >= 6);
  for (const name of [...OWN_NAMES, ...silver, ...silver.map((table) => `${table}_versions`)]) {
    assert.throws(() => read(called(name)), new RegExp(`/${name}\\.odcs\\.yaml: "${name}" can be no source`));
  }
});

for (const [what, files, told] of HOSTILE) {
  test(`refused: ${what}`, () => assert.throws(() => read(files), told));
}
