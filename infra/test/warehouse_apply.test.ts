import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { configOf } from '../config';
import { Aws } from '../lib/warehouse/aws_cli';
import { Deployed, limitUsage, lookUp, Warehouse } from '../lib/warehouse/apply';

type Input = Readonly<Record<string, unknown>>;
type Answer = (input: Input) => unknown;

const DEPLOYED: Deployed = {
  database: 'leadlake',
  namespace: 'ns',
  workgroup: 'wg',
  workgroupArn: 'arn:wg',
  values: {},
};
const PLACE = { WorkgroupName: 'wg', Database: 'leadlake', SecretArn: 'arn:secret' };

/** Answers by operation, and remembers what it was asked. */
function fake(answers: Readonly<Record<string, Answer>>): { aws: Aws; asked: (operation: string) => readonly Input[] } {
  const calls: { operation: string; input: Input }[] = [];
  const aws: Aws = async (_service, operation, input) => {
    calls.push({ operation, input });
    const answer = answers[operation];
    assert.ok(answer, `${operation} was not to be called`);
    return answer(input);
  };
  return { aws, asked: (operation) => calls.filter((call) => call.operation === operation).map(({ input }) => input) };
}

const NAMESPACE: Answer = () => ({ namespace: { adminPasswordSecretArn: 'arn:secret' } });

async function opened(answers: Readonly<Record<string, Answer>>) {
  const { aws, asked } = fake({ 'get-namespace': NAMESPACE, ...answers });
  return { warehouse: await Warehouse.open(aws, DEPLOYED, 1), asked };
}

describe('a file', () => {
  test('of several statements is one transaction, and is waited for', async () => {
    const states = ['SUBMITTED', 'STARTED', 'FINISHED'];
    const { warehouse, asked } = await opened({
      'batch-execute-statement': () => ({ Id: 'b1' }),
      'describe-statement': () => ({ Status: states.shift() }),
    });
    assert.equal(await warehouse.run({ file: '100_a.sql', statements: ['SELECT 1', 'SELECT 2'] }), 'done');
    assert.deepEqual(asked('batch-execute-statement'), [{ ...PLACE, Sqls: ['SELECT 1', 'SELECT 2'] }]);
    assert.deepEqual(asked('describe-statement'), [{ Id: 'b1' }, { Id: 'b1' }, { Id: 'b1' }]);
  });

  test('of one statement is no transaction, which external schemas need not be in', async () => {
    const { warehouse, asked } = await opened({
      'execute-statement': () => ({ Id: 's1' }),
      'describe-statement': () => ({ Status: 'FINISHED' }),
    });
    await warehouse.run({ file: '010_a.sql', statements: ['CREATE EXTERNAL SCHEMA lake'] });
    assert.deepEqual(asked('execute-statement'), [{ ...PLACE, Sql: 'CREATE EXTERNAL SCHEMA lake' }]);
  });

  test('that fails says where, and what the server said', async () => {
    const { warehouse } = await opened({
      'batch-execute-statement': () => ({ Id: 'b1' }),
      'describe-statement': () => ({
        Status: 'FAILED',
        Error: 'Query #2 failed',
        SubStatements: [
          { Status: 'FINISHED' },
          { Status: 'FAILED', Error: 'ERROR: syntax error at "FORM"' },
          { Status: 'ABORTED' },
        ],
      }),
    });
    const statements = ['DROP VIEW a', 'CREATE VIEW a AS\nSELECT 1 FORM b', 'GRANT SELECT'];
    await assert.rejects(warehouse.run({ file: '100_a.sql', statements }), {
      message: '100_a.sql: CREATE VIEW a AS\n  ERROR: syntax error at "FORM"',
    });
  });

  test('of which nobody says what failed says what is known', async () => {
    const { warehouse } = await opened({
      'batch-execute-statement': () => ({ Id: 'b' }),
      'describe-statement': () => ({ Status: 'FAILED', Error: 'ERROR: no' }),
    });
    await assert.rejects(warehouse.run({ file: '100_a.sql', statements: ['SELECT 1', 'SELECT 2'] }), {
      message: '100_a.sql:\n  ERROR: no',
    });
  });

  test('that was stopped by somebody is no success', async () => {
    const { warehouse } = await opened({
      'execute-statement': () => ({ Id: 's' }),
      'describe-statement': () => ({ Status: 'ABORTED' }),
    });
    await assert.rejects(
      warehouse.run({ file: '100_a.sql', statements: ['SELECT 1'] }),
      /100_a\.sql: SELECT 1\n {2}it was aborted/,
    );
  });

  test('whose role is there already is done; nothing else may be there', async () => {
    const answers = {
      'execute-statement': () => ({ Id: 's' }),
      'describe-statement': () => ({ Status: 'FAILED', Error: 'ERROR: role "analyst" already exists' }),
    };
    const { warehouse } = await opened(answers);
    assert.equal(await warehouse.run({ file: '030_a.sql', statements: ['CREATE ROLE analyst'] }), 'was there');
    await assert.rejects(warehouse.run({ file: '040_a.sql', statements: ['CREATE SCHEMA mart'] }), /already exists/);
  });

  test('is not run without the password of the administrator', async () => {
    const { aws } = fake({ 'get-namespace': () => ({ namespace: {} }) });
    await assert.rejects(Warehouse.open(aws, DEPLOYED), /the namespace ns has no password/);
  });
});

