import { Duration, aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { Objectives, StageConfig } from '../../config';
import { Source } from '../sources';
import { ofSource } from './metrics';
import { WatchedSource } from './watched';

/** With fewer refused records than this, a share of them says nothing. */
const FEWEST_REFUSED = 5;

/** What is promised of a source: its contract's word, and the stage's where that says nothing. */
export function objectivesOf(config: StageConfig, { levels }: Source): Objectives {
  const { objectives } = config;
  return {
    ...objectives,
    latencySeconds: levels.latencySeconds ?? objectives.latencySeconds,
    refusedPercent: levels.refusedPercent ?? objectives.refusedPercent,
    silenceHours: levels.silenceHours ?? objectives.silenceHours,
  };
}

export function inWords(objectives: Objectives): readonly string[] {
  const { latencySeconds, latencyPercent, refusedPercent, silenceHours } = objectives;
  return [
    `${latencyPercent} % of objects in silver within ${latencySeconds} seconds of their arrival, each day`,
    `at most ${refusedPercent} % of records refused`,
    `silent for at most ${silenceHours} hours`,
  ];
}

/** The share of objects, in percent, that were in silver in time. Refine tells latency in milliseconds. */
export function inTime(watched: WatchedSource, { latencySeconds }: Objectives, period: Duration): cloudwatch.Metric {
  const statistic = cloudwatch.Stats.percentileRank(latencySeconds * 1000);
  return ofSource(watched, 'Latency', { statistic, period, label: `In silver within ${latencySeconds} s, percent` });
}

/** The same, but 100 unless at least two objects were late: of few objects, one is more than any percent allows. */
export function inTimeButForOne(
  watched: WatchedSource,
  objectives: Objectives,
  period: Duration,
): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    // What a percentile rank leaves of an object in rounding is no second one.
    expression: 'IF(objects * (100 - kept) / 100 > 1.5, kept, 100)',
    usingMetrics: {
      kept: inTime(watched, objectives, period),
      objects: ofSource(watched, 'Latency', { statistic: cloudwatch.Stats.SAMPLE_COUNT, period }),
    },
    label: 'Objects in silver in time, percent',
    period,
  });
}

/** The share of records that were refused, in percent. */
export function refused(watched: WatchedSource, period: Duration): cloudwatch.MathExpression {
  return shareOfRefused(watched, period, '100 * refused / records');
}

/** The same, but 0 for a handful. */
export function refusedInEarnest(watched: WatchedSource, period: Duration): cloudwatch.MathExpression {
  return shareOfRefused(watched, period, `IF(refused >= ${FEWEST_REFUSED}, 100 * refused / records, 0)`);
}

function shareOfRefused(watched: WatchedSource, period: Duration, expression: string): cloudwatch.MathExpression {
  const reading = { statistic: cloudwatch.Stats.SUM, period };
  return new cloudwatch.MathExpression({
    expression,
    usingMetrics: {
      records: ofSource(watched, 'Records', reading),
      refused: ofSource(watched, 'RecordsRefused', reading),
    },
    label: 'Refused, percent',
    period,
  });
}
