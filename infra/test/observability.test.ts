import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { readSources } from '../lib/sources';
import { checkoutWithSources } from './checkout';
import { HEADINGS, KPIS, nameOfKpi } from './runbook';
import { ROOT, synth } from './synth';
import { Alarm, alarmsOf, dashboardOf, kindsOf, named, watchedBy } from './watched';

const DAY = 86_400;
const dev = synth('dev');
const watched = watchedBy(dev);

function isOfJob(alarm: string): boolean {
  return /^leadlake-dev-(score|catalog)-/.test(alarm);
}

/** As CloudWatch would work out an expression of alarms, for one instant. */
function workOut(expression: string, metrics: Readonly<Record<string, number>>): number {
  const condition = (is: boolean, then: number, otherwise: number) => (is ? then : otherwise);
  const work = new Function('IF', 'FILL', ...Object.keys(metrics), `return ${expression}`);
  return Number(work(condition, (value: number) => value, ...Object.values(metrics)));
}

test('every source has the same alarms, and a contract more is enough for one more of each', () => {
  const root = checkoutWithSources('trial');
  const alarms = alarmsOf(watchedBy(synth('dev', { root })));
  const sources = readSources(join(root, 'contracts'));
  const expected = HEADINGS.flatMap((heading) => /^<source>-(.+)$/.exec(heading)?.[1] ?? []).sort();
  assert.ok(expected.length >= 8, 'the runbook says nothing of sources');
  assert.ok(sources.some(({ name }) => name === 'trial'));
  for (const { name } of sources) {
    assert.deepEqual(kindsOf(alarms, name), expected, name);
  }
});

test('every alarm tells the one topic, when it begins and when it is over', () => {
  const topics = watched.ofType('AWS::SNS::Topic');
  assert.equal(topics.length, 1);
  const topic = [{ Ref: topics[0]?.id }];
  for (const { name, begins, ends, isSilenced } of alarmsOf(watched)) {
    assert.deepEqual([begins, ends, isSilenced], [topic, topic, false], name);
  }
});

test('the topic is encrypted, takes nothing without TLS, and only alarms of this deployment from CloudWatch', () => {
  const [topic] = watched.ofType('AWS::SNS::Topic');
  const keyId = (topic?.properties['KmsMasterKeyId'] as { 'Fn::GetAtt': readonly string[] })['Fn::GetAtt'][0];
  const key = watched.ofType('AWS::KMS::Key').find(({ id }) => id === keyId);
  const ofKey = watched.statements(key?.properties['KeyPolicy']);
  const cloudwatch = ofKey.find(({ Principal }) => Principal?.Service === 'cloudwatch.amazonaws.com');
  assert.deepEqual(cloudwatch?.Action, ['kms:Decrypt', 'kms:GenerateDataKey*']);
  assert.deepEqual(Object.keys(cloudwatch?.Condition?.['StringEquals'] ?? {}), ['aws:SourceAccount']);

  const ofTopic = watched.statements(watched.ofType('AWS::SNS::TopicPolicy')[0]?.properties['PolicyDocument']);
  const refusal = ofTopic.find(({ Effect }) => Effect === 'Deny');
  assert.deepEqual(refusal?.Condition, { Bool: { 'aws:SecureTransport': 'false' } });
  const allowed = ofTopic.filter(({ Effect }) => Effect === 'Allow');
  assert.deepEqual(allowed.map(({ Principal, Action }) => [Principal, Action]), [
    [{ Service: 'cloudwatch.amazonaws.com' }, 'sns:Publish'],
  ]);
  assert.match(JSON.stringify(allowed[0]?.Condition), /:alarm:leadlake-dev-\*/);
  assert.deepEqual(Object.keys(allowed[0]?.Condition ?? {}).sort(), ['ArnLike', 'StringEquals']);
});

test('a person is written to only where the stage names an address', () => {
  assert.equal(watched.ofType('AWS::SNS::Subscription').length, 0);
  const alarms = { ...dev.config.alarms, email: 'duty@example.com' };
  const [subscription] = watchedBy(synth('dev', { config: { alarms } })).ofType('AWS::SNS::Subscription');
  assert.equal(subscription?.properties['Protocol'], 'email');
  assert.equal(subscription?.properties['Endpoint'], 'duty@example.com');
});

