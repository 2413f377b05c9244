import assert from 'node:assert/strict';
import { spawnSync, StdioOptions } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, scratchFolder, synth } from './synth';

/** One call of a program that tools/deploy.sh starts, in the order of their beginnings. */
interface Call {
  readonly program: 'cdk' | 'warehouse' | 'package';
  readonly said: readonly string[];
  /** Whether the functions that it was given were there. */
  readonly hasFunctions: boolean;
}

interface Done {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly Call[];
}

type Environment = Readonly<Record<string, string>>;

/** Notes how it was called, and knows the stacks of a stage. */
const RECORDER = `#!${process.execPath}
const { appendFileSync, existsSync } = require('node:fs');
const said = process.argv.slice(2);
const functions = said.find((word) => word.startsWith('functions='))?.slice('functions='.length);
const hasFunctions = functions !== undefined && existsSync(functions + '/refine/bootstrap');
appendFileSync(process.env.CALLS, JSON.stringify({ program: PROGRAM, said, hasFunctions }) + '\\n');
if (said.includes('list')) console.log(process.env.STACKS);
if (said.includes(process.env.FAILS_AT)) process.exit(1);
`;

/** A repository of scripts and Makefile only, whose other programs are recorders. */
function checkout(): string {
  const root = scratchFolder();
  for (const folder of ['tools', 'infra/node_modules/.bin', 'infra/build/bin']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  copyFileSync(join(ROOT, 'Makefile'), join(root, 'Makefile'));
  copyFileSync(join(ROOT, 'tools/deploy.sh'), join(root, 'tools/deploy.sh'));
  symlinkSync(join(__dirname, '../config'), join(root, 'infra/build/config'));
  const program = (path: string, text: string) => writeFileSync(join(root, path), text, { mode: 0o755 });
  program('tools/infra-env.sh', `#!/usr/bin/env bash\necho '${join(root, 'infra')}'\n`);
  program('tools/package.sh', RECORDER.replace('PROGRAM', '"package"'));
  program('infra/node_modules/.bin/cdk', RECORDER.replace('PROGRAM', '"cdk"'));
  program('infra/build/bin/warehouse.js', RECORDER.replace('PROGRAM', '"warehouse"'));
  return root;
}

const root = checkout();

function run(stage: string, command: readonly [string, ...string[]], environment: Environment = {}): Done {
  const notes = join(scratchFolder(), 'calls');
  const { PATH } = process.env;
  const stacks = stage === 'dev' || stage === 'prod' ? namesOf(stage) : [];
  const env = { PATH, CALLS: notes, STACKS: stacks.join('\n'), ...environment };
  const [program, ...words] = command;
  // With a pipe to read from, bash takes itself for one that was called from afar, and reads what such a one reads.
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: root, env, stdio, encoding: 'utf8' });
  const written = existsSync(notes) ? readFileSync(notes, 'utf8').trimEnd().split('\n') : [];
  return { status, stdout, stderr, calls: written.map((line) => JSON.parse(line) as Call) };
}

function deploySh(stage: string, what: string, environment: Environment = {}): Done {
  const functions = what === 'diff' || what === 'deploy' ? [join(scratchFolder(), 'built')] : [];
  return run(stage, ['tools/deploy.sh', what, stage, ...functions], environment);
}

function namesOf(stage: string): readonly string[] {
  return Object.values(synth(stage).stacks).flatMap((stack) => stack?.stackName ?? []);
}

interface Step {
  readonly what: string;
  readonly stacks: readonly string[];
  readonly call: Call;
}

/** What CDK was told to do, and with which stacks; looking up their names aside. */
function doneBy({ calls }: Done): readonly Step[] {
  const told = (said: readonly string[]) => said.find((word) => /^(bootstrap|diff|deploy|destroy)$/.test(word)) ?? '?';
  return calls
    .filter(({ said }) => !said.includes('list'))
    .map((call) => ({
      what: call.program === 'cdk' ? told(call.said) : call.program,
      stacks: call.said.filter((word) => /^leadlake-/.test(word)),
      call,
    }));
}

function withoutCalls(done: Done): readonly Omit<Step, 'call'>[] {
  return doneBy(done).map(({ what, stacks }) => ({ what, stacks }));
}

