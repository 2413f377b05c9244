import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Entitled } from './entitled';
import { COMMANDS, KNOWN } from './operator_commands';
import { arnOf } from './resolved';
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

test('who is told to run a command of AWS may do what it does', () => {
  const access = new Entitled('dev', ROOT);
  for (const { line, person, right } of COMMANDS) {
    const { action, resource, context } = right;
    assert.ok(access.rights(person).may(action, resource, context), `${person} may not ${action} ${resource}: ${line}`);
  }
  assert.deepEqual([...new Set(COMMANDS.map(({ name }) => name))].sort(), [...KNOWN].sort());
});

test('who operates reads logs, schedules and mappings of this deployment, and of no other', () => {
  const rights = new Entitled('dev', ROOT).rights('pipeline');
  const group = (name: string) => arnOf('logs', `log-group:/aws/lambda/${name}`);
  const lake = new WatchedStack(dev.template('lake').toJSON());
  const functions = lake.ofType('AWS::Lambda::Function').map(({ properties }) => properties['FunctionName']);
  for (const name of functions.filter((one) => one !== undefined).map((one) => lake.text(one))) {
    for (const action of ['logs:FilterLogEvents', 'logs:StartQuery', 'logs:StartLiveTail']) {
      assert.ok(rights.may(action, group(name)) && rights.may(action, group(`${name}:*`)), `${action} ${name}`);
    }
  }
  const others = [group('another'), group('leadlake-dev-score-2'), group('leadlake-prod-score')];
  assert.deepEqual(others.filter((one) => rights.may('logs:FilterLogEvents', one)), []);
  const mapping = arnOf('lambda', 'event-source-mapping:a-b');
  const ofAnother = { 'lambda:FunctionArn': arnOf('lambda', 'function:another') };
  assert.ok(!rights.may('lambda:UpdateEventSourceMapping', mapping, ofAnother));
  assert.ok(!rights.may('scheduler:GetSchedule', arnOf('scheduler', 'schedule/another/run')));
  assert.ok(!rights.may('sqs:PurgeQueue', arnOf('sqs', 'leadlake-dev-webinar')), 'what waits is not to be thrown away');
  const changing = rights.onEverything.filter((action) => !/:(Get|List|Describe|Stop)|GetDataAccess/.test(action));
  assert.deepEqual(changing, []);
});

test('saved queries ask for words that functions write, in logs that are there, and the runbook names each', () => {
  const written = ['tally.rs', 'handler.rs', 'batch.rs']
    .map((file) => readFileSync(join(ROOT, 'functions/refine/src', file), 'utf8'))
    .join('\n');
  const lake = new WatchedStack(dev.template('lake').toJSON());
  const groups = lake.ofType('AWS::Logs::LogGroup').map(({ properties }) => lake.text(properties['LogGroupName'] ?? ''));
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