describe('the limit of a day', () => {
  const limits =
    (...usageLimits: readonly Input[]): Answer =>
    () => ({ usageLimits });

  test('is made where there is none, and switches the warehouse off', async () => {
    const other = { usageLimitId: 'u0', amount: 16, period: 'daily', breachAction: 'log' };
    const { aws, asked } = fake({ 'list-usage-limits': limits(other), 'create-usage-limit': () => ({}) });
    assert.equal(await limitUsage(aws, DEPLOYED, 16), 'is new');
    assert.deepEqual(asked('create-usage-limit'), [
      {
        resourceArn: 'arn:wg',
        usageType: 'serverless-compute',
        amount: 16,
        period: 'daily',
        breachAction: 'deactivate',
      },
    ]);
  });

  test('is changed where it is another, and left alone where it is the same', async () => {
    const there = { usageLimitId: 'u1', amount: 8, period: 'daily', breachAction: 'deactivate' };
    const { aws, asked } = fake({ 'list-usage-limits': limits(there), 'update-usage-limit': () => ({}) });
    assert.equal(await limitUsage(aws, DEPLOYED, 16), 'was 8');
    assert.deepEqual(asked('update-usage-limit'), [{ usageLimitId: 'u1', amount: 16 }]);
    assert.equal(await limitUsage(aws, DEPLOYED, 8), 'was there');
    assert.equal(asked('update-usage-limit').length, 1);
  });
});

test('a stack that lacks an output is named with it', async () => {
  const { aws } = fake({
    'describe-stacks': () => ({ Stacks: [{ Outputs: [{ OutputKey: 'Database', OutputValue: 'leadlake' }] }] }),
  });
  await assert.rejects(lookUp(aws, 'leadlake-prod-warehouse'), /leadlake-prod-warehouse has no output NamespaceName/);
});

/** A program `aws` that answers from a table and writes down what it was asked. */
const PROGRAM = `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const [service, operation, flag, input] = process.argv.slice(2);
if (flag !== '--cli-input-json') process.exit(9);
appendFileSync(process.env.ASKED, JSON.stringify({ operation, input: JSON.parse(input) }) + '\\n');
const names = ['Database', 'NamespaceName', 'WorkgroupName', 'WorkgroupArn', 'GlueDatabase', 'LakeRole', 'FeaturesRole'];
const Outputs = names.map((name) => ({ OutputKey: name, OutputValue: 'of-' + name }));
const asked = JSON.parse(input);
const fails = asked.Sqls?.findIndex((sql) => sql.includes(process.env.FAILS)) ?? -1;
const ended = { Status: 'FINISHED' };
const failed = { Status: 'FAILED', Error: 'ERROR: no such column' };
const answers = {
  'describe-stacks': { Stacks: [{ Outputs }] },
  'get-namespace': { namespace: { adminPasswordSecretArn: 'arn:secret' } },
  'list-usage-limits': { usageLimits: [] },
  'create-usage-limit': {},
  'execute-statement': { Id: 'one' },
  'batch-execute-statement': { Id: fails < 0 ? 'many' : 'bad' },
  'describe-statement': asked.Id === 'bad' ? { Status: 'FAILED', SubStatements: [ended, failed] } : ended,
};
console.log(JSON.stringify(answers[operation]));
`;

