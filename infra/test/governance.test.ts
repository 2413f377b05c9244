import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TABLES } from '../lib/layout';
import { readSources } from '../lib/sources';
import { checkoutWithSources } from './checkout';
import { Entitled, rightsOf } from './entitled';
import { Order } from './order';
import { ACCOUNT, Resolved } from './resolved';
import { ROOT } from './synth';

interface Grant {
  readonly to: string;
  readonly permissions: readonly string[];
  readonly table?: string;
  readonly hidden: readonly string[];
  /** The only columns that are granted. */
  readonly shown?: readonly string[];
  readonly isOfDatabase: boolean;
  readonly isOfAllTables: boolean;
  readonly location?: string;
}

interface Granted {
  readonly Principal: { readonly DataLakePrincipalIdentifier: string };
  readonly Permissions: readonly string[];
  readonly PermissionsWithGrantOption: readonly string[];
  readonly Resource: {
    readonly Database?: { readonly Name: string };
    readonly Table?: { readonly Name?: string; readonly TableWildcard?: object };
    readonly TableWithColumns?: {
      readonly Name: string;
      readonly ColumnNames?: readonly string[];
      readonly ColumnWildcard?: { readonly ExcludedColumnNames: readonly string[] };
    };
    readonly DataLocation?: { readonly ResourceArn: string };
  };
}

const ASKING = ['analyst', 'scientist', 'sales'] as const;
const root = checkoutWithSources('fair');
const sources = readSources(`${root}/contracts`);
const prod = new Entitled('prod', root);
const stack = new Resolved(prod.synthesised, 'governance', 'lake', 'storage');
const grants = grantsOf(stack);
const grantsOfFunctions = grantsOf(prod.lake);

test('everybody who only asks may read columns by name, and sees no column that tells who somebody is', () => {
  const personal = new Map([
    ...TABLES.flatMap(
      ({ name, personal: columns }) =>
        [
          [name, columns],
          [`${name}_versions`, columns],
        ] as const,
    ),
    ...sources.map(({ name, columns }) => {
      const told = columns.filter((column) => column.personal).map((column) => column.name);
      return [`silver_${name}`, [...told, 'extra', 'invalid']] as const;
    }),
  ]);
  for (const { name, columns } of sources) {
    assert.ok(
      columns.some(({ personal: told }) => told),
      `${name}: nobody is told by it, so this proves nothing`,
    );
  }
  for (const person of ASKING) {
    for (const { table, hidden, shown, isOfAllTables, permissions } of grantsTo(person)) {
      assert.ok(!isOfAllTables, person);
      assert.deepEqual(
        permissions.filter((permission) => !['SELECT', 'DESCRIBE'].includes(permission)),
        [],
        person,
      );
      if (table === undefined) {
        continue;
      }
      const columns = personal.get(table);
      assert.ok(columns, `${person} reads ${table}, of which nobody said what is personal in it`);
      const mayKnow = person === 'sales' && /^gold_sales_dashboard/.test(table);
      assert.deepEqual(
        columns.filter((column) => !mayKnow && (shown ? shown.includes(column) : !hidden.includes(column))),
        [],
        `${person}: ${table}`,
      );
    }
  }
});

test('each reads these tables and no other', () => {
  const withVersions = (names: readonly string[]) => names.flatMap((name) => [name, `${name}_versions`]);
  const gold = ['gold_lead_scores', 'gold_kpi', 'gold_conversion_metrics', 'gold_attribution'];
  const made = TABLES.filter(({ layer }) => layer !== 'ops').map(({ name }) => name);
  assert.deepEqual(tablesOf('analyst'), withVersions(gold).sort());
  assert.deepEqual(tablesOf('sales'), withVersions(['gold_lead_scores', 'gold_sales_dashboard']).sort());
  const bySource = sources.map(({ name }) => `silver_${name}`);
  assert.ok(bySource.includes('silver_fair'));
  assert.deepEqual(tablesOf('scientist'), [...withVersions(made), ...bySource].sort());
});

test('of a source columns are given by name, so that one that is added to its contract begins hidden', () => {
  const schema = readFileSync(join(ROOT, 'lib/refine/src/schema.rs'), 'utf8');
  const [, ofArrival = ''] = /pub mod provenance \{(.+?)\n\}/s.exec(schema) ?? [];
  const behind = [...ofArrival.matchAll(/pub const \w+: &str = "(\w+)"/g)].map(([, name = '']) => name);
  assert.ok(behind.includes('arrived_at'));
  for (const { name, columns } of sources) {
    const own = grantsTo('scientist').filter(({ table }) => table === `silver_${name}`);
    const given = own.flatMap(({ shown }) => shown ?? []);
    const there = [...columns.map((column) => column.name), ...behind];
    const personal = columns.filter((column) => column.personal).map((column) => column.name);
    const closed = there.filter((column) => !given.includes(column));
    assert.deepEqual(closed.sort(), [...personal, 'extra', 'invalid'].sort(), name);
    assert.deepEqual(given.filter((column) => !there.includes(column)), [], `${name}: columns that there are not`);
  }
});