for (const stage of ['dev', 'prod']) {
  const all = namesOf(stage);
  const storage = `leadlake-${stage}-storage`;
  const working = all.filter((name) => name !== storage);

  test(`${stage}: to destroy takes away each stack but the storage, and says that the data is there`, () => {
    assert.ok(all.includes(storage) && working.length >= 3);
    const done = deploySh(stage, 'destroy');
    assert.deepEqual([done.status, done.stderr], [0, '']);
    assert.deepEqual(withoutCalls(done), [{ what: 'destroy', stacks: working }]);
    const said = doneBy(done).flatMap(({ call }) => call.said);
    assert.ok(said.includes('--exclusively'), 'or CDK takes along what depends on a stack');
    assert.ok(!said.includes('--force'), 'somebody is asked');
    assert.match(done.stdout, new RegExp(`The data is still there, in the buckets of ${storage};`));
    assert.ok(!said.some((word) => word.startsWith('deleteData')));
  });

  test(`${stage}: the data goes last, where its stage was named, and its buckets are told before`, () => {
    const done = deploySh(stage, 'destroy', { DELETE_DATA: stage, YES: '1' });
    assert.equal(done.status, 0);
    assert.deepEqual(withoutCalls(done), [
      { what: 'destroy', stacks: working },
      { what: 'deploy', stacks: [storage] },
      { what: 'destroy', stacks: [storage] },
    ]);
    const [first, ...data] = doneBy(done);
    assert.ok(!first?.call.said.includes(`deleteData=${stage}`));
    assert.deepEqual(data.map(({ call }) => call.said.includes(`deleteData=${stage}`)), [true, true]);
    assert.ok(doneBy(done).every(({ what, call }) => call.said.includes(what === 'deploy' ? 'never' : '--force')));
  });

  test(`${stage}: what cannot be destroyed keeps the data`, () => {
    const done = deploySh(stage, 'destroy', { DELETE_DATA: stage, FAILS_AT: 'destroy' });
    assert.equal(done.status, 1);
    assert.deepEqual(withoutCalls(done), [{ what: 'destroy', stacks: working }]);
  });

  test(`${stage}: everything is deployed, the warehouse's program when what it works on is there, dashboards last`, () => {
    const done = deploySh(stage, 'deploy');
    assert.equal(done.status, 0);
    const dashboards = all.filter((name) => name.endsWith('-dashboards'));
    const others = all.filter((name) => !dashboards.includes(name));
    const hasWarehouse = all.some((name) => name.endsWith('-warehouse'));
    assert.deepEqual([dashboards.length, hasWarehouse], stage === 'prod' ? [1, true] : [0, false]);
    assert.deepEqual(withoutCalls(done), [
      { what: 'deploy', stacks: others },
      ...(hasWarehouse ? [{ what: 'warehouse', stacks: [] }] : []),
      ...dashboards.map((name) => ({ what: 'deploy', stacks: [name] })),
    ]);
    const program = doneBy(done).find(({ what }) => what === 'warehouse');
    assert.deepEqual(program?.call.said ?? ['--stage', stage], ['--stage', stage]);
    for (const { said } of done.calls.filter(({ program: called }) => called === 'cdk')) {
      const isGiven = said.includes(`stage=${stage}`) && said.some((word) => /^functions=.*\/built$/.test(word));
      assert.ok(isGiven, said.join(' '));
    }
  });
}

test('without somebody to ask, roles that grow are let through only where YES says so', () => {
  const approval = (environment: Environment) =>
    deploySh('dev', 'deploy', environment).calls.map(({ said }) => said[said.indexOf('--require-approval') + 1]);
  assert.ok(approval({}).includes('broadening') && !approval({}).includes('never'));
  assert.ok(approval({ YES: '1' }).includes('never'));
});

test('nothing goes where DELETE_DATA names another stage, or something else', () => {
  for (const named of ['prod', 'yes', '1', 'dev ']) {
    const done = deploySh('dev', 'destroy', { DELETE_DATA: named, YES: '1' });
    assert.equal(done.status, 2, named);
    assert.deepEqual(done.calls, [], named);
    assert.match(done.stderr, /^DELETE_DATA=.+ is not the stage dev: nothing was taken away\n$/);
  }
});

test('one stack is taken away alone, of those that others can do without', () => {
  const done = deploySh('prod', 'destroy', { STACK: 'warehouse' });
  assert.deepEqual(withoutCalls(done), [{ what: 'destroy', stacks: ['leadlake-prod-warehouse'] }]);
  for (const [stage, STACK] of [['prod', 'storage'], ['prod', 'lake'], ['prod', '.*'], ['dev', 'warehouse']] as const) {
    const refused = deploySh(stage, 'destroy', { STACK, YES: '1' });
    assert.deepEqual([refused.status, withoutCalls(refused)], [2, []], STACK);
    assert.match(refused.stderr, /^(STACK=.* say one of alarms|stage dev has no stack warehouse)/);
  }
});

