import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PEOPLE } from '../config';
import { TABLES } from '../lib/layout';
import { WAREHOUSE_READERS } from '../lib/warehouse/warehouse';
import { synth } from './synth';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
type Properties = Readonly<Record<string, unknown>>;

const { stacks, config, template } = synth('prod');
const warehouse = template('warehouse');

function only(type: string, of: Template = warehouse): Properties {
  const found = Object.values(of.findResources(type)) as { Properties: Properties }[];
  assert.equal(found.length, 1, type);
  return found[0]!.Properties;
}

function roleId(schema: string, of: Template): string {
  const [id] = Object.keys(
    of.findResources('AWS::IAM::Role', { Properties: { RoleName: `leadlake-prod-spectrum-${schema}` } }),
  );
  assert.ok(id, schema);
  return id;
}

/** The statements of a role of Spectrum, whatever policy they are in. */
function granted(schema: string, of: Template): readonly Statement[] {
  const policies = Object.values(of.findResources('AWS::IAM::Policy')) as { Properties: Properties }[];
  const mine = policies.filter(
    ({ Properties }) => JSON.stringify(Properties.Roles) === JSON.stringify([{ Ref: roleId(schema, of) }]),
  );
  assert.ok(mine.length > 0, schema);
  return mine.flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement);
}

/** What follows the ARNs of buckets. */
function patternsIn(statements: readonly Statement[]): readonly string[] {
  const resources = statements.flatMap(({ Resource }) => [Resource].flat()) as { 'Fn::Join'?: [string, unknown[]] }[];
  return resources.map((resource) => String(resource['Fn::Join']?.[1].at(-1)));
}

function actionsOf(statements: readonly Statement[]): readonly string[] {
  return [...new Set(statements.flatMap(({ Action }) => Action))].sort();
}

function mentions(statements: readonly Statement[], service: string): string {
  return JSON.stringify(
    statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith(`${service}:`))),
  );
}

describe('the workgroup', () => {
  const workgroup = only('AWS::RedshiftServerless::Workgroup');

  test('is reached by nobody from outside, and by TLS only', () => {
    assert.equal(workgroup.PubliclyAccessible, false);
    const parameters = workgroup.ConfigParameters as readonly { ParameterKey: string; ParameterValue: string }[];
    assert.equal(parameters.find(({ ParameterKey }) => ParameterKey === 'require_ssl')?.ParameterValue, 'true');
    assert.ok(
      Number(parameters.find(({ ParameterKey }) => ParameterKey === 'max_query_execution_time')?.ParameterValue) > 0,
    );
  });

  test('grows no further than the stage says', () => {
    assert.equal(workgroup.BaseCapacity, config.warehouse?.baseCapacity);
    assert.equal(workgroup.MaxCapacity, config.warehouse?.maxCapacity);
  });

  test('stands in three zones of a network that leads nowhere', () => {
    const subnets = warehouse.findResources('AWS::EC2::Subnet');
    const used = (workgroup.SubnetIds as readonly { Ref: string }[]).map(({ Ref }) =>
      JSON.stringify(subnets[Ref]?.Properties.AvailabilityZone),
    );
    assert.equal(new Set(used).size, 3);
    for (const way of [
      'InternetGateway',
      'NatGateway',
      'Route',
      'VPCEndpoint',
      'SecurityGroupIngress',
      'VPCPeeringConnection',
    ]) {
      warehouse.resourceCountIs(`AWS::EC2::${way}`, 0);
    }
    assert.ok(Object.values(subnets).every(({ Properties }) => Properties.MapPublicIpOnLaunch === false));
    const group = only('AWS::EC2::SecurityGroup');
    assert.equal(group.SecurityGroupIngress, undefined);
    const out = group.SecurityGroupEgress as readonly { CidrIp: string }[];
    assert.deepEqual(
      out.map(({ CidrIp }) => CidrIp),
      ['255.255.255.255/32'],
    );
  });

  test('has its traffic logged', () => {
    const { ResourceId, TrafficType } = only('AWS::EC2::FlowLog');
    assert.deepEqual(ResourceId, { Ref: Object.keys(warehouse.findResources('AWS::EC2::VPC'))[0] });
    assert.equal(TrafficType, 'ALL');
  });
});

