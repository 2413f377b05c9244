import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { StageConfig } from '../config';
import { Layer, TABLES, writerOf } from '../lib/layout';
import { nameOf } from '../lib/names';
import { documentedVariables } from './documented';
import { callsOf, Machine, patience, retriesOf, stateOf } from './machine';
import { ACCOUNT, arnOf, Properties, REGION, Resolved } from './resolved';
import { Rights } from './rights';
import { ROOT, synth } from './synth';

const LONGEST_CALL_OF_LAMBDA = 900;

const SILVER = 'silver/webinar/dt=2025-01-31/a.parquet';
const LEDGER = 'ledger/webinar/dt=2025-01-31/a.json';
const EVENTS = ['bronze/webinar/2025/01/31/a.json', SILVER, 'quarantine/webinar/dt=2025-01-31/a.parquet', LEDGER];
const SETTINGS = ['ops/settings/identity.yaml', 'ops/salt'];

interface Stage {
  readonly config: StageConfig;
  readonly stack: Resolved;
  machine(name: string): { readonly properties: Properties; readonly steps: Machine };
  at(folder: string): string;
}

function stageOf(name: string, config: Partial<StageConfig> = {}): Stage {
  const synthesised = synth(name, { config });
  const stack = new Resolved(synthesised, 'lake', 'storage');
  const of = synthesised.config;
  return {
    config: of,
    stack,
    machine: (called) => {
      const { properties } = stack.named('AWS::StepFunctions::StateMachine', nameOf(of, called));
      return { properties, steps: JSON.parse(String(properties.DefinitionString)) as Machine };
    },
    at: (folder) => {
      const bucket = `${nameOf(of, bucketOf(folder))}-${of.account ?? ACCOUNT}-${of.region ?? REGION}`;
      return `arn:aws:s3:::${bucket}/${folder}`;
    },
  };
}

function bucketOf(folder: string): Layer {
  const layers: Readonly<Record<string, Layer>> = {
    bronze: 'bronze', silver: 'silver', quarantine: 'silver', features: 'features', gold: 'gold',
  };
  return layers[folder.split('/')[0] ?? ''] ?? 'ops';
}

const DEV = stageOf('dev');
const PROD = stageOf('prod');

