import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StageConfig } from '../config';
import { nameOf } from '../lib/names';
import { checkoutWithSources } from './checkout';
import { documentedVariables } from './documented';
import { ACCOUNT, arnOf, Found, Properties, REGION, Resolved } from './resolved';
import { Rights, roleOf } from './rights';
import { synth } from './synth';

const NEW_SOURCE = 'trial';
const ROOT_WITH_NEW_SOURCE = checkoutWithSources(NEW_SOURCE);
const LIMIT_OF_SQS_DAYS = 14;
const DAY = 86_400;

interface Stage {
  readonly config: StageConfig;
  readonly stack: Resolved;
  readonly sources: readonly string[];
  /** By layer. */
  bucket(layer: string): string;
}

function stageOf(name: string, config: Partial<StageConfig> = {}): Stage {
  const synthesised = synth(name, { root: ROOT_WITH_NEW_SOURCE, config });
  const { lake } = synthesised.stacks;
  const of = synthesised.config;
  return {
    config: of,
    stack: new Resolved(synthesised, 'lake', 'storage'),
    sources: lake.ingestion.intakes.map(({ source }) => source.name),
    bucket: (layer) => `${nameOf(of, layer)}-${of.account ?? ACCOUNT}-${of.region ?? REGION}`,
  };
}

const DEV = stageOf('dev');
const PROD = stageOf('prod');

/** What belongs to a source, found by the names that people look for. */
function partsOf({ config, stack }: Stage, source: string) {
  const queue = stack.named('AWS::SQS::Queue', nameOf(config, source)).properties;
  const dead = stack.named('AWS::SQS::Queue', nameOf(config, source, 'dead')).properties;
  const refine = stack.named('AWS::Lambda::Function', nameOf(config, 'refine', source));
  const mappings = stack.all('AWS::Lambda::EventSourceMapping').map(({ properties }) => properties);
  const [mapping, ...others] = mappings.filter(
    ({ EventSourceArn }) => EventSourceArn === arnOf('sqs', nameOf(config, source)),
  );
  assert.ok(mapping && others.length === 0, source);
  const rule = stack.named('AWS::Events::Rule', nameOf(config, 'arrivals', source)).properties;
  return { queue, dead, refine, mapping, rule };
}

function isTaken(rule: Properties, bucket: string, key: string): boolean {
  const pattern = rule.EventPattern as {
    source: string[];
    'detail-type': string[];
    detail: { bucket: { name: string[] }; object: { key: { prefix: string }[] } };
  };
  assert.deepEqual([pattern.source, pattern['detail-type']], [['aws.s3'], ['Object Created']]);
  const { bucket: buckets, object } = pattern.detail;
  return buckets.name.includes(bucket) && object.key.some(({ prefix }) => key.startsWith(prefix));
}

