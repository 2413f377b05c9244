import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PEOPLE, Person } from '../config';
import { layerOf, TABLES } from '../lib/layout';
import { readSources } from '../lib/sources';
import { checkoutWithSources } from './checkout';
import { Entitled, rightsOf } from './entitled';
import { ACCOUNT, arnOf, REGION } from './resolved';
import { Rights, Statement } from './rights';

const root = checkoutWithSources('fair');
const sources = readSources(`${root}/contracts`);
const byFolder = new Entitled('dev', root);
const byColumn = new Entitled('prod', root);

/** Folders, one object of each standing for all of them. */
const SALES = ['gold/sales_dashboard', 'gold/lead_scores'];
const WITHOUT_PEOPLE = ['gold/lead_scores', 'gold/kpi', 'gold/conversion_metrics', 'gold/attribution'];
const IDS_ONLY = ['silver/lead_aliases', 'silver/lead_joins', 'silver/lead_review'];
const ALL = [
  ...TABLES.map(({ folder }) => folder),
  ...sources.flatMap(({ name }) => ['bronze', 'silver', 'quarantine', 'ledger'].map((layer) => `${layer}/${name}`)),
  'undelivered/webinar',
  'ops/settings',
  'catalog',
];
const RAW = ALL.filter((folder) => layerOf(folder) === 'bronze');
const SECRET = 'ops/salt';

const READS: Readonly<Record<Person, readonly string[]>> = {
  pipeline: ALL,
  privacy: ALL,
  analyst: WITHOUT_PEOPLE,
  scientist: [...WITHOUT_PEOPLE, ...IDS_ONLY, 'features/leads'],
  sales: SALES,
};
const WRITES: Readonly<Partial<Record<Person, readonly string[]>>> = { pipeline: ALL, privacy: ALL };
const DELETES: Readonly<Partial<Record<Person, readonly string[]>>> = {
  pipeline: ALL.filter((folder) => !RAW.includes(folder)),
  privacy: ALL,
};
const WORK_ON_FILES: readonly Person[] = ['pipeline', 'privacy'];

test('each reads, writes and deletes what is theirs, and nothing else, where folders are granted', () => {
  for (const person of PEOPLE) {
    assert.deepEqual(foldersOf(byFolder, person, 's3:GetObject'), sorted(READS[person]), `${person} reads`);
    assert.deepEqual(listedBy(byFolder, person), sorted(READS[person]), `${person} lists`);
    assert.deepEqual(foldersOf(byFolder, person, 's3:PutObject'), sorted(WRITES[person] ?? []), `${person} writes`);
    assert.deepEqual(
      foldersOf(byFolder, person, 's3:DeleteObject'),
      sorted(DELETES[person] ?? []),
      `${person} deletes`,
    );
    const erased = person === 'privacy' ? ALL : [];
    assert.deepEqual(foldersOf(byFolder, person, 's3:DeleteObjectVersion'), sorted(erased), `${person} erases`);
  }
});

test('where Lake Formation hands out columns, no folder is granted to who only asks', () => {
  for (const person of PEOPLE) {
    const whole = WORK_ON_FILES.includes(person) ? ALL : [];
    assert.deepEqual(foldersOf(byColumn, person, 's3:GetObject'), sorted(whole), `${person} reads`);
    assert.deepEqual(listedBy(byColumn, person), sorted(whole), `${person} lists`);
    assert.ok(byColumn.rights(person).may('lakeformation:GetDataAccess', '*'), person);
    assert.ok(!byFolder.rights(person).may('lakeformation:GetDataAccess', '*'), person);
  }
});

test('the secret behind the ids is for those who work on files', () => {
  for (const access of [byFolder, byColumn]) {
    const may = (action: string) => PEOPLE.filter((person) => access.rights(person).may(action, access.object(SECRET)));
    assert.deepEqual(may('s3:GetObject').sort(), [...WORK_ON_FILES].sort());
    assert.deepEqual(may('s3:PutObject').sort(), [...WORK_ON_FILES].sort());
  }
});

test('answers are for who asked', () => {
  for (const access of [byFolder, byColumn]) {
    for (const asker of [...PEOPLE, 'catalog']) {
      const answer = `arn:aws:s3:::${access.bucket('answers')}/${asker}/a.csv`;
      for (const action of ['s3:GetObject', 's3:PutObject']) {
        assert.deepEqual(
          PEOPLE.filter((person) => access.rights(person).may(action, answer)),
          PEOPLE.filter((one) => one === asker),
        );
      }
      const workgroup = arnOf('athena', `workgroup/${access.name(asker)}`);
      const asking = PEOPLE.filter((person) => access.rights(person).may('athena:StartQueryExecution', workgroup));
      assert.deepEqual(
        asking,
        PEOPLE.filter((one) => one === asker),
      );
    }
  }
});

