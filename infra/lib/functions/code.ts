import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { aws_lambda as lambda } from 'aws-cdk-lib';
import { StageConfig } from '../../config';

type Architecture = StageConfig['architecture'];

const ELF = Buffer.from('\x7fELF', 'latin1');
/** Where an ELF file says which machine it is for, and what it says. */
const MACHINE_AT = 18;
const MACHINES: Readonly<Record<Architecture, number>> = { x86_64: 0x3e, arm64: 0xb7 };

/** The built functions: a folder for each, with the program `bootstrap` in it. */
export class FunctionCode {
  readonly runtime = lambda.Runtime.PROVIDED_AL2023;
  readonly architecture: lambda.Architecture;

  constructor(private readonly folder: string, private readonly config: StageConfig) {
    this.architecture = config.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64;
  }

  of(name: 'refine' | 'score' | 'catalog'): lambda.Code {
    const folder = join(this.folder, name);
    const program = join(folder, 'bootstrap');
    if (!existsSync(program)) {
      throw new Error(`${folder} holds no program "bootstrap"; build the functions with: make package`);
    }
    const { stage, architecture } = this.config;
    if (!canRun(program, architecture)) {
      throw new Error(
        `${program} is not built for ${architecture}, on which stage ${stage} runs its functions; ` +
          `give make ARCHITECTURE=${architecture} as well, or change architecture in infra/config`,
      );
    }
    return lambda.Code.fromAsset(folder);
  }
}

/** What is no program at all stands for one, where nothing is deployed. */
function canRun(program: string, architecture: Architecture): boolean {
  const head = Buffer.alloc(MACHINE_AT + 2);
  const file = openSync(program, 'r');
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  return !head.subarray(0, ELF.length).equals(ELF) || head.readUInt16LE(MACHINE_AT) === MACHINES[architecture];
}