describe('the namespace', () => {
  const namespace = only('AWS::RedshiftServerless::Namespace');

  test('is encrypted by the key of the lake', () => {
    const key = Object.entries(template('storage').findOutputs('*')).find(([, output]) =>
      JSON.stringify(output.Value).includes('Key'),
    );
    assert.ok(key && JSON.stringify(namespace.KmsKeyId).includes(key[1].Export.Name));
  });

  test('has an administrator whose password nobody gave it', () => {
    assert.equal(namespace.ManageAdminPassword, true);
    assert.equal(namespace.AdminUserPassword, undefined);
  });

  test('keeps logs of connections, users and queries, and none of them for ever', () => {
    const kept = namespace.LogExports as readonly string[];
    assert.deepEqual([...kept].sort(), ['connectionlog', 'useractivitylog', 'userlog']);
    for (const log of kept) {
      warehouse.hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName: `/aws/redshift/${namespace.NamespaceName as string}/${log}`,
        RetentionInDays: config.logs.retentionDays,
      });
    }
    const groups = Object.values(warehouse.findResources('AWS::Logs::LogGroup'));
    assert.ok(groups.every(({ Properties }) => Properties.RetentionInDays === config.logs.retentionDays));
  });
});

describe('the roles of Spectrum', () => {
  const byFolder = synth('prod', { config: { governance: false } }).template('warehouse');
  const schemas = { lake: 'gold', features: 'features' } as const;

  for (const [schema, layer] of Object.entries(schemas)) {
    const readable = TABLES.filter((table) => table.layer === layer && table.personal.length === 0);
    const others = TABLES.filter((table) => !readable.includes(table));
    const statements = granted(schema, byFolder);

    test(`${schema} reads each table of ${layer} without personal columns`, () => {
      assert.ok(readable.length > 0);
      for (const { name, folder } of readable) {
        assert.ok(mentions(statements, 's3').includes(`/${folder}/*"`), folder);
        assert.ok(mentions(statements, 'glue').includes(`/${name}"`), name);
      }
    });

    test(`${schema} reads nothing else`, () => {
      assert.ok(others.some(({ personal }) => personal.length > 0));
      for (const { name, folder } of others) {
        assert.ok(!mentions(statements, 's3').includes(`${folder}/`), folder);
        assert.ok(!mentions(statements, 'glue').includes(`/${name}"`), name);
      }
      for (const folder of ['bronze/', 'silver/', 'quarantine/', 'ledger/', 'ops/']) {
        assert.ok(!mentions(statements, 's3').includes(folder), folder);
      }
      const objects = statements.filter(({ Action }) => [Action].flat().includes('s3:GetObject'));
      assert.ok(patternsIn(objects).every((pattern) => readable.some(({ folder }) => pattern === `/${folder}/*`)));
    });

    test(`${schema} changes nothing, and decrypts by way of S3 only`, () => {
      const actions = actionsOf(statements);
      assert.ok(
        actions.every((action) => /^(s3|glue):(Get|List|BatchGet)[A-Z]\w*$|^kms:Decrypt$/.test(action)),
        actions.join(),
      );
      const decrypt = statements.filter(({ Action }) => [Action].flat().includes('kms:Decrypt'));
      assert.ok(
        decrypt.length > 0 && decrypt.every(({ Condition }) => JSON.stringify(Condition).includes('kms:ViaService')),
      );
    });

    test(`${schema} has the same of Lake Formation where that rules, and no files of its own`, () => {
      const ruled = granted(schema, warehouse);
      assert.ok(config.governance && actionsOf(ruled).includes('lakeformation:GetDataAccess'));
      assert.ok(!actionsOf(ruled).some((action) => /^(s3|kms):/.test(action)));
      const grants = Object.values(warehouse.findResources('AWS::LakeFormation::PrincipalPermissions'))
        .map(({ Properties }) => Properties)
        .filter(({ Principal }) =>
          JSON.stringify(Principal.DataLakePrincipalIdentifier).includes(roleId(schema, warehouse)),
        );
      const onTables = grants.filter(({ Resource }) => Resource.Table);
      const names = readable.flatMap(({ name }) => [name, `${name}_versions`]);
      assert.deepEqual(onTables.map(({ Resource }) => Resource.Table.Name).sort(), names.sort());
      assert.ok(onTables.every(({ Permissions }) => Permissions.join() === 'DESCRIBE,SELECT'));
      assert.equal(grants.length, names.length + 1);
    });
  }
});

