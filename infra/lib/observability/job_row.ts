import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { DAY, HOUR } from './bell';
import { athenaDollars, executions, longestCall, ofLambda } from './metrics';
import { alarmsIn, graphs, heading, Row } from './panels';
import { WatchedRuns } from './watched';

/** Score and catalog: how their runs end, how long they take, what they cost. */
export function jobRow(
  config: StageConfig,
  watched: WatchedRuns,
  alarms: readonly cloudwatch.Alarm[],
): readonly Row[] {
  const { score, catalog, run } = watched;
  return [
    heading('Score and catalog'),
    alarmsIn('Alarms of runs', alarms),
    graphs(
      {
        title: 'Runs',
        left: [
          executions(run, 'Succeeded', { period: HOUR, label: 'succeeded' }),
          executions(run, 'Failed', { period: HOUR, label: 'failed' }),
          executions(run, 'TimedOut', { period: HOUR, label: 'timed out' }),
          executions(run, 'Aborted', { period: HOUR, label: 'stopped' }),
        ],
        stacked: true,
      },
      {
        title: 'Duration, ms',
        left: [
          longestCall(score, { period: HOUR, label: 'score' }),
          longestCall(catalog, { period: HOUR, label: 'catalog' }),
        ],
        leftAnnotations: [{ value: config.score.timeoutSeconds * 1000, label: "The end of score's time" }],
        leftYAxis: { min: 0 },
      },
      {
        title: 'Errors and throttles',
        left: [
          ofLambda(score, 'Errors', { period: HOUR, label: 'score: errors' }),
          ofLambda(catalog, 'Errors', { period: HOUR, label: 'catalog: errors' }),
          ofLambda(score, 'Throttles', { period: HOUR, label: 'score: throttles' }),
          ofLambda(catalog, 'Throttles', { period: HOUR, label: 'catalog: throttles' }),
        ],
      },
      {
        title: 'What catalog asked Athena, dollars a day',
        left: [athenaDollars(watched, { period: DAY, label: 'by list price' })],
        leftYAxis: { min: 0 },
      },
    ),
  ];
}