test('no catalog shows more than the files that are granted', () => {
  const tables = [
    ...TABLES.flatMap(({ name }) => [name, `${name}_versions`]),
    ...sources.flatMap(({ name }) => [`silver_${name}`, `bronze_${name}`]),
    'quarantine_records',
    'ops_ledger_entries',
  ];
  const shown = (access: Entitled, person: Person) =>
    tables.filter((table) =>
      access.rights(person).may('glue:GetTable', arnOf('glue', `table/leadlake_${access.stage}/${table}`)),
    );
  const whole = (person: Person) =>
    TABLES.filter(({ folder }) => READS[person].includes(folder)).flatMap(({ name }) => [name, `${name}_versions`]);
  for (const person of ['analyst', 'sales'] as const) {
    assert.deepEqual(sorted(shown(byFolder, person)), sorted(whole(person)));
    assert.deepEqual(sorted(shown(byColumn, person)), sorted(whole(person)));
  }
  assert.deepEqual(sorted(shown(byFolder, 'scientist')), sorted(whole('scientist')));
  const raw = shown(byColumn, 'scientist').filter((table) => /^(bronze|quarantine|ops)_/.test(table));
  assert.deepEqual(raw, []);
  for (const person of PEOPLE) {
    const writes = ['glue:CreateTable', 'glue:UpdateTable', 'glue:BatchCreatePartition'].filter((action) =>
      byFolder.rights(person).may(action, arnOf('glue', 'table/leadlake_dev/gold_kpi')),
    );
    assert.equal(writes.length, WORK_ON_FILES.includes(person) ? 3 : 0, person);
    assert.ok(!byFolder.rights(person).may('glue:GetTable', arnOf('glue', 'table/another/gold_kpi')), person);
  }
});

test('the key is used through S3 only', () => {
  const [key] = byFolder.storage.all('AWS::KMS::Key');
  assert.ok(key);
  for (const person of PEOPLE) {
    const rights = byFolder.rights(person);
    assert.ok(rights.may('kms:Decrypt', `${key.id}.Arn`, { 'kms:ViaService': `s3.${REGION}.amazonaws.com` }), person);
    assert.ok(!rights.may('kms:Decrypt', `${key.id}.Arn`, { 'kms:ViaService': `sqs.${REGION}.amazonaws.com` }), person);
    assert.ok(!rights.may('kms:Decrypt', `${key.id}.Arn`), person);
  }
});

test('nothing of the lake itself writes to bronze or takes from it', () => {
  for (const role of byFolder.lake.all('AWS::IAM::Role')) {
    const named = String(role.properties.RoleName);
    const rights = rightsOf(byFolder.lake, role);
    for (const folder of RAW) {
      const object = byFolder.object(`${folder}/2025/01/01/a.json`);
      assert.equal(rights.may('s3:PutObject', object), /-(pipeline|privacy)$/.test(named), `${role.id}: ${folder}`);
      assert.equal(rights.may('s3:DeleteObject', object), /-privacy$/.test(named), `${role.id}: ${folder}`);
    }
  }
});

test('the operator redrives and starts what there is for each source', () => {
  const rights = byFolder.rights('pipeline');
  const may = (action: string, resource: string) => assert.ok(rights.may(action, resource), `${action} ${resource}`);
  const queues = byFolder.lake.all('AWS::SQS::Queue').map(({ properties }) => String(properties.QueueName));
  for (const { name } of sources) {
    const [dead, ...more] = queues.filter((queue) => queue.startsWith(`leadlake-dev-${name}-`));
    assert.ok(dead && more.length === 0, name);
    ['sqs:ReceiveMessage', 'sqs:DeleteMessage'].forEach((action) => may(action, arnOf('sqs', dead)));
    may('sqs:SendMessage', arnOf('sqs', `leadlake-dev-${name}`));
    assert.ok(
      !rights.may('sqs:DeleteMessage', arnOf('sqs', `leadlake-dev-${name}`)),
      'what still waits is not for it to take',
    );
    may('lambda:InvokeFunction', arnOf('lambda', `function:leadlake-dev-refine-${name}`));
  }
  ['score', 'catalog'].forEach((name) =>
    may('lambda:InvokeFunction', arnOf('lambda', `function:leadlake-dev-${name}`)),
  );
  may('states:StartExecution', arnOf('states', 'stateMachine:leadlake-dev-run'));
  may('states:DescribeExecution', arnOf('states', 'execution:leadlake-dev-run:a'));
  assert.ok(!rights.may('states:DescribeExecution', arnOf('states', 'execution:leadlake-dev-run-2:a')));
  for (const person of PEOPLE.filter((one) => one !== 'pipeline')) {
    const others = byFolder
      .rights(person)
      .actions.filter((action) => /^(sqs|lambda|states|logs|cloudwatch|scheduler|events):/.test(action));
    assert.deepEqual(others, [], person);
  }
});