test('an alarm of a source is about that source and no other', () => {
  for (const { name: source } of readSources(join(ROOT, 'contracts'))) {
    const own = [`leadlake-dev-${source}`, `leadlake-dev-${source}-dead`, `leadlake-dev-refine-${source}`, source];
    for (const kind of kindsOf(alarmsOf(watched), source)) {
      for (const { dimensions } of named(alarmsOf(watched), `${source}-${kind}`).metrics) {
        const about = Object.values(dimensions).filter((value) => value !== 'leadlake-dev-catalog');
        assert.ok(about.length > 0 && about.every((value) => own.includes(value)), `${source}-${kind}: ${about}`);
      }
    }
  }
});

test('bounds are those of the contract, and of the stage where it says nothing', () => {
  const root = checkoutWithSources('told', 'untold');
  const contract = (name: string) => join(root, 'contracts', `${name}.odcs.yaml`);
  const write = (name: string, slaProperties: readonly object[]) => {
    const document = parse(readFileSync(contract(name), 'utf8')) as object;
    writeFileSync(contract(name), stringify({ ...document, slaProperties }));
  };
  write('told', [
    { property: 'frequency', value: 36, unit: 'h' },
    { property: 'errorRate', value: 1.5, unit: 'percent' },
    { property: 'timeToSilver', value: 2, unit: 'm' },
  ]);
  write('untold', []);
  const alarms = alarmsOf(watchedBy(synth('dev', { root })));
  const bounds = (source: string) => ['silence', 'refused', 'slow'].map((kind) => named(alarms, `${source}-${kind}`).threshold);
  assert.deepEqual(bounds('told'), [36, 1.5, 120_000]);
  const { silenceHours, refusedPercent, latencySeconds } = dev.config.objectives;
  assert.deepEqual(bounds('untold'), [silenceHours, refusedPercent, latencySeconds * 1000]);
  const kept = named(alarms, 'told-objective').metrics.find(({ id }) => id === 'kept');
  assert.equal(kept?.statistic, 'PR(:120000)');
});

