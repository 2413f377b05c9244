import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readKpis } from '../lib/kpis';
import { readSources } from '../lib/sources';
import { checkoutWithSources } from './checkout';
import { KPIS } from './runbook';
import { dimensionsInRust } from './rust_metrics';
import { ROOT, synth } from './synth';
import { alarmsOf, dashboardOf, watchedBy, WatchedStack } from './watched';

const dev = synth('dev');
const watched = watchedBy(dev);

test('no alarm and no picture is of a metric that nobody tells, or with other dimensions than it is told with', () => {
  const told = dimensionsInRust(ROOT);
  const metrics = [...alarmsOf(watched).flatMap((alarm) => alarm.metrics), ...dashboardOf(watched).metrics];
  const own = metrics.filter(({ namespace }) => namespace === 'Leadlake/leadlake-dev');
  assert.ok(new Set(own.map(({ name }) => name)).size >= 10);
  for (const { name, dimensions } of own) {
    assert.deepEqual(Object.keys(dimensions).sort(), told.get(name), `${name} in the Rust sources`);
  }
});

test('what functions tell and what is watched are the same, and another stage tells it elsewhere', () => {
  const namespaces = ['dev', 'prod'].map((stage) => {
    const synthesised = synth(stage);
    const watchedStage = watchedBy(synthesised);
    const metrics = [...alarmsOf(watchedStage).flatMap((alarm) => alarm.metrics), ...dashboardOf(watchedStage).metrics];
    const ours = metrics.map(({ namespace }) => namespace).filter((namespace) => !namespace.startsWith('AWS/'));
    const functions = new WatchedStack(synthesised.template('lake').toJSON()).ofType('AWS::Lambda::Function');
    const told = functions.flatMap(({ properties }) => {
      const { Variables } = (properties['Environment'] ?? {}) as { readonly Variables?: Record<string, unknown> };
      return Variables?.['LEADLAKE_LAKE'] === undefined ? [] : [Variables['LEADLAKE_METRICS_NAMESPACE']];
    });
    assert.ok(told.length >= 7);
    assert.deepEqual([...new Set(ours)], [...new Set(told)], stage);
    return ours[0];
  });
  assert.equal(new Set(namespaces).size, 2);
});

test('what metrics are about is there, under that name', () => {
  const measuresOfKpis = new Map(readKpis(ROOT).map(({ name, headline }) => [name, headline.measure]));
  const sources = readSources(join(ROOT, 'contracts')).map(({ name }) => name);
  const lake = new WatchedStack(dev.template('lake').toJSON());
  const names = (type: string, property: string) =>
    lake.ofType(type).map(({ properties }) => String(properties[property]));
  const functions = names('AWS::Lambda::Function', 'FunctionName');
  const queues = names('AWS::SQS::Queue', 'QueueName');
  const machines = names('AWS::StepFunctions::StateMachine', 'StateMachineName');
  const known: Readonly<Record<string, readonly string[]>> = {
    Function: functions,
    FunctionName: functions,
    QueueName: queues,
    StateMachineArn: machines,
    Source: sources,
    KPI: KPIS,
    Measure: [...measuresOfKpis.values()],
  };
  const metrics = [...alarmsOf(watched).flatMap((alarm) => alarm.metrics), ...dashboardOf(watched).metrics];
  for (const { name, dimensions } of metrics) {
    assert.ok(Object.keys(dimensions).length > 0, name);
    for (const [dimension, value] of Object.entries(dimensions)) {
      const last = value.split(':').at(-1) ?? '';
      assert.ok(known[dimension]?.includes(last), `${name}: ${dimension} is ${value}`);
    }
    const { KPI, Measure, Function: ofFunction, Source } = dimensions;
    if (KPI !== undefined && Measure !== undefined) {
      assert.equal(Measure, measuresOfKpis.get(KPI));
    }
    if (Source !== undefined) {
      const teller = name === 'HoursSinceDelivery' ? 'leadlake-dev-catalog' : `leadlake-dev-refine-${Source}`;
      assert.equal(ofFunction, teller, name);
    }
  }
});

test('the lake is watched without being held: a source can be taken away while alarms of it are still there', () => {
  const text = JSON.stringify(dev.template('alarms').toJSON());
  assert.ok(!text.includes('Fn::ImportValue') && !text.includes('Fn::GetStackOutput'));
});

test('every alarm has its light on the dashboard', () => {
  const { lights } = dashboardOf(watched);
  const all = watched.ofType('AWS::CloudWatch::Alarm').map(({ id }) => id).sort();
  assert.deepEqual(lights.flat().sort(), all);
});

test('the dashboard stays within what CloudWatch draws, also of thirty sources', () => {
  const more = 30 - readSources(join(ROOT, 'contracts')).length;
  const root = checkoutWithSources(...Array.from({ length: more }, (_, position) => `extra_${position}`));
  const dashboard = dashboardOf(watchedBy(synth('dev', { root })));
  assert.ok(dashboard.widgets <= 500, `${dashboard.widgets} widgets`);
  assert.ok(dashboard.metrics.length <= 2500, `${dashboard.metrics.length} metrics`);
  assert.ok(dashboard.mostMetricsInWidget <= 500, `${dashboard.mostMetricsInWidget} metrics in a widget`);
  assert.ok(dashboard.lights.every((lights) => lights.length <= 100));
});