test('a column more or less changes no other grant: to replace one is to revoke what both have', () => {
  for (const { table, shown } of grants.filter((grant) => grant.shown !== undefined)) {
    assert.equal(shown?.length, 1, table);
  }
});

test('what IAM lets somebody see in the catalog is what Lake Formation grants', () => {
  for (const person of ASKING) {
    const rights = prod.rights(person);
    for (const table of tablesOf(person)) {
      assert.ok(
        rights.may('glue:GetTable', `arn:aws:glue:here:${ACCOUNT}:table/leadlake_prod/${table}`),
        `${person}: ${table}`,
      );
    }
  }
});

test("no table of the database is everybody's", () => {
  const [database] = prod.lake.all('AWS::Glue::Database');
  assert.deepEqual((database?.properties.DatabaseInput as Record<string, unknown>).CreateTableDefaultPermissions, []);
  for (const { to } of [...grants, ...grantsOfFunctions]) {
    assert.doesNotMatch(to, /IAM_ALLOWED|\*/);
  }
});

test('functions may make and fill tables before one of them is called', () => {
  const functions = prod.lake.all('AWS::Lambda::Function');
  const roleOf = (name: string) =>
    String(functions.find(({ properties }) => properties.FunctionName === `leadlake-prod-${name}`)?.properties.Role);
  for (const name of ['score', 'catalog', 'tables']) {
    const own = grantsOfFunctions.filter(({ to }) => to === roleOf(name));
    assert.deepEqual(
      own.filter(({ isOfDatabase }) => isOfDatabase).flatMap(({ permissions }) => permissions),
      ['CREATE_TABLE', 'DESCRIBE'],
    );
    const tables = own.filter(({ isOfAllTables }) => isOfAllTables).flatMap(({ permissions }) => permissions);
    ['SELECT', 'ALTER', 'INSERT', 'DELETE', 'DESCRIBE'].forEach((permission) =>
      assert.ok(tables.includes(permission), name),
    );
    assert.ok(!tables.includes('DROP'), name);
  }
});

test('the database is there before grants on it, grants before calls, and calls before what is scheduled', () => {
  const order = new Order(prod.synthesised.template('lake'));
  const calls = order.all('Custom::Trigger');
  const steps = ['Glue::Database', 'LakeFormation::DataLakeSettings', 'LakeFormation::PrincipalPermissions'].map(
    (type) => order.all(`AWS::${type}`),
  );
  const schedules = order.all('AWS::Scheduler::Schedule');
  assert.deepEqual([calls.length, schedules.length, steps.map(({ length }) => length)], [3, 2, [1, 1, 6]]);
  const [databases = [], settings = [], granting = []] = steps;
  const comesBefore = (first: readonly string[], then: readonly string[]) =>
    then.forEach((id) => first.forEach((one) => assert.ok(order.before(id).has(one), `${id} does not wait for ${one}`)));
  comesBefore([...databases, ...settings], granting);
  comesBefore(granting, calls);
  comesBefore(calls, schedules);
  const called = prod.lake.all('Custom::Trigger');
  const [score, catalog, tables] = ['ScoreOnce', 'CatalogOnce', 'Tables'].map((name) => called.find(({ id }) => id.includes(name)));
  assert.ok(score && catalog && tables, 'a run makes the tables that people are granted');
  assert.deepEqual(
    [score, catalog, tables].map(({ properties }) => properties.ExecuteOnHandlerChange),
    [false, false, true],
    'once, and tables with each deployment',
  );
  comesBefore([score.id], [catalog.id]);
  comesBefore([catalog.id], [tables.id]);
});

test('a lake that was scored before is deployed without a run, which might take longer than a function may', () => {
  const again = new Entitled('prod', root, { scoredBefore: true });
  const [call, ...others] = again.lake.all('Custom::Trigger');
  assert.ok(call && others.length === 0);
  const before = new Order(again.synthesised.template('lake')).before(call.id);
  const granting = again.lake.all('AWS::LakeFormation::PrincipalPermissions');
  assert.equal(granting.length, 6);
  granting.forEach(({ id }) => assert.ok(before.has(id), `tables are shown before ${id}`));
});

test('whoever points a table into a bucket may use that location', () => {
  const locations = stack.all('AWS::LakeFormation::Resource').map(({ properties }) => String(properties.ResourceArn));
  assert.deepEqual(
    locations.sort(),
    ['features', 'gold', 'ops', 'silver'].map((layer) => `arn:aws:s3:::${prod.bucket(layer)}`),
  );
  const using = grants.filter(({ location }) => location !== undefined);
  const writers = new Set(using.map(({ to }) => to));
  assert.equal(writers.size, 5);
  for (const writer of writers) {
    assert.deepEqual(
      using
        .filter(({ to }) => to === writer)
        .map(({ location }) => location)
        .sort(),
      locations,
      writer,
    );
  }
});

