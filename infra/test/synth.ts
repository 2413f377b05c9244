import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { configOf, StageConfig } from '../config';
import { addStacks, Stacks } from '../lib/stacks';

export const ROOT = dirname(process.cwd());

export interface Synthesised {
  readonly stacks: Stacks;
  readonly config: StageConfig;
  template(stack: keyof Stacks): Template;
}

export interface Otherwise {
  /** A repository whose contracts are others. */
  readonly root?: string;
  readonly config?: Partial<StageConfig>;
}

const scratch = mkdtempSync(join(tmpdir(), 'leadlake-infra-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Is gone when the tests end. */
export function scratchFolder(): string {
  return mkdtempSync(join(scratch, 'of-test-'));
}

const functions = join(scratch, 'functions');
for (const name of ['refine', 'score', 'catalog']) {
  mkdirSync(join(functions, name), { recursive: true });
  writeFileSync(join(functions, name, 'bootstrap'), name);
}

const known = new Map<string, Synthesised>();

/** A stage's stacks, around functions that are none: templates need no Rust. Each is made once; templates are read only. */
export function synth(stage: string, otherwise: Otherwise = {}): Synthesised {
  // JSON leaves out what is undefined, which here takes something away.
  const asked = JSON.stringify([stage, otherwise], (_, value: unknown) => (value === undefined ? 'nothing' : value));
  const made = known.get(asked) ?? make(stage, otherwise);
  known.set(asked, made);
  return made;
}

function make(stage: string, otherwise: Otherwise): Synthesised {
  const config = { ...configOf(stage), ...otherwise.config };
  // What AWS's schemas say of the templates, cfn-lint tells in a tenth of the time.
  const app = new App({
    context: contextOfCdkJson(),
    builtinCloudFormationValidation: false,
    outdir: mkdtempSync(join(scratch, 'out-')),
  });
  const stacks = addStacks(app, config, { root: otherwise.root ?? ROOT, functions });
  return {
    stacks,
    config,
    template: (stack) => {
      const found = stacks[stack];
      if (!(found instanceof Stack)) {
        throw new Error(`stage ${stage} has no stack "${stack}"`);
      }
      return Template.fromStack(found);
    },
  };
}

export function contextOfCdkJson(): Record<string, unknown> {
  return (JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }).context;
}
