import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HEADINGS, meantBy, RUNBOOK } from './runbook';
import { ROOT, synth } from './synth';
import { alarmsOf, watchedBy, WatchedStack } from './watched';

const dev = synth('dev');
const watched = watchedBy(dev);

test('every alarm stands in the runbook by its kind, and the runbook has no heading that none has', () => {
  const alarms = alarmsOf(watched);
  for (const { name } of alarms) {
    assert.equal(HEADINGS.filter((heading) => meantBy(heading).test(name)).length, 1, `${name} in docs/RUNBOOK.md`);
  }
  for (const heading of HEADINGS) {
    assert.ok(alarms.some(({ name }) => meantBy(heading).test(name)), `no alarm is meant by ${heading}`);
  }
});

test('an alarm says what is wrong and links to its heading', () => {
  for (const { name, description } of alarmsOf(watched)) {
    const anchor = /docs\/RUNBOOK\.md#([a-z-]+)$/.exec(description)?.[1];
    const heading = HEADINGS.find((candidate) => meantBy(candidate).test(name)) ?? '';
    assert.equal(anchor, heading.replaceAll(/[<>]/g, ''), name);
    assert.ok(description.length > 60, `${name}: ${description}`);
  }
});

test('commands of the runbook are commands of the program', () => {
  const said = new Set([...RUNBOOK.matchAll(/^leadlake ([a-z]+)/gm)].map((match) => match[1] ?? ''));
  const known = readdirSync(join(ROOT, 'cli/src/commands')).map((file) => file.replace(/\.rs$/, ''));
  assert.ok(said.size >= 5);
  assert.deepEqual([...said].filter((command) => !known.includes(command)), []);
});

test('saved queries ask for words that functions write, in logs that are there, and the runbook names each', () => {
  const written = ['tally.rs', 'handler.rs', 'batch.rs']
    .map((file) => readFileSync(join(ROOT, 'functions/refine/src', file), 'utf8'))
    .join('\n');
  const lake = new WatchedStack(dev.template('lake').toJSON());
  const groups = lake.ofType('AWS::Logs::LogGroup').map(({ properties }) => lake.text(properties['LogGroupName']));
  const queries = watched.ofType('AWS::Logs::QueryDefinition').map(({ properties }) => properties);
  assert.equal(queries.length, [...RUNBOOK.matchAll(/^\| `(trouble|object|refused|slowest)` \|/gm)].length);
  for (const { Name, QueryString, LogGroupNames } of queries) {
    assert.ok(RUNBOOK.includes(`| \`${String(Name).replace('leadlake-dev/', '')}\` |`), String(Name));
    const fields = [...String(QueryString).matchAll(/fields\.([a-z_]+)/g)].map((match) => match[1] ?? '');
    assert.ok(fields.length > 0);
    assert.deepEqual(fields.filter((field) => !new RegExp(`\\b${field}\\b( =|,)`).test(written)), [], String(Name));
    const [, message] = /message = (".*")/.exec(String(QueryString)) ?? [];
    assert.ok(message === undefined || written.includes(`\n        ${message}\n`), message);
    const searched = LogGroupNames as readonly string[];
    assert.ok(searched.length >= 5 && searched.every((group) => groups.includes(group)), String(Name));
  }
});

test('links within the runbook, and from it, lead somewhere', () => {
  const anchor = (heading: string) => heading.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, '').replaceAll(' ', '-');
  const anchorsOf = (markdown: string) => [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) => anchor(match[1] ?? ''));
  for (const [, file = '', fragment = ''] of RUNBOOK.matchAll(/\]\(([A-Za-z./]*)#?([a-z0-9-]*)\)/g)) {
    const there = file === '' ? RUNBOOK : readFileSync(join(ROOT, 'docs', file), 'utf8');
    assert.ok(fragment === '' || anchorsOf(there).includes(fragment), `${file}#${fragment}`);
  }
});
