import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { DAY, FIVE_MINUTES, HOUR } from './bell';
import { longestCall, messagesIn, ofLambda, ofSource, oldestIn, silenceOf, SourceMetric } from './metrics';
import { inTime, inWords, objectivesOf, refused } from './objectives';
import { alarmsIn, graphs, heading, Row } from './panels';
import { WatchedSource } from './watched';

const { Stats } = cloudwatch;

/** One source: what is promised, whether it is kept, and what happens. */
export function sourceRow(
  config: StageConfig,
  watched: WatchedSource,
  catalog: string,
  alarms: readonly cloudwatch.Alarm[],
): readonly Row[] {
  const { source, queue, dead } = watched;
  const objectives = objectivesOf(config, source);
  const counted = (name: SourceMetric, label: string) =>
    ofSource(watched, name, { statistic: Stats.SUM, period: HOUR, label });
  const latency = (percent: number) =>
    ofSource(watched, 'Latency', { statistic: Stats.p(percent), period: FIVE_MINUTES, label: `p${percent}` });
  return [
    heading(source.name),
    [
      new cloudwatch.TextWidget({
        markdown: [source.description, '', ...inWords(objectives).map((objective) => `- ${objective}`)].join('\n'),
        width: 9,
        height: 4,
      }),
      new cloudwatch.SingleValueWidget({
        title: 'Kept, over the last day',
        metrics: [
          inTime(watched, objectives, DAY),
          refused(watched, DAY),
          silenceOf(watched, catalog, { period: DAY, label: 'Hours of silence' }),
        ],
        width: 15,
        height: 4,
      }),
    ],
    alarmsIn(`Alarms of ${source.name}`, alarms),
    graphs(
      {
        title: 'Records, an hour',
        left: [
          counted('RecordsAccepted', 'accepted'),
          counted('RecordsRefused', 'refused'),
          counted('RecordsDuplicate', 'duplicate'),
        ],
        stacked: true,
      },
      {
        title: 'From arrival to silver, ms',
        left: [50, 95, 99].map(latency),
        leftAnnotations: [{ value: objectives.latencySeconds * 1000, label: 'Objective' }],
        leftYAxis: { min: 0 },
      },
      {
        title: 'Queue',
        left: [
          messagesIn(queue, { period: FIVE_MINUTES, label: 'waiting' }),
          messagesIn(dead, { period: FIVE_MINUTES, label: 'dead' }),
        ],
        right: [oldestIn(queue, { period: FIVE_MINUTES, label: 'longest wait, s' })],
      },
      {
        title: 'Function',
        left: [
          ofLambda(watched.function, 'Errors', { period: FIVE_MINUTES, label: 'errors' }),
          ofLambda(watched.function, 'Throttles', { period: FIVE_MINUTES, label: 'throttles' }),
        ],
        right: [longestCall(watched.function, { period: FIVE_MINUTES, label: 'longest call, ms' })],
      },
    ),
  ];
}
