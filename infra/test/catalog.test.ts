import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, aws_iam as iam, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PEOPLE } from '../config';
import { dev } from '../config/dev';
import { ASKERS, Catalog } from '../lib/catalog/catalog';
import { databaseName } from '../lib/names';
import { StorageStack } from '../lib/stacks';
import { contextOfCdkJson, synth, Synthesised } from './synth';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  readonly Roles?: unknown;
}

/** What was granted: every action on every resource, as `action on arn`. */
function grantsOf(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ Action, Resource, Condition }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((arn) => `${action} on ${flat(arn)}${flat(Condition)}`)),
  );
}

/** A value of a template as one text, without what every ARN has. */
function flat(value: unknown): string {
  const text = JSON.stringify(value ?? '');
  return text.replaceAll(/\{"(?:Ref|Fn::ImportValue)":"([^"]*)"\}/g, '<$1>')
    .replaceAll(/\{"Fn::Join":\["",\[(.*?)\]\]\}/g, (_, parts: string) => parts.replaceAll(/","|",|,"|"/g, ''))
    .replaceAll('<AWS::Region>:<AWS::AccountId>', 'here')
    .replaceAll('arn:<AWS::Partition>:', '')
    .replaceAll('"', '');
}

function statementsOf({ template }: Synthesised): readonly Statement[] {
  const policies = Object.values(template('lake').findResources('AWS::IAM::Policy'));
  const managed = Object.values(template('lake').findResources('AWS::IAM::ManagedPolicy'));
  return [...policies, ...managed].flatMap(({ Properties }) => (Properties as Policy).PolicyDocument.Statement);
}

/** What a role gets by one grant, and nothing beside it. */
function granted(grant: (catalog: Catalog, role: iam.Role) => void): readonly string[] {
  const app = new App({ context: contextOfCdkJson(), builtinCloudFormationValidation: false });
  const { storage } = new StorageStack(app, dev, [], {});
  const stack = new Stack(app, 'Asking');
  const role = new iam.Role(stack, 'Probe', { assumedBy: new iam.AccountRootPrincipal() });
  grant(new Catalog(stack, 'Catalog', { config: dev, storage }), role);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return grantsOf((policy?.Properties as Policy).PolicyDocument.Statement);
}

for (const stage of ['dev', 'prod']) {
  const synthesised = synth(stage);

  test(`${stage}: each who asks has a workgroup that nobody gets round`, () => {
    const { config, template, stacks } = synthesised;
    const groups = Object.values(template('lake').findResources('AWS::Athena::WorkGroup')).map((group) => group.Properties);
    assert.equal(groups.length, PEOPLE.length + 1);
    const folders = new Set<string>();
    for (const asker of ASKERS) {
      const { name, folder } = stacks.lake.catalog.workgroups[asker];
      const [group, ...others] = groups.filter((candidate) => candidate.Name === name);
      assert.ok(group && others.length === 0, name);
      const settings = group.WorkGroupConfiguration;
      assert.equal(settings.EnforceWorkGroupConfiguration, true);
      assert.equal(settings.PublishCloudWatchMetricsEnabled, true);
      assert.equal(settings.BytesScannedCutoffPerQuery, config.athena.scanLimitGb[asker] * 2 ** 30);
      assert.equal(settings.EngineVersion.SelectedEngineVersion, 'Athena engine version 3');
      assert.match(flat(settings.ResultConfiguration.OutputLocation), new RegExp(`^s3://<.*answers.*>/${folder}$`));
      assert.equal(flat(settings.ResultConfiguration.ExpectedBucketOwner), '<AWS::AccountId>');
      assert.equal(settings.ResultConfiguration.EncryptionConfiguration.EncryptionOption, 'SSE_KMS');
      assert.match(flat(settings.ResultConfiguration.EncryptionConfiguration.KmsKey), /^<.*Key.*Arn.*>$/);
      assert.match(folder, /^[a-z]+\/$/);
      folders.add(folder);
    }
    assert.equal(folders.size, ASKERS.length);
  });

  test(`${stage}: CloudFormation makes a database, and leaves tables to the catalog function`, () => {
    const { config, template } = synthesised;
    template('lake').resourceCountIs('AWS::Glue::Database', 1);
    template('lake').resourceCountIs('AWS::Glue::Table', 0);
    template('lake').hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: databaseName(config) } });
    assert.match(databaseName(config), /^[a-z0-9_]+$/);
  });

  test(`${stage}: nobody is let into another database, or changes the default one`, () => {
    const database = databaseName(synthesised.config);
    const grants = grantsOf(statementsOf(synthesised)).filter((grant) => grant.startsWith('glue:'));
    const inside = new RegExp(`^glue:\\w+ on glue:here:(catalog|database/${database}|table/${database}/[a-z0-9_*]+)$`);
    const look = /^glue:GetDatabases? on glue:here:database\/default$/;
    assert.ok(grants.length > 50);
    assert.deepEqual(grants.filter((grant) => !inside.test(grant) && !look.test(grant)), []);
    const removing = /^glue:(Create|Delete|BatchDelete)(Database|Table)|^glue:\*/;
    const removed = grants.filter((grant) => removing.test(grant) && !grant.startsWith('glue:CreateTable on'));
    assert.deepEqual(removed, []);
  });

  test(`${stage}: nobody asks in the workgroup of another, or reads the answers to another`, () => {
    const { workgroups } = synthesised.stacks.lake.catalog;
    const policies = Object.values(synthesised.template('lake').findResources('AWS::IAM::Policy'));
    const asked = policies.flatMap(({ Properties }) => {
      const grants = grantsOf((Properties as Policy).PolicyDocument.Statement);
      const groups = new Set(grants.flatMap((grant) => grant.match(/(?<=athena:StartQueryExecution on .*workgroup\/).*/) ?? []));
      const folders = new Set(grants.flatMap((grant) => grant.match(/(?<=s3:GetObject on .*answers.*\/)[a-z]+\/(?=\*)/) ?? []));
      assert.ok(groups.size <= 1 && folders.size <= 1, flat([...groups, ...folders]));
      return [...groups].map((group) => ({ group, folders: [...folders] }));
    });
    const byName = (a: { group: string }, b: { group: string }) => a.group.localeCompare(b.group);
    const expected = Object.values(workgroups).map(({ name, folder }) => ({ group: name, folders: [folder] }));
    assert.deepEqual(asked.sort(byName), expected.sort(byName));
  });
}