for (const stage of [DEV, PROD]) {
  const { config, stack, sources } = stage;
  const { refine } = config;

  test(`${config.stage}: a contract is enough for everything that a source needs, and nothing is shared`, () => {
    assert.ok(sources.includes(NEW_SOURCE) && sources.length > 4);
    const roles = new Set<string>();
    for (const source of sources) {
      const { refine: refined, mapping } = partsOf(stage, source);
      assert.equal(mapping.FunctionName, nameOf(config, 'refine', source));
      roles.add(roleOf(refined));
    }
    assert.equal(roles.size, sources.length);
    assert.equal(stack.all('AWS::Lambda::EventSourceMapping').length, sources.length);
    const rules = stack.all('AWS::Events::Rule').filter(({ properties }) => properties.EventPattern);
    assert.equal(rules.length, sources.length);
  });

  test(`${config.stage}: a message outlives every call that may still work on it`, () => {
    for (const source of sources) {
      const { queue, dead, refine: refined, mapping } = partsOf(stage, source);
      const { Timeout, Environment } = refined.properties as {
        Timeout: number;
        Environment: { Variables: Record<string, string> };
      };
      assert.equal(Timeout, refine.timeoutSeconds);
      assert.equal(queue.VisibilityTimeout, 6 * Timeout);
      assert.ok((queue.VisibilityTimeout as number) > Timeout + (mapping.MaximumBatchingWindowInSeconds as number));
      const redrive = queue.RedrivePolicy as { deadLetterTargetArn: string; maxReceiveCount: number };
      assert.equal(redrive.deadLetterTargetArn, arnOf('sqs', nameOf(config, source, 'dead')));
      const receives = Number(Environment.Variables.LEADLAKE_MAX_RECEIVES);
      assert.ok(receives >= 3 && receives < redrive.maxReceiveCount, 'the function is the first to give a message up');
      assert.equal(queue.MessageRetentionPeriod, 4 * DAY);
      assert.equal(dead.MessageRetentionPeriod, LIMIT_OF_SQS_DAYS * DAY);
      assert.deepEqual(dead.RedriveAllowPolicy, {
        redrivePermission: 'byQueue',
        sourceQueueArns: [arnOf('sqs', nameOf(config, source))],
      });
    }
  });

  test(`${config.stage}: a batch fails message by message, and no more is asked for than is reserved`, () => {
    for (const source of sources) {
      const { refine: refined, mapping } = partsOf(stage, source);
      const most = (mapping.ScalingConfig as { MaximumConcurrency: number }).MaximumConcurrency;
      const reserved = refined.properties.ReservedConcurrentExecutions as number | undefined;
      assert.deepEqual(mapping.FunctionResponseTypes, ['ReportBatchItemFailures']);
      assert.equal(mapping.BatchSize, refine.batchSize);
      assert.equal(most, refine.concurrency);
      assert.ok(most >= 2);
      assert.ok(config.reserveConcurrency ? reserved !== undefined && reserved > most : reserved === undefined);
    }
  });

  test(`${config.stage}: an arrival goes to the queue of its source, and what is none goes nowhere`, () => {
    const bronze = stage.bucket('bronze');
    const takers = (bucket: string, key: string) =>
      sources.filter((source) => isTaken(partsOf(stage, source).rule, bucket, key));
    for (const source of sources) {
      assert.deepEqual(takers(bronze, `bronze/${source}/2025/01/31/a b+c=d.json`), [source]);
      assert.deepEqual(takers(bronze, `bronze/${source}_2/2025/01/31/a.json`), []);
      assert.deepEqual(takers(bronze, `undelivered/${source}/processing-failed/2025/01/31/a`), []);
      assert.deepEqual(takers(stage.bucket('silver'), `silver/${source}/dt=2025-01-31/a.parquet`), []);
      assert.deepEqual(takers(stage.bucket('silver'), `bronze/${source}/2025/01/31/a.json`), []);
    }
  });

  test(`${config.stage}: what EventBridge cannot deliver is kept, and only a source's own rule may send`, () => {
    for (const source of sources) {
      const { rule } = partsOf(stage, source);
      const [queue, dead] = [nameOf(config, source), nameOf(config, source, 'dead')];
      const targets = rule.Targets as readonly { Arn: string; DeadLetterConfig: { Arn: string } }[];
      assert.deepEqual(
        targets.map(({ Arn, DeadLetterConfig }) => [Arn, DeadLetterConfig.Arn]),
        [[arnOf('sqs', queue), arnOf('sqs', dead)]],
      );
      for (const name of [queue, dead]) {
        const rights = Rights.atQueue(stack, name);
        const send = (from: string) =>
          rights.may('sqs:SendMessage', arnOf('sqs', name), { 'aws:SourceArn': arnOf('events', `rule/${from}`) });
        assert.deepEqual(sources.filter((other) => send(nameOf(config, 'arrivals', other))), [source]);
        const allowed = rights.statements.filter(({ Effect }) => Effect === 'Allow');
        assert.deepEqual(allowed.map(({ Principal }) => Principal), [{ Service: 'events.amazonaws.com' }]);
      }
    }
  });

  test(`${config.stage}: queues are encrypted, and refuse who does not encrypt the way there`, () => {
    for (const { properties } of stack.all('AWS::SQS::Queue')) {
      const name = String(properties.QueueName);
      assert.equal(properties.SqsManagedSseEnabled, true, name);
      const rights = Rights.atQueue(stack, name);
      const denied = rights.statements.filter(({ Effect, Action }) => Effect === 'Deny' && Action === 'sqs:*');
      assert.deepEqual(denied.map(({ Condition }) => Condition), [{ Bool: { 'aws:SecureTransport': 'false' } }], name);
    }
  });

  test(`${config.stage}: refine of a source touches its own folders, each as far as it needs`, () => {
    const layerOf: Readonly<Record<string, string>> = {
      bronze: 'bronze', silver: 'silver', quarantine: 'silver', ledger: 'ops',
    };
    const object = (folder: string, source: string) =>
      `arn:aws:s3:::${stage.bucket(layerOf[folder] ?? '')}/${folder}/${source}/dt=2025-01-31/a`;
    for (const source of sources) {
      const rights = Rights.ofFunction(stack, nameOf(config, 'refine', source));
      const actions = (folder: string, of: string) =>
        ['GetObject', 'GetObjectVersion', 'PutObject', 'DeleteObject', 'DeleteObjectVersion', 'AbortMultipartUpload']
          .filter((action) => rights.may(`s3:${action}`, object(folder, of)));
      assert.deepEqual(actions('bronze', source), ['GetObject', 'GetObjectVersion'], 'bronze is never changed');
      for (const folder of ['silver', 'quarantine', 'ledger']) {
        assert.deepEqual(actions(folder, source), ['GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload']);
      }
      for (const folder of Object.keys(layerOf)) {
        const list = (prefix: string) =>
          rights.may('s3:ListBucket', `arn:aws:s3:::${stage.bucket(layerOf[folder] ?? '')}`, { 's3:prefix': prefix });
        assert.ok(list(`${folder}/${source}/`) && list(`${folder}/${source}/dt=2025-01-31/not-there`), folder);
        assert.ok(!list('') && !list(`${folder}/`) && !list(`${folder}/${source}_2/`), folder);
        for (const other of sources.filter((candidate) => candidate !== source)) {
          const foreign = `${folder}/${other}`;
          assert.deepEqual([...actions(folder, other), list(`${foreign}/`)], [false], `${source}: ${foreign}`);
        }
      }
      for (const foreign of ['silver/leads', 'features/leads', 'gold/kpi', 'ops/settings', 'ops/ledger']) {
        const arn = `arn:aws:s3:::${stage.bucket(foreign.split('/')[0] ?? '')}/${foreign}/a`;
        assert.ok(!rights.may('s3:GetObject', arn) && !rights.may('s3:PutObject', arn), foreign);
      }
      assert.ok(!rights.may('s3:GetObject', `arn:aws:s3:::${stage.bucket('ops')}/ops/salt`));
    }
  });

  test(`${config.stage}: refine works on its own queue, puts aside into its own, and writes its own log`, () => {
    for (const source of sources) {
      const rights = Rights.ofFunction(stack, nameOf(config, 'refine', source));
      const works = (queue: string) =>
        ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'ChangeMessageVisibility', 'SendMessage'].filter(
          (action) => rights.may(`sqs:${action}`, arnOf('sqs', queue)),
        );
      assert.equal(works(nameOf(config, source)).length, 5);
      assert.deepEqual(works(nameOf(config, source, 'dead')), ['SendMessage']);
      for (const other of sources.filter((candidate) => candidate !== source)) {
        assert.deepEqual([...works(nameOf(config, other)), ...works(nameOf(config, other, 'dead'))], []);
      }
      const log = (name: string) =>
        rights.may('logs:PutLogEvents', arnOf('logs', `log-group:/aws/lambda/${nameOf(config, 'refine', name)}:*`));
      assert.deepEqual(sources.filter(log), [source]);
      assert.deepEqual(rights.onEverything, []);
      assert.deepEqual(rights.actions.filter((action) => action.includes('*')), []);
      assert.ok(!stack.named('AWS::Lambda::Function', nameOf(config, 'refine', source)).properties.TracingConfig);
    }
  });

  test(`${config.stage}: the key opens objects by way of S3 only`, () => {
    const [key] = new Set(keyStatements(stack).map(({ Resource }) => String(Resource)));
    assert.ok(key);
    for (const source of sources) {
      const rights = Rights.ofFunction(stack, nameOf(config, 'refine', source));
      for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) {
        assert.ok(rights.may(action, key, { 'kms:ViaService': `s3.${REGION}.amazonaws.com` }));
        assert.ok(!rights.may(action, key, { 'kms:ViaService': `sqs.${REGION}.amazonaws.com` }));
        assert.ok(!rights.may(action, key));
      }
    }
  });

  test(`${config.stage}: a refine function is told what docs/AWS.md says, and runs as the stage says`, () => {
    const documented = documentedVariables('refine');
    for (const source of sources) {
      const { properties } = stack.named('AWS::Lambda::Function', nameOf(config, 'refine', source));
      const { Variables } = properties.Environment as { Variables: Record<string, string> };
      assert.deepEqual(Object.keys(Variables).filter((name) => !documented.includes(name)), []);
      assert.deepEqual(
        [Variables.LEADLAKE_SOURCE, Variables.LEADLAKE_QUEUE_URL, Variables.LEADLAKE_DLQ_URL, Variables.LEADLAKE_LOG],
        [source, nameOf(config, source), nameOf(config, source, 'dead'), config.logs.level],
      );
      assert.equal(Variables.LEADLAKE_LAKE, `s3://${stage.bucket('{layer}')}`);
      assert.deepEqual(
        [properties.Runtime, properties.Architectures, properties.MemorySize, properties.EphemeralStorage],
        ['provided.al2023', [config.architecture], refine.memoryMb, { Size: refine.scratchMb }],
      );
      assert.equal(properties.RecursiveLoop, 'Allow', 'a long backfill goes on through its own queue');
    }
  });
}

