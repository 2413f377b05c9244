import { aws_cloudwatch as cloudwatch, aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { Ingestion } from '../ingestion/ingestion';
import { Kpi } from '../kpis';
import { Processing } from '../processing/processing';
import { Bell } from './bell';
import { addDashboard } from './dashboard';
import { addKpiAlarms } from './kpi_alarms';
import { addQueries } from './queries';
import { addRunAlarms } from './run_alarms';
import { addSourceAlarms } from './source_alarms';
import { AlarmTopic } from './topic';
import { watchedRuns, watchedSource } from './watched';

export interface ObservabilityProps {
  readonly config: StageConfig;
  readonly ingestion: Ingestion;
  readonly processing: Processing;
  readonly kpis: readonly Kpi[];
}

/** What tells that something is wrong, whom it is told to, and where to look. */
export class Observability extends Construct {
  readonly topic: sns.Topic;
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const { config, ingestion, processing, kpis } = props;
    this.topic = new AlarmTopic(this, 'Alarms', config).topic;
    const bell = new Bell(this, config, this.topic);
    const sources = ingestion.intakes.map((intake) => watchedSource(config, intake));
    const runs = watchedRuns(this, config, processing);
    const alarms = {
      sources: new Map(sources.map((source) => [source, addSourceAlarms(bell, config, source, runs.catalog)])),
      runs: addRunAlarms(bell, config, runs),
      kpis: addKpiAlarms(bell, config, kpis),
    };
    addQueries(this, config, sources, runs);
    this.dashboard = addDashboard(this, { config, sources, runs, kpis, alarms });
  }
}