test('who delivers a source adds to its folder and does nothing else', () => {
  const [key] = byFolder.storage.all('AWS::KMS::Key');
  const policies = byFolder.lake
    .all('AWS::IAM::ManagedPolicy')
    .filter(({ properties }) => /-producer-/.test(String(properties.ManagedPolicyName)));
  const names = policies.map(({ properties }) => properties.ManagedPolicyName);
  assert.deepEqual(names.sort(), sources.map(({ name }) => `leadlake-dev-producer-${name}`).sort());
  for (const { properties } of policies) {
    assert.deepEqual([properties.Roles, properties.Users, properties.Groups], [undefined, undefined, undefined]);
    const rights = new Rights((properties.PolicyDocument as { readonly Statement: readonly Statement[] }).Statement);
    const [own] = /[^-]+$/.exec(String(properties.ManagedPolicyName)) ?? [];
    const written = ALL.filter((folder) => rights.may('s3:PutObject', byFolder.object(`${folder}/2025/01/01/a.json`)));
    assert.deepEqual(written, [`bronze/${own}`]);
    assert.deepEqual([...new Set(rights.actions)].sort(), [
      'kms:Decrypt',
      'kms:GenerateDataKey',
      's3:AbortMultipartUpload',
      's3:PutObject',
    ]);
    for (const action of ['kms:GenerateDataKey', 'kms:Decrypt']) {
      assert.ok(rights.may(action, `${key?.id}.Arn`, { 'kms:ViaService': `s3.${REGION}.amazonaws.com` }), action);
      assert.ok(!rights.may(action, `${key?.id}.Arn`), action);
    }
  }
});

test('who delivers a source writes to its stream where the stage has one, and to no other', () => {
  const streams = byColumn.lake.all('AWS::KinesisFirehose::DeliveryStream');
  assert.equal(streams.length, sources.length);
  for (const { name } of sources) {
    const [policy] = byColumn.lake
      .all('AWS::IAM::ManagedPolicy')
      .filter(({ properties }) => properties.ManagedPolicyName === `leadlake-prod-producer-${name}`);
    const rights = new Rights(
      (policy?.properties.PolicyDocument as { readonly Statement: readonly Statement[] }).Statement,
    );
    for (const action of ['firehose:PutRecord', 'firehose:PutRecordBatch']) {
      const written = streams.filter(({ id }) => rights.may(action, `${id}.Arn`));
      assert.deepEqual(written.map(({ properties }) => properties.DeliveryStreamName), [`leadlake-prod-${name}`]);
    }
  }
});

test('a role is taken on by roles, and by users with a second factor', () => {
  for (const person of PEOPLE) {
    const trust = byFolder.trust(person);
    const user = { 'aws:PrincipalType': 'User' };
    assert.ok(trust.may('sts:AssumeRole', '*', { 'aws:PrincipalType': 'AssumedRole' }), person);
    assert.ok(trust.may('sts:AssumeRole', '*', { ...user, 'aws:MultiFactorAuthPresent': 'true' }), person);
    assert.ok(!trust.may('sts:AssumeRole', '*', { ...user, 'aws:MultiFactorAuthPresent': 'false' }), person);
    assert.ok(!trust.may('sts:AssumeRole', '*', user), person);
    assert.deepEqual(accountsIn(trust), [`arn:aws:iam::${ACCOUNT}:root`]);
  }
});

test('where the stage names who may, nobody else may', () => {
  const analysts = 'arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Analyst_*';
  const access = new Entitled('dev', root, { trusted: { analyst: [analysts] } });
  const trust = access.trust('analyst');
  const by = (arn: string) =>
    trust.may('sts:AssumeRole', '*', { 'aws:PrincipalType': 'AssumedRole', 'aws:PrincipalArn': arn });
  assert.ok(by(analysts.replaceAll('*', 'x1')));
  assert.ok(!by('arn:aws:iam::444455556666:role/Another'));
  assert.deepEqual(accountsIn(trust), ['arn:aws:iam::444455556666:root']);
  assert.throws(
    () => new Entitled('dev', root, { trusted: { sales: ['arn:aws:iam::*:role/Everybody'] } }),
    /names no principal/,
  );
});

test("the roles are told by the stack, and nobody's session outlasts a working day", () => {
  const outputs = Object.values(byFolder.synthesised.template('lake').findOutputs('*')).map((output) =>
    JSON.stringify(output),
  );
  for (const person of PEOPLE) {
    const { id, properties } = byFolder.role(person);
    assert.ok(
      outputs.some((value) => value.includes(id)),
      person,
    );
    assert.ok(Number(properties.MaxSessionDuration) <= 8 * 3600, person);
  }
});

/** Of an object in each folder of the lake. */
function foldersOf(access: Entitled, person: Person, action: string): readonly string[] {
  const rights = access.rights(person);
  return sorted(
    ALL.filter((folder) => rights.may(action, access.object(`${folder}/snap=00000001-a/part-00000.parquet`))),
  );
}

function listedBy(access: Entitled, person: Person): readonly string[] {
  return sorted(ALL.filter((folder) => access.mayList(person, folder)));
}

function accountsIn(trust: Rights): readonly unknown[] {
  return [...new Set(trust.statements.flatMap(({ Principal }) => Principal?.AWS))];
}

function sorted(folders: readonly string[]): readonly string[] {
  return [...folders].sort();
}
