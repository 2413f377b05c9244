import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import {
  assumptions, estimate, eventsPerVcpuMonth, fargateTaskDollars, figures, Load, prices, read, refineBreakEvenEvents, refineDollars,
  scoreFits, scoreLimits, SOURCES, total,
} from '../cost/estimate';
import { page } from '../cost/page';
import { readSources } from '../lib/sources';
import { ROOT, synth } from './synth';
import { alarmsOf, watchedBy } from './watched';

const LOAD: Load = { events: 1e8, eventsPerObject: 1000, scoreRuns: 30, months: 1 };

function dollarsOf(load: Load, service: string): number {
  const [line] = estimate(load).filter((candidate) => candidate.service.startsWith(service));
  assert.ok(line, service);
  return line.dollars;
}

test('COST.md is what is computed now; make costs writes it anew', () => {
  assert.equal(readFileSync('COST.md', 'utf8'), page());
});

test('what is paid for by the piece is counted in the templates of prod', () => {
  const prod = synth('prod');
  const metrics = alarmsOf(watchedBy(prod)).flatMap((alarm) => alarm.metrics);
  assert.equal(assumptions('alarmMetrics'), metrics.length);
  const keys = Object.values(prod.stacks).map((stack) => Template.fromStack(stack).findResources('AWS::KMS::Key'));
  assert.equal(assumptions('keys'), keys.flatMap((found) => Object.keys(found)).length);
  assert.equal(SOURCES, readSources(join(ROOT, 'contracts')).length);
});

test('every figure says how it was measured, every price where it was seen, every assumption why', () => {
  assert.ok(Object.values(read('figures.json')).every(({ value, from }) => typeof value === 'number' && String(from).length > 10));
  assert.ok(Object.values(read('prices.json')).every(({ dollars, of, seen }) => Number(dollars) > 0 && of && seen !== undefined));
  assert.ok(Object.values(read('assumptions.json')).every(({ value, why }) => typeof value === 'number' && typeof why === 'string'));
  assert.throws(() => prices('lunch'), /prices\.json has no number "lunch"/);
});

test('bills that can be added up by hand come out', () => {
  const objects = 100_000;
  assert.equal(dollarsOf(LOAD, 'EventBridge'), objects * 1e-6);
  // Ten at once share two requests; five queues are asked in vain all month.
  assert.ok(Math.abs(dollarsOf(LOAD, 'SQS') - (objects * 1.2 + 5 * 648_000) * 4e-7) < 1e-9);
  // The sender's, silver, quarantine and the ledger.
  const puts = objects * 4 * 5e-6;
  const gets = objects * 5 * 4e-7;
  assert.ok(Math.abs(dollarsOf(LOAD, 'S3: requests') - (puts + gets)) / puts < 0.001);
  assert.ok(Math.abs(fargateTaskDollars() - 720 * (0.03238 + 2 * 0.00356)) < 1e-9);
});

test('no line is negative or missing, and more never costs less', () => {
  for (const months of [1, 2, 7, 13, 84]) {
    for (const events of [1e6, 1e8, 1e10]) {
      const lines = estimate({ ...LOAD, events, months });
      assert.ok(lines.every(({ dollars }) => Number.isFinite(dollars) && dollars >= 0), JSON.stringify(lines));
      assert.ok(total(lines) < total(estimate({ ...LOAD, events: events * 2, months })));
      assert.ok(total(lines) < total(estimate({ ...LOAD, events, months: months + 1 })));
    }
  }
});

test('a thousand events an object cost a small part of one event an object', () => {
  const single = total(estimate({ ...LOAD, eventsPerObject: 1 }));
  assert.ok(single > 15 * total(estimate(LOAD)));
});

test('objects below 128 KB are never moved', () => {
  const small = { ...LOAD, eventsPerObject: 500, months: 13 };
  assert.ok(figures('bronzeBytesPerEvent') * small.eventsPerObject < 128 * 1024);
  assert.equal(dollarsOf(small, 'S3: moves'), 0);
  assert.ok(dollarsOf({ ...small, eventsPerObject: 1000 }, 'S3: moves') > 0);
  assert.equal(dollarsOf({ ...LOAD, eventsPerObject: 1000 }, 'S3: moves'), 0);
});

test('score leaves Lambda at the first of its limits', () => {
  const first = Math.min(...Object.values(scoreLimits()));
  assert.ok(first > 1e7 && first < 1e8);
  assert.ok(scoreFits({ ...LOAD, events: first * 1.9 }));
  assert.ok(!scoreFits({ ...LOAD, events: first * 2.1 }));
});

test('at its break-even refine costs what a task costs, and the task can do the work', () => {
  for (const eventsPerObject of [1000, 15_000]) {
    const events = refineBreakEvenEvents(eventsPerObject);
    assert.ok(Math.abs(refineDollars({ ...LOAD, events, eventsPerObject }) - fargateTaskDollars()) < 1e-6);
    assert.ok(events < eventsPerVcpuMonth() * 10);
  }
  assert.ok(assumptions('refineRequestSeconds') > 0);
});