function keyStatements(stack: Resolved) {
  const policies = stack.all('AWS::IAM::Policy').map(({ properties }) => properties.PolicyDocument);
  const statements = policies.flatMap((document) => (document as { Statement: Rights['statements'] }).Statement);
  return statements.filter(({ Action }) => [Action].flat().includes('kms:GenerateDataKey'));
}

test('every function, whoever made it, has a log group that forgets, and asks for nothing twice by itself', () => {
  for (const { config, stack } of [DEV, PROD]) {
    const functions = stack.all('AWS::Lambda::Function');
    assert.ok(functions.length > 6);
    for (const { id, properties } of functions) {
      const group = (properties.LoggingConfig as { LogGroup?: string; LogFormat?: string } | undefined) ?? {};
      const isOwn = (log: Found) => (log.properties.LogGroupName ?? log.id) === group.LogGroup;
      const [logs, ...others] = stack.all('AWS::Logs::LogGroup').filter(isOwn);
      assert.ok(logs && others.length === 0, id);
      assert.equal(logs.properties.RetentionInDays, config.logs.retentionDays, id);
      assert.equal(group.LogFormat, undefined, 'metrics are lines that Lambda would hold back');
    }
    const invoked = stack.all('AWS::Lambda::EventInvokeConfig').map(({ properties }) => properties);
    for (const name of functions.flatMap(({ properties }) => properties.FunctionName ?? [])) {
      const own = invoked.filter(({ FunctionName }) => FunctionName === name);
      assert.ok(own.length > 0 && own.every(({ MaximumRetryAttempts }) => MaximumRetryAttempts === 0), String(name));
    }
  }
});

