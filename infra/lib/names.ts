import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { StageConfig } from '../config';

/** `leadlake-dev-refine-webinar`: the name of something of a deployment. */
export function nameOf(config: StageConfig, ...parts: readonly string[]): string {
  return [config.name, config.stage, ...parts].join('-');
}

/** Names of buckets are the world's, so account and region belong to them. */
export function bucketName(scope: IConstruct, config: StageConfig, what: string): string {
  const { account, region } = Stack.of(scope);
  return `${nameOf(config, what)}-${account}-${region}`;
}

/** What Glue and Athena call the lake: they know no hyphens. */
export function databaseName(config: StageConfig): string {
  return nameOf(config).replaceAll('-', '_');
}
