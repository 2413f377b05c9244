import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { configOf, StageConfig } from '../config';
import { addStacks } from '../lib/stacks';

// What AWS's schemas say of the templates is cfn-lint's business, in the tests: the one built in takes half a minute each time.
const app = new App({ builtinCloudFormationValidation: false });
const config = stageToDeploy();
const root = checkout(__dirname);
addStacks(app, config, { root, functions: resolve(app.node.tryGetContext('functions') ?? join(root, 'target/lambda')) });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

function stageToDeploy(): StageConfig {
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
