import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { configOf, StageConfig } from '../config';
import { addStacks } from '../lib/stacks';

function main(): void {
  // What AWS's schemas say of the templates is cfn-lint's business, in the tests: the one built in takes half a minute.
  const app = new App({ builtinCloudFormationValidation: false });
  const config = stageToDeploy(app);
  if (app.node.tryGetContext('signedIn') === 'needed') {
    checkSignedIn(config);
  }
  const root = checkout(__dirname);
  const functions: string = app.node.tryGetContext('functions') ?? packaged(config);
  addStacks(app, config, { root, functions: resolve(root, functions) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

function stageToDeploy(app: App): StageConfig {
  const stage = configOf(app.node.tryGetContext('stage') ?? 'dev');
  const deleteData: unknown = app.node.tryGetContext('deleteData');
  if (deleteData === undefined) {
    return stage;
  }
  if (deleteData !== stage.stage) {
    throw new Error(`deleteData names "${String(deleteData)}", and the stage is ${stage.stage}; nothing was changed`);
  }
  return { ...stage, deleteData: true };
}

/** CDK looks up who deploys before it calls us, and says of nobody only that there is no account. */
function checkSignedIn({ account }: StageConfig): void {
  if (!account && !process.env.CDK_DEFAULT_ACCOUNT) {
    throw new Error(
      'nobody is signed in to AWS: set AWS_PROFILE (after `aws sso login`, where you use that) or keys, and AWS_REGION; ' +
        '`aws sts get-caller-identity` says whether it worked',
    );
  }
}

/** Where `make package` puts the functions, whose targets go by the same variables. */
function packaged({ architecture }: StageConfig): string {
  const { CARGO_TARGET_DIR, LEADLAKE_CACHE } = process.env;
  const target = CARGO_TARGET_DIR ?? (LEADLAKE_CACHE ? join(LEADLAKE_CACHE, 'target') : 'target');
  return join(target, `lambda-${architecture}`);
}

/** The repository, from wherever this was compiled to. */
function checkout(from: string): string {
  if (existsSync(join(from, 'cdk.json'))) {
    return dirname(from);
  }
  const above = dirname(from);
  if (above === from) {
    throw new Error(`${__dirname} lies in no checkout of leadlake: no folder above it holds cdk.json`);
  }
  return checkout(above);
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  // At once: an app that is still there at the end of a process is synthesised as far as it came.
  process.exit(1);
}