test('one stack is deployed alone, and none that is not there', () => {
  assert.deepEqual(withoutCalls(deploySh('prod', 'deploy', { STACK: 'lake' })), [
    { what: 'deploy', stacks: ['leadlake-prod-lake'] },
  ]);
  for (const [stage, STACK] of [['prod', '.*'], ['prod', 'e'], ['dev', 'governance']] as const) {
    const refused = deploySh(stage, 'deploy', { STACK });
    assert.deepEqual([refused.status, withoutCalls(refused)], [2, []], STACK);
    assert.match(refused.stderr, new RegExp(`has no stack .*It has:\\nleadlake-${stage}-storage`, 's'));
  }
});

test('what needs no programs gets some that stand for them, which are gone afterwards', () => {
  for (const [what, environment] of [
    ['bootstrap', {}],
    ['destroy', {}],
    ['destroy', { FAILS_AT: 'destroy' }],
    ['destroy', { DELETE_DATA: 'dev' }],
  ] as const) {
    const { calls } = deploySh('dev', what, environment);
    assert.ok(calls.length > 0 && calls.every(({ hasFunctions }) => hasFunctions), what);
    const folders = calls.flatMap(({ said }) => said.flatMap((word) => /^functions=(.+)$/.exec(word)?.[1] ?? []));
    assert.deepEqual(folders.filter((folder) => existsSync(folder)), [], what);
  }
});

test('to bootstrap and to compare is CDK alone', () => {
  assert.deepEqual(withoutCalls(deploySh('dev', 'bootstrap')), [{ what: 'bootstrap', stacks: [] }]);
  const diff = deploySh('prod', 'diff');
  assert.deepEqual(withoutCalls(diff), [{ what: 'diff', stacks: [] }]);
});

test('a stage that is missing or unknown is told in a sentence, before minutes of building', () => {
  for (const target of ['deploy', 'diff']) {
    const missing = run('', ['make', '--silent', target]);
    assert.deepEqual([missing.status, missing.calls], [2, []]);
    assert.match(missing.stderr, /^say which stage of infra\/config: make deploy STAGE=dev\n/);
    const unknown = run('lunch', ['make', '--silent', target, 'STAGE=lunch']);
    assert.deepEqual([unknown.status, unknown.calls], [2, []]);
    assert.match(unknown.stderr, /^there is no stage "lunch"; say one of dev, prod, local.*\n(make.*\n)?$/);
  }
  for (const target of ['bootstrap', 'destroy']) {
    assert.deepEqual(run('', ['make', '--silent', target]).calls, []);
    assert.deepEqual(run('lunch', ['make', '--silent', target, 'STAGE=lunch']).calls, []);
  }
  const known = run('dev', ['make', '--silent', 'deploy', 'STAGE=dev']);
  assert.equal(known.status, 0, known.stderr);
  assert.deepEqual(doneBy(known).map(({ what }) => what), ['package', 'deploy']);
});

test('dashboards that fail leave everything else deployed, and the warehouse with its limit', () => {
  const broken = deploySh('prod', 'deploy', { FAILS_AT: 'leadlake-prod-dashboards' });
  assert.equal(broken.status, 1);
  assert.deepEqual(withoutCalls(broken).map(({ what }) => what), ['deploy', 'warehouse', 'deploy']);
  const worse = deploySh('prod', 'deploy', { FAILS_AT: 'leadlake-prod-lake' });
  assert.deepEqual([worse.status, withoutCalls(worse).length], [1, 1]);
});

test('tools that deploy keep to what the bash and the programs of macOS know', () => {
  const unknown = /\b(mapfile|readarray|declare -A|local -n|stat -c|readlink -f|sort -z|sed -i |date -d|grep -P)|\$\{\w+(,,|\^\^)/;
  for (const tool of ['deploy', 'package', 'infra-env', 'infra-tests', 'node-env']) {
    const found = unknown.exec(readFileSync(join(ROOT, `tools/${tool}.sh`), 'utf8'));
    assert.equal(found, null, `${tool}.sh: ${found?.[0]}`);
  }
});
