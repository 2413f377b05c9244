import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerOf, TABLES } from '../lib/layout';
import { nameOf } from '../lib/names';
import { documentedVariables } from './documented';
import { Order } from './order';
import { ACCOUNT, Found, REGION, Resolved } from './resolved';
import { Rights, roleOf } from './rights';
import { synth } from './synth';

for (const stage of ['dev', 'prod']) {
  const synthesised = synth(stage);
  const { config } = synthesised;
  const stack = new Resolved(synthesised, 'lake', 'storage');
  const order = new Order(synthesised.template('lake'));
  const tables = stack.named('AWS::Lambda::Function', nameOf(config, 'tables'));
  const versions = stack
    .all('AWS::Lambda::Version')
    .filter(({ properties }) => properties.FunctionName === nameOf(config, 'tables'))
    .map(({ id }) => id);
  const isOfTables = ({ properties }: Found) => versions.includes(String(properties.HandlerArn));
  const calls = stack.all('Custom::Trigger').filter(isOfTables);
  const at = (key: string) => `arn:aws:s3:::${nameOf(config, layerOf(key))}-${ACCOUNT}-${REGION}/${key}`;

  test(`${stage}: a deployment calls what shows tables, and neither catalog nor anything that could be running`, () => {
    const { properties } = tables;
    const catalog = stack.named('AWS::Lambda::Function', nameOf(config, 'catalog'));
    assert.deepEqual(properties.Code, catalog.properties.Code, 'the same program');
    const { Variables } = properties.Environment as { readonly Variables: Readonly<Record<string, string>> };
    assert.equal(Variables.LEADLAKE_ONLY_TABLES, 'true');
    assert.equal(Variables.LEADLAKE_GLUE_DATABASE, `${config.name}_${config.stage}`);
    const documented = documentedVariables('catalog');
    assert.deepEqual(Object.keys(Variables).filter((name) => !documented.includes(name) || /ATHENA/.test(name)), []);
    assert.equal(properties.ReservedConcurrentExecutions, undefined, 'nobody else calls it');
    const [call, ...others] = calls;
    assert.ok(call && others.length === 0);
    // Lake Formation wants tables that only a run makes, so there it waits for one: the first.
    assert.equal(order.before(call.id).has(catalog.id), config.governance);
    for (const { DefinitionString } of stack.all('AWS::StepFunctions::StateMachine').map(({ properties: of }) => of)) {
      assert.doesNotMatch(String(DefinitionString), /-tables"/);
    }
  });

  test(`${stage}: tables are shown once the function may do it, and before anything is scheduled`, () => {
    const [call] = calls;
    assert.ok(call);
    const before = order.before(call.id);
    const policies = stack
      .all('AWS::IAM::Policy')
      .filter(({ properties }) => (properties.Roles as readonly string[]).includes(roleOf(tables)));
    const needed = [...order.all('AWS::Glue::Database'), ...policies.map(({ id }) => id)];
    assert.ok(policies.length > 0 && needed.length > policies.length);
    assert.deepEqual(needed.filter((id) => !before.has(id)), []);
    const schedules = order.all('AWS::Scheduler::Schedule');
    assert.equal(schedules.length, 2);
    assert.deepEqual(schedules.filter((id) => !order.before(id).has(call.id)), []);
  });

  test(`${stage}: what shows tables reads logs of tables, changes nothing of the lake, and asks nobody`, () => {
    const rights = Rights.ofFunction(stack, nameOf(config, 'tables'));
    const elsewhere = rights.actions.filter((action) => !/^(glue|s3|kms|logs):/.test(action));
    assert.deepEqual(elsewhere, []);
    const ofFiles = new Set(rights.actions.filter((action) => /^(s3|kms):/.test(action)));
    assert.deepEqual(ofFiles, new Set(['s3:ListBucket', 's3:GetObject', 'kms:Decrypt']));
    assert.deepEqual(rights.onEverything, []);
    for (const { folder } of TABLES) {
      assert.ok(rights.may('s3:GetObject', at(`${folder}/_log/00000012.json`)), folder);
      assert.ok(!rights.may('s3:GetObject', at(`${folder}/snap=00000012-a/part-00000.parquet`)), folder);
    }
    for (const key of ['bronze/webinar/2025/01/31/a.json', 'silver/webinar/dt=2025-01-31/a.parquet', 'ops/salt']) {
      assert.ok(!rights.may('s3:GetObject', at(key)), key);
    }
    for (const folder of ['bronze/webinar', 'silver/webinar', 'quarantine', 'ledger', 'ops/ledger/_log']) {
      const bucket = at(folder).split('/')[0] ?? '';
      assert.ok(rights.may('s3:ListBucket', bucket, { 's3:prefix': `${folder}/` }), folder);
    }
  });

  test(`${stage}: the log of who calls ends, and no name of it can be taken when the stack is made again`, () => {
    const template = synthesised.template('lake').toJSON() as {
      readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>;
    };
    const ofCdk = /^AWSCDKTriggerCustomResourceProvider.*Handler/;
    const callers = Object.entries(template.Resources).filter(([id]) => ofCdk.test(id));
    const [[, caller] = [], ...others] = callers;
    assert.ok(caller && others.length === 0);
    const { LogGroup } = caller.Properties.LoggingConfig as { readonly LogGroup: { readonly Ref: string } };
    const { LogGroupName, RetentionInDays } = template.Resources[LogGroup.Ref]?.Properties ?? {};
    assert.deepEqual([LogGroupName, RetentionInDays], [undefined, config.logs.retentionDays]);
  });
}
