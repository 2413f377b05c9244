import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configOf, StageConfig } from '../config';
import { FunctionCode } from '../lib/functions/code';
import { readSources } from '../lib/sources';
import { checkoutWithSources } from './checkout';
import { contextOfCdkJson, ROOT, scratchFolder, synth } from './synth';

/** A folder as `make package` leaves one, of a program that begins so. */
function packaged(bootstrap: string | Buffer): string {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'refine'));
  writeFileSync(join(folder, 'refine/bootstrap'), bootstrap);
  return folder;
}

/** The head of an ELF file is as `file` reads it. */
function elf(machine: number): Buffer {
  const head = Buffer.alloc(64);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(3, 16);
  head.writeUInt16LE(machine, 18);
  return head;
}

const AARCH64 = elf(183);
const X86_64 = elf(62);

test('a program for another machine than the functions have is refused, as it would fail at its first call', () => {
  const dev = configOf('dev');
  const other = { ...dev, architecture: 'x86_64' as const };
  assert.ok(new FunctionCode(packaged(AARCH64), dev).of('refine'));
  assert.ok(new FunctionCode(packaged(X86_64), other).of('refine'));
  const refused = (machine: Buffer, config: StageConfig) => () => new FunctionCode(packaged(machine), config).of('refine');
  assert.throws(refused(X86_64, dev), /bootstrap is not built for arm64.*ARCHITECTURE=arm64/);
  assert.throws(refused(AARCH64, other), /bootstrap is not built for x86_64.*ARCHITECTURE=x86_64/);
});

test('what is no program stands for one, and nothing stands for none', () => {
  const dev = configOf('dev');
  for (const stands of ['stands for the program', 'x', '']) {
    assert.ok(new FunctionCode(packaged(stands), dev).of('refine'));
  }
  const without = () => new FunctionCode(packaged(''), dev).of('score');
  assert.throws(without, /score holds no program "bootstrap"; .* make package/);
});

function leadlake(context: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) {
  const { PATH } = process.env;
  const said = JSON.stringify({ ...contextOfCdkJson(), ...context });
  const env = { PATH, CDK_CONTEXT_JSON: said, CDK_OUTDIR: scratchFolder(), ...environment };
  const program = join(__dirname, '../bin/leadlake.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('who deploys is told in a sentence what is wrong, and nothing is made', () => {
  for (const [context, told] of [
    [{ stage: 'lunch' }, /^there is no stage "lunch"; say one of dev, prod, local, or .*\n$/],
    [{ stage: 'dev', deleteData: 'prod' }, /^deleteData names "prod", and the stage is dev; nothing was changed\n$/],
    [{ stage: 'dev', signedIn: 'needed' }, /^nobody is signed in to AWS: .*\n$/],
  ] as const) {
    const { status, stdout, stderr } = leadlake(context);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, told);
  }
});

test('functions are looked for where make package puts those of the stage', () => {
  for (const [environment, folder] of [
    [{ CARGO_TARGET_DIR: '/nowhere/target', LEADLAKE_CACHE: '/elsewhere' }, '/nowhere/target/lambda-arm64'],
    [{ LEADLAKE_CACHE: '/nowhere' }, '/nowhere/target/lambda-arm64'],
  ] as const) {
    const { status, stderr } = leadlake({ stage: 'dev' }, environment);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^${folder}/\\w+ holds no program "bootstrap"; .* make package\n$`));
  }
});

test('more sources than CloudFormation has room for are refused with the number that fits, as docs/DEPLOY.md says', () => {
  const docs = readFileSync(join(ROOT, 'docs/DEPLOY.md'), 'utf8');
  const [, dev, prod] = /some (\d+) sources in dev and (\d+) in prod/.exec(docs) ?? [];
  for (const [stage, documented] of [['dev', Number(dev)], ['prod', Number(prod)]] as const) {
    const lakeOf = (sources: number) => {
      const more = sources - readSources(join(ROOT, 'contracts')).length;
      const names = Array.from({ length: more }, (_, at) => `extra_${at}`);
      return synth(stage, { root: checkoutWithSources(...names) }).template('lake');
    };
    assert.throws(() => lakeOf(60), ({ message }: Error) => {
      const told = /60 sources make \d+ resources, and .* 500 in a stack: at (\d+) for each, some (\d+) sources fit/;
      const [, each, fitting] = told.exec(message)?.map(Number) ?? [];
      assert.ok(each && fitting, message);
      assert.ok(Math.abs(fitting - documented) <= 1, `${stage}: ${fitting} sources fit, docs/DEPLOY.md says ${documented}`);
      const resources = Object.keys(lakeOf(fitting - 1).toJSON().Resources as object).length;
      assert.ok(resources <= 500 && resources + 3 * each > 500, `${stage}: ${fitting - 1} sources make ${resources}`);
      return true;
    });
  }
});
