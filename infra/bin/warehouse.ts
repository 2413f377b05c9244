import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configOf } from '../config';
import { awsCli } from '../lib/warehouse/aws_cli';
import { nameOf } from '../lib/names';
import { limitUsage, lookUp, Warehouse } from '../lib/warehouse/apply';
import { readScripts, Values } from '../lib/warehouse/sql';

const USAGE = `usage: node build/bin/warehouse.js --stage dev [--dry-run] [--set name=value]...

Makes what stands in infra/warehouse/*.sql in the warehouse of a stage, a file at a time, each whole or not at all.
--dry-run prints it and changes nothing. --set says what {{name}} stands for; else the stack is asked.`;

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      stage: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      set: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help || !options.stage) {
    console.log(USAGE);
    process.exitCode = options.help ? 0 : 2;
    return;
  }
  const folder = join(__dirname, '../../warehouse');
  const set = settingsOf(options.set);
  if (options['dry-run'] && options.set.length > 0) {
    print(folder, set);
    return;
  }
  const config = configOf(options.stage);
  if (!config.warehouse) {
    throw new Error(`stage ${config.stage} has no warehouse: add one to infra/config/${config.stage}.ts and deploy it`);
  }
  const aws = awsCli(config.region);
  const deployed = await lookUp(aws, nameOf(config, 'warehouse'));
  const values = { ...deployed.values, ...set };
  if (options['dry-run']) {
    print(folder, values);
    return;
  }
  const scripts = readScripts(folder, values);
  const limit = config.warehouse.dailyRpuHours;
  console.log(`at most ${limit} RPU hours a day: ${await limitUsage(aws, deployed, limit)}`);
  const warehouse = await Warehouse.open(aws, deployed);
  for (const script of scripts) {
    console.log(`${script.file}: ${await warehouse.run(script)}`);
  }
}

function settingsOf(pairs: readonly string[]): Values {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) {
        throw new Error(`--set ${pair}: write it as name=value`);
      }
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function print(folder: string, values: Values): void {
  for (const { file, statements } of readScripts(folder, values)) {
    console.log(`-- ${file}\n${statements.map((statement) => `${statement};\n`).join('\n')}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