for (const stage of [DEV, PROD]) {
  const { config, stack } = stage;

  test(`${config.stage}: scores come before KPIs, which are of these scores`, () => {
    const { steps } = stage.machine('run');
    const score = stateOf(steps, steps.StartAt);
    assert.equal(score.Parameters?.FunctionName, arnOf('lambda', `function:${nameOf(config, 'score')}`));
    assert.equal(score.Parameters?.['Payload.$'], '$', 'a run by hand may say as_of and full');
    assert.equal(score.OutputPath, '$.Payload');
    const catalog = stateOf(steps, score.Next ?? '');
    assert.equal(catalog.Parameters?.FunctionName, arnOf('lambda', `function:${nameOf(config, 'catalog')}`));
    assert.equal(catalog.Parameters?.['Payload.$'], '$', 'the answer of Score says which scores');
    assert.equal(catalog.End, true);
  });

  test(`${config.stage}: without scores new days become visible, and the run fails with the reason`, () => {
    const { steps } = stage.machine('run');
    const score = stateOf(steps, steps.StartAt);
    const caught = score.Catch?.map(({ ErrorEquals, ResultPath }) => [ErrorEquals, ResultPath]);
    assert.deepEqual(caught, [[['States.ALL'], '$.failure']]);
    const alone = stateOf(steps, score.Catch?.[0]?.Next ?? '');
    assert.equal(alone.Parameters?.FunctionName, arnOf('lambda', `function:${nameOf(config, 'catalog')}`));
    assert.deepEqual(alone.Parameters?.Payload, {});
    for (const next of [alone.Next, alone.Catch?.[0]?.Next]) {
      const end = stateOf(steps, next ?? '');
      assert.deepEqual([end.Type, end.ErrorPath, end.CausePath], ['Fail', '$.failure.Error', '$.failure.Cause']);
    }
    assert.equal(alone.Catch?.[0]?.ResultPath, null);
  });

  test(`${config.stage}: a vacuum goes on while anything is left, and keeps what can still be gone back to`, () => {
    const { steps } = stage.machine('vacuum');
    const vacuum = stateOf(steps, steps.StartAt);
    assert.equal(vacuum.Parameters?.FunctionName, arnOf('lambda', `function:${nameOf(config, 'catalog')}`));
    assert.deepEqual(vacuum.Parameters?.Payload, { vacuum: true, keep_days: config.retention.tableVersionsDays });
    const choice = stateOf(steps, vacuum.Next ?? '');
    assert.deepEqual(choice.Choices, [{ Variable: '$.unfinished[0]', IsPresent: true, Next: steps.StartAt }]);
    assert.equal(stateOf(steps, choice.Default ?? '').Type, 'Succeed');
  });

  test(`${config.stage}: steps wait for what is busy, try again what may pass, and end`, () => {
    const timeouts = { score: config.score.timeoutSeconds, catalog: config.catalog.timeoutSeconds };
    for (const machine of ['run', 'vacuum']) {
      const { steps } = stage.machine(machine);
      for (const state of callsOf(steps)) {
        const program = state.Parameters?.FunctionName.endsWith('-score') ? 'score' : 'catalog';
        assert.ok((state.TimeoutSeconds ?? 0) > timeouts[program]);
        assert.ok(patience(retriesOf(state, 'Lambda.TooManyRequestsException')) > 2 * LONGEST_CALL_OF_LAMBDA);
        for (const error of ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException']) {
          assert.ok(retriesOf(state, error).MaxAttempts >= 3);
        }
        assert.ok(retriesOf(state, program === 'score' ? 'ScoreError' : 'CatalogueError').MaxAttempts >= 1);
        const tried = state.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals) ?? [];
        assert.deepEqual(tried.filter((error) => /ALL|Timeout$|Timedout|RequestError/.test(error)), []);
      }
      const longest = callsOf(steps).map((state) => {
        const own = state.Retry?.at(-1);
        assert.ok(own);
        return (own.MaxAttempts + 1) * (state.TimeoutSeconds ?? 0) + patience(own);
      });
      const [first = 0, second = 0] = longest;
      assert.ok(steps.TimeoutSeconds >= first + second && steps.TimeoutSeconds < 86_400, machine);
    }
  });

  test(`${config.stage}: executions are logged without what they were given, and may call nothing else`, () => {
    for (const [machine, called] of [['run', ['score', 'catalog']], ['vacuum', ['catalog']]] as const) {
      const { properties } = stage.machine(machine);
      const logging = properties.LoggingConfiguration as Properties;
      assert.deepEqual([logging.Level, logging.IncludeExecutionData], ['ALL', false]);
      const name = `/aws/vendedlogs/states/${nameOf(config, machine)}`;
      assert.match(JSON.stringify(logging.Destinations), new RegExp(`log-group:${name}:\\*`));
      assert.equal(stack.named('AWS::Logs::LogGroup', name).properties.RetentionInDays, config.logs.retentionDays);
      const rights = Rights.ofRole(stack, String(properties.RoleArn).replace(/\.Arn$/, ''));
      const callable = stack
        .all('AWS::Lambda::Function')
        .map(({ id, properties: of }) => String(of.FunctionName ?? id))
        .filter((each) => rights.may('lambda:InvokeFunction', arnOf('lambda', `function:${each}`)));
      assert.deepEqual(callable.sort(), called.map((each) => nameOf(config, each)).sort());
      const ofDelivery = /^logs:.*(LogDelivery|LogDeliveries|ResourcePolic|LogGroups)/;
      assert.deepEqual(rights.onEverything.filter((action) => !ofDelivery.test(action)), []);
    }
  });

  test(`${config.stage}: schedules start their machine, and what they cannot start is kept`, () => {
    const schedules = stack.all('AWS::Scheduler::Schedule').map(({ properties }) => properties);
    assert.equal(schedules.length, 2);
    const missed = nameOf(config, 'schedules', 'missed');
    assert.equal(stack.named('AWS::SQS::Queue', missed).properties.MessageRetentionPeriod, 14 * 86_400);
    for (const [machine, expression] of [['run', config.schedule.score], ['vacuum', config.schedule.vacuum]] as const) {
      const [schedule, ...others] = schedules.filter(({ Name }) => Name === nameOf(config, machine));
      assert.ok(schedule && others.length === 0);
      assert.deepEqual(
        [schedule.ScheduleExpression, schedule.ScheduleExpressionTimezone, schedule.State, schedule.GroupName],
        [expression, config.schedule.timezone, 'ENABLED', nameOf(config)],
      );
      const target = schedule.Target as Properties & {
        RoleArn: string;
        DeadLetterConfig: { Arn: string };
        RetryPolicy: { MaximumRetryAttempts: number; MaximumEventAgeInSeconds: number };
      };
      assert.deepEqual([target.Arn, target.Input], [arnOf('states', `stateMachine:${nameOf(config, machine)}`), '{}']);
      assert.equal(target.DeadLetterConfig.Arn, arnOf('sqs', missed));
      assert.ok(target.RetryPolicy.MaximumRetryAttempts > 0 && target.RetryPolicy.MaximumEventAgeInSeconds <= 3600);
      const roleId = target.RoleArn.replace(/\.Arn$/, '');
      const rights = Rights.ofRole(stack, roleId);
      const starts = ['run', 'vacuum'].filter((name) =>
        rights.may('states:StartExecution', arnOf('states', `stateMachine:${nameOf(config, name)}`)),
      );
      assert.deepEqual(starts, [machine]);
      assert.ok(rights.may('sqs:SendMessage', arnOf('sqs', missed)));
      assert.deepEqual(new Set(rights.actions), new Set(['states:StartExecution', 'sqs:SendMessage']));
      const [role] = stack.all('AWS::IAM::Role').filter(({ id }) => id === roleId);
      const [trust] = (role?.properties.AssumeRolePolicyDocument as { Statement: Rights['statements'] }).Statement;
      assert.deepEqual(trust?.Condition, {
        StringEquals: {
          'aws:SourceAccount': ACCOUNT,
          'aws:SourceArn': arnOf('scheduler', `schedule-group/${nameOf(config)}`),
        },
      });
    }
  });

  test(`${config.stage}: score reads what people are made of, and writes its own tables`, () => {
    const rights = Rights.ofFunction(stack, nameOf(config, 'score'));
    const may = (action: string, key: string) => rights.may(`s3:${action}`, stage.at(key));
    assert.deepEqual([...EVENTS, ...SETTINGS].filter((key) => may('GetObject', key)), [SILVER, LEDGER, ...SETTINGS]);
    assert.deepEqual([...EVENTS, ...SETTINGS].filter((key) => may('PutObject', key)), ['ops/salt']);
    assert.deepEqual(rights.actions.filter((action) => action.includes('Delete') && action.startsWith('s3:')), []);
    assert.deepEqual(rights.onEverything.filter((action) => action !== 'lakeformation:GetDataAccess'), []);
  });

  test(`${config.stage}: catalog reads tables and no events, and deletes versions and no log`, () => {
    const rights = Rights.ofFunction(stack, nameOf(config, 'catalog'));
    const may = (action: string, key: string) => rights.may(`s3:${action}`, stage.at(key));
    const changed = [...EVENTS, ...SETTINGS].filter((key) => may('PutObject', key) || may('DeleteObject', key));
    assert.deepEqual(changed, []);
    assert.deepEqual([...EVENTS, ...SETTINGS].filter((key) => may('GetObject', key)), ['ops/settings/identity.yaml']);
    for (const { folder } of TABLES) {
      const [version, entry] = [`${folder}/snap=00000012-a/part-00000.parquet`, `${folder}/_log/00000012.json`];
      assert.ok(may('DeleteObject', version) && !may('DeleteObject', entry), folder);
      assert.ok(may('PutObject', entry), `a vacuum is noted in the log of ${folder}`);
      assert.ok(!may('DeleteObjectVersion', version), 'what is deleted can be brought back for a while');
    }
    for (const folder of ['bronze/webinar', 'silver/webinar', 'quarantine', 'ledger']) {
      const bucket = stage.at(folder).split('/')[0] ?? '';
      assert.ok(rights.may('s3:ListBucket', bucket, { 's3:prefix': `${folder}/` }), folder);
    }
    const governed = config.governance ? ['lakeformation:GetDataAccess'] : [];
    assert.deepEqual(rights.onEverything, ['cloudwatch:PutMetricData', ...governed]);
    assert.ok(rights.may('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': `Leadlake/${config.name}-${config.stage}` }));
    assert.ok(!rights.may('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'AWS/Billing' }));
    assert.ok(!rights.may('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'Leadlake/another' }));
  });

  test(`${config.stage}: each table has one function that writes its rows, and both can read it`, () => {
    const both = ['score', 'catalog'].map((name) => Rights.ofFunction(stack, nameOf(config, name)));
    for (const { name, folder } of TABLES) {
      const version = stage.at(`${folder}/snap=00000012-a/part-00000.parquet`);
      const count = (action: string) => both.filter((rights) => rights.may(action, version)).length;
      assert.deepEqual([count('s3:PutObject'), count('s3:GetObject')], [1, 2], name);
    }
  });

  test(`${config.stage}: functions are told what docs/AWS.md says, and run as the stage says`, () => {
    for (const name of ['score', 'catalog'] as const) {
      const { properties } = stack.named('AWS::Lambda::Function', nameOf(config, name));
      const { Variables } = properties.Environment as { Variables: Record<string, string> };
      const documented = documentedVariables(name);
      assert.deepEqual(Object.keys(Variables).filter((variable) => !documented.includes(variable)), []);
      assert.equal(Variables.LEADLAKE_GLUE_DATABASE, `${config.name}_${config.stage}`);
      const settings = config[name];
      assert.deepEqual(
        [properties.Timeout, properties.MemorySize, properties.EphemeralStorage, properties.Architectures],
        [settings.timeoutSeconds, settings.memoryMb, { Size: settings.scratchMb }, [config.architecture]],
      );
      assert.equal(properties.ReservedConcurrentExecutions, config.reserveConcurrency ? 1 : undefined);
      if (name === 'catalog') {
        assert.equal(Variables.LEADLAKE_ATHENA_WORKGROUP, nameOf(config, 'catalog'));
        assert.ok(Number(Variables.LEADLAKE_ATHENA_TIMEOUT_SECONDS) < settings.timeoutSeconds);
      }
    }
  });
}

test('nothing starts by itself where the stage says so', () => {
  const { stack } = stageOf('dev', { schedule: { ...DEV.config.schedule, enabled: false } });
  const states = stack.all('AWS::Scheduler::Schedule').map(({ properties }) => properties.State);
  assert.deepEqual(states, ['DISABLED', 'DISABLED']);
});

test('whoever starts a run by hand is told what to start', () => {
  const outputs = synth('dev').template('lake').toJSON().Outputs as Record<string, { readonly Value: unknown }>;
  const [run] = Object.entries(synth('dev').template('lake').findResources('AWS::StepFunctions::StateMachine')).filter(
    ([, { Properties }]) => (Properties as Properties).StateMachineName === 'leadlake-dev-run',
  );
  assert.ok(run);
  assert.deepEqual(outputs.Run?.Value, { Ref: run[0] });
});

test('the tables that catalog writes are those of gold that are added up', () => {
  const names = readFileSync(join(ROOT, 'lib/lake/src/tables/name.rs'), 'utf8');
  const sqlNames = new Map(
    [...names.matchAll(/pub const (\w+): Self = Self::own\(TableLayer::(\w+), "(\w+)"\)/g)].map(
      ([, constant = '', layer = '', name]) => [constant, `${layer.toLowerCase()}_${name}`],
    ),
  );
  const written = readFileSync(join(ROOT, 'lib/gold/src/tables/mod.rs'), 'utf8');
  const constants = [...written.matchAll(/TableName::(\w+)/g)].map(([, constant = '']) => constant);
  const addedUp = new Set(constants.map((constant) => sqlNames.get(constant)));
  const ofCatalog = TABLES.filter((table) => writerOf(table) === 'catalog').map(({ name }) => name);
  assert.deepEqual(ofCatalog.sort(), [...addedUp].sort());
});

test('errors that are tried again are called so by the functions', () => {
  const errors = { 'score/src/scoring.rs': 'ScoreError', 'catalog/src/cataloguing.rs': 'CatalogueError' };
  for (const [file, error] of Object.entries(errors)) {
    assert.match(readFileSync(join(ROOT, 'functions', file), 'utf8'), new RegExp(`pub enum ${error} \\{`));
  }
});