test('Lake Formation reads what it hands out and changes nothing', () => {
  const [reader, ...others] = stack.all('AWS::IAM::Role');
  assert.ok(reader && others.length === 0);
  const rights = rightsOf(stack, reader);
  assert.deepEqual([...new Set(rights.actions)].sort(), ['kms:Decrypt', 's3:GetObject', 's3:ListBucket']);
  const readable = [
    'silver/leads/a',
    'silver/fair/a',
    'quarantine/fair/a',
    'features/leads/a',
    'gold/kpi/a',
    'ledger/fair/a',
  ];
  readable.forEach((key) => assert.ok(rights.may('s3:GetObject', prod.object(key)), key));
  for (const key of ['ops/salt', 'ops/settings/kpi.yaml', 'bronze/fair/a']) {
    assert.ok(!rights.may('s3:GetObject', prod.object(key)), key);
  }
  const registered = stack.all('AWS::LakeFormation::Resource').map(({ properties }) => properties);
  registered.forEach(({ RoleArn, HybridAccessEnabled }) =>
    assert.deepEqual([RoleArn, HybridAccessEnabled], [`${reader.id}.Arn`, undefined]),
  );
});

test('administrators that the account has stay, and who deploys is one', () => {
  const settings = Object.values(
    prod.synthesised.template('lake').findResources('AWS::LakeFormation::DataLakeSettings'),
  );
  assert.equal(settings.length, 1);
  const [{ Properties, DeletionPolicy }] = settings as [
    { Properties: Record<string, unknown>; DeletionPolicy: string },
  ];
  assert.deepEqual(Object.keys(Properties).sort(), ['Admins', 'MutationType']);
  assert.equal(Properties.MutationType, 'APPEND');
  assert.equal(DeletionPolicy, 'Retain');
  assert.match(JSON.stringify(Properties.Admins), /cfn-exec-role/);
});

test('grants come one after the other, and none may be passed on', () => {
  for (const resolved of [stack, prod.lake]) {
    const all = resolved.all('AWS::LakeFormation::PrincipalPermissions');
    const ids = new Set(all.map(({ id }) => id));
    const first = all.filter(({ dependsOn }) => !dependsOn.some((id) => ids.has(id)));
    assert.equal(first.length, 1);
    const waitedFor = all.flatMap(({ dependsOn }) => dependsOn.filter((id) => ids.has(id)));
    assert.equal(new Set(waitedFor).size, waitedFor.length);
    all.forEach(({ properties }) =>
      assert.deepEqual((properties as unknown as Granted).PermissionsWithGrantOption, []),
    );
  }
});

test('without governance nothing of Lake Formation is there', () => {
  const dev = new Entitled('dev', root);
  assert.equal(dev.synthesised.stacks.governance, undefined);
  const types = (['storage', 'lake'] as const).flatMap((name) =>
    Object.values(resourcesOf(dev, name)).map(({ Type }) => Type),
  );
  assert.ok(types.length > 50);
  assert.deepEqual(
    types.filter((type) => type.startsWith('AWS::LakeFormation')),
    [],
  );
  const [database] = dev.lake.all('AWS::Glue::Database');
  assert.ok(!('CreateTableDefaultPermissions' in (database?.properties.DatabaseInput as object)));
});

interface Resource {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
}

function resourcesOf({ synthesised }: Entitled, name: 'storage' | 'lake'): Readonly<Record<string, Resource>> {
  return synthesised.template(name).toJSON().Resources as Record<string, Resource>;
}

function grantsTo(person: (typeof ASKING)[number]): readonly Grant[] {
  const { id } = prod.role(person);
  const own = grants.filter(({ to }) => to === `${id}.Arn`);
  assert.ok(own.length > 0, `${person} is granted nothing`);
  return own;
}

function tablesOf(person: (typeof ASKING)[number]): readonly string[] {
  return [...new Set(grantsTo(person).flatMap(({ table }) => table ?? []))].sort();
}

function grantsOf(resolved: Resolved): readonly Grant[] {
  return resolved.all('AWS::LakeFormation::PrincipalPermissions').map(({ properties }) => {
    const { Principal, Permissions, Resource } = properties as unknown as Granted;
    return {
      to: Principal.DataLakePrincipalIdentifier,
      permissions: Permissions,
      table: Resource.Table?.Name ?? Resource.TableWithColumns?.Name,
      hidden: Resource.TableWithColumns?.ColumnWildcard?.ExcludedColumnNames ?? [],
      shown: Resource.TableWithColumns?.ColumnNames,
      isOfDatabase: Resource.Database !== undefined,
      isOfAllTables: Resource.Table?.TableWildcard !== undefined,
      location: Resource.DataLocation?.ResourceArn,
    };
  });
}
