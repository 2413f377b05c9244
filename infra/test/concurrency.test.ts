import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefineSettings, StageConfig } from '../config';
import { Resolved } from './resolved';
import { synth } from './synth';

const { config } = synth('prod');

function refine(settings: Partial<RefineSettings>): Partial<StageConfig> {
  return { refine: { ...config.refine, ...settings } };
}

/** By function, without the name of the deployment. */
function reservedBy(otherwise: Partial<StageConfig> = {}): ReadonlyMap<string, number> {
  const functions = new Resolved(synth('prod', { config: otherwise }), 'lake', 'storage').all('AWS::Lambda::Function');
  const reserved = functions.flatMap(({ id, properties }) => {
    const { FunctionName = id, ReservedConcurrentExecutions: many } = properties;
    return many === undefined ? [] : [[String(FunctionName).replace('leadlake-prod-', ''), Number(many)] as const];
  });
  return new Map(reserved);
}

function sumOf(reserved: ReadonlyMap<string, number>): number {
  return [...reserved.values()].reduce((sum, many) => sum + many, 0);
}

test('prod leaves most of the quota of an account to others, also with thirty sources', () => {
  const reserved = reservedBy();
  const ofSources = [...reserved].filter(([name]) => name.startsWith('refine-')).map(([, many]) => many);
  assert.ok(ofSources.length >= 5);
  assert.ok(sumOf(reserved) <= 100, `${sumOf(reserved)}`);
  assert.ok(30 * Math.max(...ofSources) < 1000 - 100);
});

test('nothing is reserved for sources where no figure says so, and nothing at all where the stage does not reserve', () => {
  assert.deepEqual([...reservedBy(refine({ reserved: undefined }))].sort(), [['catalog', 1], ['score', 1]]);
  assert.equal(reservedBy({ reserveConcurrency: false }).size, 0);
});

test('what Lambda would refuse to reserve is refused before anything is deployed', () => {
  const sum = sumOf(reservedBy());
  assert.equal(sumOf(reservedBy({ accountConcurrency: sum + 100 })), sum);
  assert.throws(
    () => reservedBy({ accountConcurrency: sum + 99 }),
    new RegExp(`reserve a concurrency of ${sum}.*only ${sum - 1} can be reserved; lower refine\\.reserved \\(11`),
  );
  assert.throws(() => reservedBy({ accountConcurrency: 10 }), /only 0 can be reserved/);
  assert.equal(reservedBy({ accountConcurrency: 10, reserveConcurrency: false }).size, 0);
  const { concurrency } = config.refine;
  assert.throws(() => reservedBy(refine({ reserved: concurrency })), /refine\.reserved is 10; the queue alone takes 10/);
  assert.ok(reservedBy(refine({ reserved: concurrency + 1 })).size > 2);
});