test('whoever reads tables gets the named ones with their versions, and changes none', () => {
  const grants = granted((catalog, role) => catalog.grantReadTables(role, ['gold_kpi']));
  assert.deepEqual(grants.filter((grant) => !/^glue:(Batch)?Get/.test(grant)), []);
  const tables = new Set(grants.flatMap((grant) => grant.match(/(?<=:table\/).*/) ?? []));
  assert.deepEqual([...tables].sort(), ['leadlake_dev/gold_kpi', 'leadlake_dev/gold_kpi_versions']);
  // As in Glue's own example of a list that leaves out what is not named, which asks for what they lie in, too.
  const listed = grants.flatMap((grant) => grant.match(/(?<=^glue:GetTables on glue:here:).*/) ?? []);
  assert.deepEqual(listed.sort(), ['catalog', 'database/leadlake_dev', ...[...tables].map((table) => `table/${table}`)].sort());
});

test('whoever writes tables gets what docs/AWS.md lists, and neither drops a table nor makes a database', () => {
  const grants = granted((catalog, role) => catalog.grantWriteTables(role));
  const actions = new Set(grants.map((grant) => grant.split(' ')[0]));
  assert.deepEqual([...actions].sort(), [
    'glue:BatchCreatePartition',
    'glue:BatchGetPartition',
    'glue:CreateTable',
    'glue:DeletePartition',
    'glue:GetDatabase',
    'glue:GetPartition',
    'glue:GetPartitions',
    'glue:GetTable',
    'glue:GetTables',
    'glue:UpdateTable',
  ]);
  assert.deepEqual(grants.filter((grant) => grant.includes('default')), ['glue:GetDatabase on glue:here:database/default']);
});

test('the catalog function asks, reads its answers and no more', () => {
  const grants = granted((catalog, role) => catalog.grantAsk(role, 'catalog'));
  const athena = grants.filter((grant) => grant.startsWith('athena:'));
  assert.deepEqual(athena.sort(), [
    'athena:GetQueryExecution on athena:here:workgroup/leadlake-dev-catalog',
    'athena:GetQueryResults on athena:here:workgroup/leadlake-dev-catalog',
    'athena:StartQueryExecution on athena:here:workgroup/leadlake-dev-catalog',
    'athena:StopQueryExecution on athena:here:workgroup/leadlake-dev-catalog',
  ]);
  const objects = grants.filter((grant) => /^s3:\w*(Object|Upload)/.test(grant));
  assert.equal(objects.length, 4);
  assert.deepEqual(objects.filter((grant) => !grant.endsWith('/catalog/*')), []);
  const [listing] = grants.filter((grant) => grant.startsWith('s3:ListBucket'));
  assert.match(listing ?? '', /StringLike:\{s3:prefix:catalog\/\*\}/);
  const key = grants.filter((grant) => grant.startsWith('kms:'));
  assert.equal(key.length, 2);
  assert.deepEqual(key.filter((grant) => !grant.includes('kms:ViaService:s3.<AWS::Region>.amazonaws.com')), []);
});

test('people find their way on the console, and change neither a workgroup nor a saved question', () => {
  for (const person of PEOPLE) {
    const grants = granted((catalog, role) => catalog.grantAsk(role, person));
    const athena = grants.filter((grant) => grant.startsWith('athena:'));
    const actions = athena.map((grant) => grant.split(' ')[0] ?? '');
    for (const needed of ['athena:StartQueryExecution', 'athena:GetWorkGroup', 'athena:ListNamedQueries']) {
      assert.ok(actions.includes(needed), `${person}: ${needed}`);
    }
    assert.deepEqual(actions.filter((action) => !/^athena:(Batch)?Get|^athena:List|^athena:(Start|Stop)QueryExecution$/.test(action)), []);
    const elsewhere = athena.filter((grant) => !grant.endsWith(`:workgroup/leadlake-dev-${person}`));
    assert.deepEqual(elsewhere.filter((grant) => !grant.endsWith(':datacatalog/AwsDataCatalog')), [
      'athena:ListDataCatalogs on *',
      'athena:ListEngineVersions on *',
      'athena:ListWorkGroups on *',
    ]);
  }
});
