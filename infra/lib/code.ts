import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { aws_lambda as lambda } from 'aws-cdk-lib';
import { StageConfig } from '../config';

/** The built functions: a folder for each, with the program `bootstrap` in it. */
export class FunctionCode {
  readonly runtime = lambda.Runtime.PROVIDED_AL2023;
  readonly architecture: lambda.Architecture;

  constructor(private readonly folder: string, config: StageConfig) {
    this.architecture = config.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64;
  }

  of(name: 'refine' | 'score' | 'catalog'): lambda.Code {
    const folder = join(this.folder, name);
    if (!existsSync(join(folder, 'bootstrap'))) {
      throw new Error(`${folder} holds no program "bootstrap"; build the functions with: make package`);
    }
    return lambda.Code.fromAsset(folder);
  }
}
