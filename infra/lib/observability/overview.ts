import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { nameOf } from '../names';
import { FIVE_MINUTES, HOUR } from './bell';
import { messagesIn, ofSource, oldestIn, SourceMetric } from './metrics';
import { graphs, heading, Row, together } from './panels';
import { WatchedSource } from './watched';

const { Stats } = cloudwatch;

/** All sources at a glance. */
export function overview(config: StageConfig, sources: readonly WatchedSource[]): readonly Row[] {
  const each = (name: SourceMetric) =>
    sources.map((watched) =>
      ofSource(watched, name, { statistic: Stats.SUM, period: HOUR, label: watched.source.name }),
    );
  const records = together('SUM', 'read', each('Records'), { label: 'Records', period: HOUR });
  const refused = together('SUM', 'bad', each('RecordsRefused'), { label: 'Refused', period: HOUR });
  const share = new cloudwatch.MathExpression({
    expression: '100 * refused / records',
    usingMetrics: { records, refused },
    label: 'Refused, percent',
    period: HOUR,
  });
  const slowest = (percent: number) => {
    const ofEach = sources.map((watched) =>
      ofSource(watched, 'Latency', { statistic: Stats.p(percent), period: FIVE_MINUTES }),
    );
    return together('MAX', `p${percent}of`, ofEach, { label: `p${percent}`, period: FIVE_MINUTES });
  };
  const ofQueues = { period: FIVE_MINUTES };
  const ages = sources.map(({ queue }) => oldestIn(queue, ofQueues));
  return [
    heading(`${nameOf(config)}: all sources`),
    graphs(
      { title: 'Records that arrived, an hour', left: each('Records'), stacked: true },
      { title: 'Refused records, percent', left: [share], leftYAxis: { min: 0 } },
      {
        title: 'From arrival to silver: the slowest source, ms',
        left: [50, 95, 99].map(slowest),
        leftYAxis: { min: 0 },
      },
    ),
    graphs(
      {
        title: 'Messages waiting',
        left: sources.map(({ source, queue }) => messagesIn(queue, { ...ofQueues, label: source.name })),
        stacked: true,
      },
      {
        title: 'The longest wait of a message, s',
        left: [together('MAX', 'age', ages, { label: 'Age', ...ofQueues })],
        leftAnnotations: [{ value: config.alarms.oldestMessageMinutes * 60, label: 'Alarm' }],
      },
      {
        title: 'Dead letters',
        left: sources.map(({ source, dead }) => messagesIn(dead, { ...ofQueues, label: source.name })),
        stacked: true,
      },
    ),
  ];
}