describe('the program', () => {
  const bin = join(__dirname, '../bin/warehouse.js');
  const folder = mkdtempSync(join(tmpdir(), 'leadlake-aws-'));
  writeFileSync(join(folder, 'aws'), PROGRAM);
  chmodSync(join(folder, 'aws'), 0o755);
  const files = readdirSync('warehouse').sort();

  function run(name: string, options: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const asked = join(folder, name);
    const env = { PATH: folder, ASKED: asked, FAILS: 'nothing fails', ...environment };
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...options], { env, encoding: 'utf8' });
    const lines = existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [];
    return {
      status,
      stdout,
      stderr,
      asked: lines.map((line) => JSON.parse(line) as { operation: string; input: { Sql?: string; Sqls?: string[] } }),
    };
  }

  test('limits first, and then makes every file', () => {
    const { status, stdout, stderr, asked } = run('all', ['--stage', 'prod']);
    assert.equal(status, 0, stderr);
    const made = asked
      .map(({ operation }) => operation)
      .filter((operation) => operation.startsWith('create') || operation.includes('execute'));
    assert.equal(made[0], 'create-usage-limit');
    assert.equal(made.length, 1 + files.length);
    assert.deepEqual(
      stdout.trim().split('\n').slice(1),
      files.map((file) => `${file}: done`),
    );
    assert.ok(asked.some(({ input }) => input.Sql?.includes("IAM_ROLE 'of-LakeRole'")));
  });

  test('stops at the first file that fails', () => {
    const { status, stderr, asked } = run('fails', ['--stage', 'prod'], { FAILS: 'CREATE VIEW mart.lead_scores' });
    assert.equal(status, 1);
    assert.match(stderr, /^120_lead_scores\.sql: CREATE VIEW mart\.lead_scores AS\n {2}ERROR: no such column\n$/);
    const sent = asked.flatMap(({ input }) => input.Sqls ?? []);
    assert.ok(
      sent.some((sql) => sql.startsWith('CREATE VIEW mart.kpi_daily')) &&
        !sent.some((sql) => sql.includes('mart.score_bands')),
    );
  });

  test('only prints with --dry-run, and asks nobody when told what stands for what', () => {
    const { status, stdout, asked } = run('dry', ['--stage', 'prod', '--dry-run']);
    assert.equal(status, 0);
    assert.deepEqual(
      asked.map(({ operation }) => operation),
      ['describe-stacks'],
    );
    assert.deepEqual(
      stdout.match(/^-- \S+\.sql$/gm),
      files.map((file) => `-- ${file}`),
    );
    const set = ['glue_database=a', 'lake_role=b', 'features_role=c'].flatMap((pair) => ['--set', pair]);
    const offline = run('offline', ['--stage', 'dev', '--dry-run', ...set], { PATH: '/nowhere' });
    assert.equal(offline.status, 0, offline.stderr);
    assert.match(offline.stdout, /DATABASE 'a'\nIAM_ROLE 'b'/);
  });

  test('says what is missing', () => {
    assert.equal(run('none', []).status, 2);
    assert.equal(configOf('dev').warehouse, undefined);
    assert.match(
      run('dev', ['--stage', 'dev']).stderr,
      /stage dev has no warehouse: add one to infra\/config\/dev\.ts/,
    );
    assert.match(run('path', ['--stage', 'prod'], { PATH: '/nowhere' }).stderr, /no program "aws" on the PATH/);
    assert.match(run('set', ['--stage', 'prod', '--dry-run', '--set', 'role']).stderr, /write it as name=value/);
  });
});
