import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { configOf, StageConfig } from '../config';
import { checked } from '../config/checked';
import { synth } from './synth';

const prod = configOf('prod');
const SOURCES = ['crm', 'transactions'];

test('each stage can be deployed', () => {
  const stages = readdirSync('config').map((file) => file.replace('.ts', ''));
  const said = stages.filter((stage) => /: StageConfig = \{/.test(readFileSync(`config/${stage}.ts`, 'utf8')));
  assert.deepEqual(said, ['dev', 'local', 'prod']);
  said.forEach((stage) => assert.equal(checked(configOf(stage), SOURCES).stage, stage));
});

const REFUSED: readonly (readonly [Partial<StageConfig>, string])[] = [
  [{ stage: 'my-own' }, 'stage is "my-own"; give lower-case letters and digits, a letter first'],
  [{ stage: 'acceptanceofgermany' }, 'name and stage have 27 letters together; 25 fit into AWS'],
  [{ name: 'Lake' }, 'name is "Lake"; give lower-case letters'],
  [{ account: '12345678901' }, 'account is "12345678901"; give twelve digits'],
  [{ region: 'Ireland' }, 'region is "Ireland"; give a region such as eu-west-1'],
  [{ logs: { retentionDays: 10, level: 'info' } }, 'logs.retentionDays is 10; CloudWatch knows 1, 3, 5, 7, 14'],
  [{ retention: { ...prod.retention, tableVersionsDays: 0 } }, 'retention.tableVersionsDays is 0; give a whole number from 1'],
  [{ retention: { ...prod.retention, silverDays: 0.5 } }, 'retention.silverDays is 0.5; give a whole number from 1'],
  [{ score: { ...prod.score, memoryMb: 127 } }, 'score.memoryMb is 127; give a whole number from 128 to 10240'],
  [{ catalog: { ...prod.catalog, timeoutSeconds: 901 } }, 'catalog.timeoutSeconds is 901; give a whole number from 1 to 900'],
  [{ score: { ...prod.score, scratchMb: 511 } }, 'score.scratchMb is 511; give a whole number from 512'],
  [{ refine: { ...prod.refine, concurrency: 1 } }, 'refine.concurrency is 1; give a whole number from 2 to 1000'],
  [{ refine: { ...prod.refine, concurrency: 11, reserved: 11 } }, 'refine.reserved is 11; the queue alone takes 11'],
  [{ refine: { ...prod.refine, batchSize: 11, batchWindowSeconds: 0 } }, 'refine.batchSize is 11; more than 10 need'],
  [{ refine: { ...prod.refine, receives: 996 } }, 'refine.receives is 996; give a whole number from 1 to 995'],
  [{ schedule: { ...prod.schedule, score: 'hourly' } }, 'schedule.score is "hourly"; give rate(...) or cron(...)'],
  [{ schedule: { ...prod.schedule, timezone: 'Delhi' } }, 'schedule.timezone is "Delhi"; give one such as Asia/Kolkata'],
  [
    { athena: { scanLimitGb: { ...prod.athena.scanLimitGb, sales: 0 } } },
    'athena.scanLimitGb.sales is 0; give a whole number from 1',
  ],
  [{ alarms: { ...prod.alarms, email: 'duty' } }, 'alarms.email is "duty"; give an address'],
  [{ alarms: { ...prod.alarms, overdueHours: 169 } }, 'alarms.overdueHours is 169; give a whole number from 1 to 168'],
  [{ alarms: { ...prod.alarms, oldestMessageMinutes: 5760 } }, 'alarms.oldestMessageMinutes is 5760; give a whole number'],
  [{ objectives: { ...prod.objectives, latencySeconds: NaN } }, 'objectives.latencySeconds is NaN; give a number from 1'],
  [{ objectives: { ...prod.objectives, latencyPercent: 101 } }, 'objectives.latencyPercent is 101; give a number from 1'],
  [{ objectives: { ...prod.objectives, refusedPercent: 100 } }, 'objectives.refusedPercent is 100; give a number from 0.001'],
  [{ objectives: { ...prod.objectives, silenceHours: 0 } }, 'objectives.silenceHours is 0; give a number from 1 to 8784'],
  [{ warehouse: { baseCapacity: 8, maxCapacity: 4, dailyRpuHours: 16 } }, 'warehouse.maxCapacity is 4; give a whole number'],
  [{ dashboards: { ownerGroup: 'leadlake', refreshAt: '24:00' } }, 'dashboards.refreshAt is "24:00"; give HH:MM'],
];

for (const [otherwise, told] of REFUSED) {
  test(`refused: ${told}`, () => {
    assert.throws(() => checked({ ...prod, ...otherwise }, SOURCES), ({ message }: Error) => message.includes(told));
  });
}

test('the longest names that pass fit into what AWS takes, also beside sources of the longest names', () => {
  const longest = 's'.repeat(40);
  assert.equal(checked({ ...prod, stage: 'stage' }, [longest]).stage, 'stage');
  assert.throws(() => checked({ ...prod, stage: 'staging' }, [longest]), /15 letters together; 13 fit/);
  const { stacks, config } = synth('prod', { config: { stage: 'acceptanceofmilan', region: 'ap-southeast-1', account: '123456789012' } });
  assert.equal(config.name.length + config.stage.length, 25);
  const named = [stacks.storage, stacks.lake].flatMap((stack) =>
    Object.values(Template.fromStack(stack).toJSON().Resources as Record<string, { Properties?: Record<string, unknown> }>),
  );
  const tooLong = named.flatMap(({ Properties = {} }) => {
    const [bucket, ...others] = ['BucketName', 'FunctionName', 'RoleName', 'QueueName', 'Name'].map((key) => Properties[key]);
    const longer = (most: number) => (name: unknown) => typeof name === 'string' && name.length > most;
    return [...[bucket].filter(longer(63)), ...others.filter(longer(64))];
  });
  assert.deepEqual(tooLong, []);
});

test('all mistakes are told at once, before anything is made', () => {
  const { alarms, retention } = prod;
  const config = { alarms: { ...alarms, overdueHours: 500 }, retention: { ...retention, tableVersionsDays: 0 } };
  const told = /^Error: stage prod \(infra\/config\/prod\.ts\): retention\.tableVersionsDays.*; alarms\.overdueHours is 500/;
  assert.throws(() => synth('prod', { config }), told);
});

test('every field is explained where it stands, or has a type whose fields are', () => {
  const lines = readFileSync('config/stage.ts', 'utf8').split('\n');
  const fields = lines.flatMap((line, at) => {
    const [, name, type = ''] = /^  readonly (\w+)\??: (.+);$/.exec(line) ?? [];
    const isOfType = lines.some((other) => other.startsWith(`export interface ${type} `));
    const isExplained = isOfType || lines[at - 1]?.endsWith('*/');
    return name === undefined ? [] : [{ name, isExplained }];
  });
  assert.ok(fields.length > 50);
  assert.deepEqual(fields.filter(({ isExplained }) => !isExplained), []);
});