test('latency is told in milliseconds and held against milliseconds', () => {
  const { latencySeconds, latencyPercent } = dev.config.objectives;
  const slow = named(alarmsOf(watched), 'webinar-slow');
  const tally = readFileSync(join(ROOT, 'functions/refine/src/tally.rs'), 'utf8');
  assert.match(tally, /record\("Latency", Unit::Milliseconds/);
  assert.deepEqual([slow.metrics[0]?.statistic, slow.threshold], ['p95', latencySeconds * 1000]);
  const objective = named(alarmsOf(watched), 'webinar-objective');
  assert.equal(objective.metrics.find(({ id }) => id === 'kept')?.statistic, `PR(:${latencySeconds * 1000})`);
  assert.deepEqual([objective.threshold, objective.comparison], [latencyPercent, 'LessThanThreshold']);
  assert.ok(objective.metrics.every(({ period }) => period === DAY));
});

test('a handful of refused records rings no bell, and more than the bound does', () => {
  const { expression, threshold } = named(alarmsOf(watched), 'webinar-refused');
  const rings = (refused: number, records: number) => workOut(expression, { refused, records }) > threshold;
  assert.deepEqual([rings(3, 3), rings(5, 20), rings(50, 10_000), rings(501, 10_000)], [false, true, false, true]);
});

test('the objective is missed by two late objects, but never by one', () => {
  const { expression, threshold } = named(alarmsOf(watched), 'webinar-objective');
  const rings = (late: number, objects: number) =>
    workOut(expression, { objects, kept: (100 * (objects - late)) / objects }) < threshold;
  assert.deepEqual([rings(1, 1), rings(1, 3), rings(2, 3)], [false, false, true]);
  assert.deepEqual([rings(9, 1000), rings(11, 1000)], [false, true]);
});

test('of refine, errors count together with calls that were not let begin, also where only one of them is told', () => {
  const failing = alarmsOf(watched).filter(({ name }) => name.endsWith('-failing') && !isOfJob(name));
  assert.ok(failing.length > 1);
  for (const alarm of failing) {
    assert.deepEqual(alarm.metrics.map(({ name }) => name).sort(), ['Errors', 'Throttles'], alarm.name);
    assert.equal(workOut(alarm.expression, { errors: 0, throttles: 2 }), 2);
    assert.match(alarm.expression, /FILL\(errors, 0\).*FILL\(throttles, 0\)/);
  }
});

test('of score and catalog only errors ring: a call that waits for another one is none', () => {
  const failing = alarmsOf(watched).filter(({ name }) => name.endsWith('-failing') && isOfJob(name));
  assert.equal(failing.length, 2);
  for (const { name, metrics, expression, threshold } of failing) {
    const told = metrics.map((metric) => [metric.name, metric.statistic]);
    assert.deepEqual([told, expression, threshold], [[['Errors', 'Sum']], '', 0], name);
  }
});

test('each alarm says what having no data means', () => {
  const alarms = alarmsOf(watched);
  assert.deepEqual(alarms.filter(({ missing }) => missing === undefined || missing === 'missing'), []);
  const treating = (missing: string) =>
    alarms.filter((alarm) => alarm.missing === missing).map(({ name }) => name.replace('leadlake-dev-', ''));
  assert.deepEqual(treating('breaching'), ['run-overdue']);
  // Told by a run, which is hours after the last one: else such an alarm would be over as soon as nobody looks.
  for (const name of treating('ignore')) {
    assert.match(name, /^(kpi-.*|.*-silence|(score|catalog)-out-of-time)$/);
  }
  assert.ok(KPIS.every((kpi) => treating('ignore').includes(`kpi-${nameOfKpi(kpi)}`)));
});

test('CloudWatch takes the periods', () => {
  for (const stage of ['dev', 'prod']) {
    for (const { name, metrics, evaluationPeriods, datapointsToAlarm } of alarmsOf(watchedBy(synth(stage)))) {
      const [period, ...others] = new Set(metrics.map((metric) => metric.period));
      assert.ok(period !== undefined && others.length === 0, name);
      assert.ok(period * evaluationPeriods <= (period >= 3600 ? 7 * DAY : DAY), name);
      assert.ok(datapointsToAlarm <= evaluationPeriods, name);
      assert.ok(metrics.length <= 10, name);
    }
  }
});

test('a run is overdue after two schedules, and never where nothing is scheduled', () => {
  const hoursOf: Readonly<Record<string, number>> = { dev: 24, prod: 1 };
  for (const [stage, between] of Object.entries(hoursOf)) {
    const { config, ...synthesised } = synth(stage);
    assert.equal(config.schedule.score, between === 1 ? 'rate(1 hour)' : 'cron(0 2 * * ? *)');
    const overdue = alarmsOf(watchedBy({ config, ...synthesised })).find(({ name }) => name.endsWith('run-overdue'));
    const hours = (overdue?.evaluationPeriods ?? 0) * ((overdue?.metrics[0]?.period ?? 0) / 3600);
    assert.ok(hours >= 2 * between && overdue?.datapointsToAlarm === overdue?.evaluationPeriods, stage);
  }
  assert.ok(alarmsOf(watchedBy(synth('local'))).every(({ name }) => !name.endsWith('overdue')));
});

test('each KPI of kpi.yaml has an alarm on its state, and its headline a picture', () => {
  assert.equal(KPIS.length, 10);
  const shown = dashboardOf(watched).metrics;
  for (const kpi of KPIS) {
    const alarm = named(alarmsOf(watched), `kpi-${nameOfKpi(kpi)}`);
    assert.deepEqual(alarm.metrics.map(({ name, dimensions }) => [name, dimensions]), [['KpiState', { KPI: kpi }]]);
    const rings = (state: number) => alarm.comparison === 'GreaterThanThreshold' && state > alarm.threshold;
    assert.deepEqual([0, 1, 2].map(rings), [false, false, true], kpi);
    assert.ok(shown.some(({ name, dimensions }) => name === 'KpiValue' && dimensions['KPI'] === kpi), kpi);
  }
});

test('watching costs no more than it should: CloudWatch charges for each metric of an alarm', () => {
  const alarms = alarmsOf(watched);
  const charged = (some: readonly Alarm[]) => some.reduce((sum, { metrics }) => sum + metrics.length, 0);
  const ofSources = readSources(join(ROOT, 'contracts')).map(({ name }) =>
    alarms.filter((alarm) => alarm.name.startsWith(`leadlake-dev-${name}-`)),
  );
  assert.ok(ofSources.every((some) => charged(some) <= 12), `${ofSources.map(charged)} for each source`);
  const ofAll = charged(alarms) - charged(ofSources.flat());
  assert.ok(ofAll - KPIS.length <= 16, `${ofAll - KPIS.length} for runs`);
  assert.equal(watched.ofType('AWS::CloudWatch::Dashboard').length, 1);
});
