import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { PEOPLE, StageConfig } from '../config';
import { LAYERS } from './layout';

/** What stands behind the name of a deployment where it is no source's: two things of one name cannot be deployed. */
export const OWN_NAMES: readonly string[] = [
  ...['storage', 'lake', 'alarms'],
  ...LAYERS,
  ...['answers', 'logs'],
  ...['refine', 'score', 'catalog', 'tables'],
  ...['run', 'vacuum', 'schedules'],
  ...['arrivals', 'producer', 'kpi'],
  ...PEOPLE,
];

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

/** Where metrics of functions and KPIs stand in CloudWatch. KPIs have the same names in every lake of an account. */
export function metricsNamespace(config: StageConfig): string {
  return `Leadlake/${nameOf(config)}`;
}
