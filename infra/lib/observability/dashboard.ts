import { Duration, aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { Kpi } from '../kpis';
import { nameOf } from '../names';
import { jobRow } from './job_row';
import { kpiRow } from './kpi_row';
import { overview } from './overview';
import { sourceRow } from './source_row';
import { WatchedRuns, WatchedSource } from './watched';

export interface DashboardProps {
  readonly config: StageConfig;
  readonly sources: readonly WatchedSource[];
  readonly runs: WatchedRuns;
  readonly kpis: readonly Kpi[];
  readonly alarms: AlarmsOfAll;
}

export interface AlarmsOfAll {
  readonly sources: ReadonlyMap<WatchedSource, readonly cloudwatch.Alarm[]>;
  readonly runs: readonly cloudwatch.Alarm[];
  readonly kpis: readonly cloudwatch.Alarm[];
}

/** From the whole to its parts: all sources, each source, the jobs, the KPIs. */
export function addDashboard(scope: Construct, props: DashboardProps): cloudwatch.Dashboard {
  const { config, sources, runs, kpis, alarms } = props;
  const ofSource = (watched: WatchedSource) =>
    sourceRow(config, watched, runs.catalog, alarms.sources.get(watched) ?? []);
  return new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: nameOf(config),
    defaultInterval: Duration.days(2),
    widgets: [
      ...overview(config, sources),
      ...sources.flatMap(ofSource),
      ...jobRow(config, runs, alarms.runs),
      ...kpiRow(config, kpis, alarms.kpis),
    ],
  });
}