test('a stream puts lines below the day of its source, and what it cannot deliver where no rule looks', () => {
  const { config, stack, sources } = PROD;
  const streams = stack.all('AWS::KinesisFirehose::DeliveryStream').map(({ properties }) => properties);
  const names = streams.map((stream) => stream.DeliveryStreamName);
  assert.deepEqual(names.sort(), sources.map((name) => nameOf(config, name)).sort());
  for (const source of sources) {
    const stream = streams.find(({ DeliveryStreamName }) => DeliveryStreamName === nameOf(config, source)) ?? {};
    const to = stream.ExtendedS3DestinationConfiguration as Properties;
    assert.equal(to.Prefix, `bronze/${source}/!{timestamp:yyyy/MM/dd}/`);
    assert.equal(to.CompressionFormat, 'GZIP');
    assert.match(JSON.stringify(to.ProcessingConfiguration), /AppendDelimiterToRecord/);
    assert.ok(to.EncryptionConfiguration);
    const undelivered = String(to.ErrorOutputPrefix);
    assert.match(undelivered, new RegExp(`/${source}/!{firehose:error-output-type}/`));
    const rules = sources.map((name) => partsOf(PROD, name).rule);
    assert.deepEqual(rules.filter((rule) => isTaken(rule, PROD.bucket('bronze'), undelivered)), []);

    const rights = Rights.ofRole(stack, String(to.RoleARN).replace(/\.Arn$/, ''));
    const put = (key: string) => rights.may('s3:PutObject', `arn:aws:s3:::${PROD.bucket('bronze')}/${key}`);
    assert.deepEqual(sources.filter((name) => put(`bronze/${name}/2025/01/31/a.json.gz`)), [source]);
    assert.ok(put(`undelivered/${source}/format-conversion-failed/2025/01/31/a`));
    assert.ok(!rights.actions.some((action) => action.includes('Delete') || action.includes('*')));
    assert.deepEqual(rights.onEverything, []);
  }
});

test('streams are for the sources that the stage names', () => {
  const streams = (stage: Stage) => stage.stack.all('AWS::KinesisFirehose::DeliveryStream').length;
  assert.equal(streams(DEV), 0);
  assert.equal(streams(stageOf('dev', { firehose: ['webinar', NEW_SOURCE] })), 2);
  assert.throws(() => stageOf('dev', { firehose: ['webinars'] }), /webinars, which has no contract/);
});

test('numbers that AWS would refuse are refused before anything is deployed', () => {
  const { refine } = DEV.config;
  assert.throws(() => stageOf('dev', { refine: { ...refine, concurrency: 1 } }), /refine\.concurrency is 1/);
  assert.throws(
    () => stageOf('dev', { refine: { ...refine, batchSize: 11, batchWindowSeconds: 0 } }),
    /refine\.batchSize is 11/,
  );
});