describe('who may ask', () => {
  const lake = template('lake');
  const tags = (of: Template) =>
    PEOPLE.map((person) => {
      const [role] = Object.values(
        of.findResources('AWS::IAM::Role', { Properties: { RoleName: `leadlake-prod-${person}` } }),
      );
      const found = (role?.Properties.Tags ?? []) as readonly { Key: string; Value: string }[];
      return [person, found.find(({ Key }) => Key === 'RedshiftDbRoles')?.Value];
    });

  test('comes under the database role that is named like them, and nobody else does', () => {
    assert.deepEqual(
      tags(lake),
      PEOPLE.map((person) => [person, (WAREHOUSE_READERS as readonly string[]).includes(person) ? person : undefined]),
    );
    const { Roles } = only('AWS::IAM::ManagedPolicy');
    assert.equal((Roles as readonly unknown[]).length, WAREHOUSE_READERS.length);
    assert.ok(WAREHOUSE_READERS.every((person) => JSON.stringify(Roles).includes(person)));
  });

  test('asks this workgroup, and sees no statements of others', () => {
    const { PolicyDocument } = only('AWS::IAM::ManagedPolicy');
    const { Statement: statements } = PolicyDocument as { Statement: readonly Statement[] };
    for (const statement of statements.filter(({ Resource }) => Resource === '*')) {
      const looksUpTags = actionsOf([statement]).every((action) => action.startsWith('tag:Get'));
      assert.ok(looksUpTags || JSON.stringify(statement.Condition).includes('statement-owner-iam-userid'));
    }
    const [asking] = statements.filter(({ Action }) => [Action].flat().includes('redshift-serverless:GetCredentials'));
    assert.deepEqual(asking?.Resource, { 'Fn::GetAtt': ['Workgroup', 'Workgroup.WorkgroupArn'] });
  });

  test('the lake does not wait for the warehouse', () => {
    assert.ok(!JSON.stringify(lake.toJSON()).includes('leadlake-prod-warehouse:'));
    assert.ok(stacks.warehouse?.dependencies.includes(stacks.lake));
    assert.ok(!stacks.lake.dependencies.some((stack) => stack === stacks.warehouse));
    const without = synth('prod', { config: { warehouse: undefined } });
    assert.equal(without.stacks.warehouse, undefined);
    assert.ok(tags(without.template('lake')).every(([, role]) => role === undefined));
  });
});

test('where a region has two zones, three subnets share them', () => {
  const zones = ['us-west-1a', 'us-west-1c'];
  const { warehouse: settings } = config;
  assert.ok(settings);
  const twoZones = synth('prod', { config: { warehouse: { ...settings, zones } } }).template('warehouse');
  const subnets = Object.values(twoZones.findResources('AWS::EC2::Subnet'));
  assert.deepEqual(subnets.map(({ Properties }) => Properties.AvailabilityZone), [...zones, zones[0]]);
  const { SubnetIds } = only('AWS::RedshiftServerless::Workgroup', twoZones);
  assert.equal(new Set((SubnetIds as readonly { Ref: string }[]).map(({ Ref }) => Ref)).size, 3);
});

test('what lies around the lake is deployed after it, whether CDK sees a reference or not', () => {
  const { storage, lake, ...around } = stacks;
  assert.ok(lake.dependencies.includes(storage));
  for (const stack of Object.values(around)) {
    assert.ok(stack?.dependencies.includes(lake), stack?.stackName);
  }
});

test('templates are made without asking an account for its zones', () => {
  const settled = synth('prod', { config: { account: '123456789012', region: 'eu-west-1' } });
  const app = settled.stacks.warehouse?.node.root as App;
  assert.deepEqual(app.synth().manifest.missing ?? [], []);
});

test('the warehouse brings no function of its own', () => {
  warehouse.resourceCountIs('AWS::Lambda::Function', 0);
  const types = Object.values(warehouse.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  assert.ok(types.every((type) => !type.startsWith('Custom::') && type !== 'AWS::CloudFormation::CustomResource'));
});
