import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { Bell, DAY, FIVE_MINUTES, HOUR, NO_DATA, QUARTER, Rule } from './bell';
import { failuresOf, longestCall, messagesIn, ofSource, oldestIn, silenceOf } from './metrics';
import { inTimeButForOne, objectivesOf, refusedInEarnest } from './objectives';
import { WatchedSource } from './watched';

/** Of the function's time, in percent. It stops a little before its end, so that more is hardly ever used. */
const NEARLY_ALL_TIME = 80;

/** Of one source. */
export function addSourceAlarms(
  bell: Bell,
  config: StageConfig,
  watched: WatchedSource,
  catalog: string,
): readonly cloudwatch.Alarm[] {
  const rules = rulesOf(config, watched, catalog);
  return Object.entries(rules).map(([kind, rule]) => bell.hang(watched.source.name, kind, rule, `source-${kind}`));
}

function rulesOf(config: StageConfig, watched: WatchedSource, catalog: string): Readonly<Record<string, Rule>> {
  const { name } = watched.source;
  const objectives = objectivesOf(config, watched.source);
  const { latencySeconds, latencyPercent, refusedPercent, silenceHours } = objectives;
  const { oldestMessageMinutes } = config.alarms;
  const nearlyAll = (config.refine.timeoutSeconds * NEARLY_ALL_TIME) / 100;
  return {
    'dead-letters': {
      says: `Objects of ${name} could not be refined and were put aside.`,
      metric: messagesIn(watched.dead, { period: FIVE_MINUTES }),
      rings: { above: 0 },
      noData: NO_DATA.isWell,
    },
    backlog: {
      says: `An object of ${name} has been waiting for more than ${oldestMessageMinutes} minutes.`,
      metric: oldestIn(watched.queue, { period: FIVE_MINUTES }),
      rings: { above: oldestMessageMinutes * 60 },
      periods: { bad: 2, of: 3 },
      noData: NO_DATA.isWell,
    },
    refused: {
      says: `More than ${refusedPercent} % of the records of ${name} were refused within an hour.`,
      metric: refusedInEarnest(watched, HOUR),
      rings: { above: refusedPercent },
      noData: NO_DATA.isWell,
    },
    'objects-refused': {
      says: `Of an object of ${name} so much was refused that nothing of it was taken.`,
      metric: ofSource(watched, 'RefusedWhole', { statistic: cloudwatch.Stats.SUM, period: HOUR }),
      rings: { above: 0 },
      noData: NO_DATA.isWell,
    },
    silence: {
      says: `${name} has delivered nothing for more than ${silenceHours} hours.`,
      metric: silenceOf(watched, catalog, { period: HOUR }),
      rings: { above: silenceHours },
      noData: NO_DATA.changesNothing,
    },
    slow: {
      says: `One in twenty objects of ${name} takes more than ${latencySeconds} seconds to reach silver.`,
      metric: ofSource(watched, 'Latency', { statistic: cloudwatch.Stats.p(95), period: QUARTER }),
      rings: { above: latencySeconds * 1000 },
      periods: { bad: 2, of: 4 },
      noData: NO_DATA.isWell,
    },
    objective: {
      says: `In a day, less than ${latencyPercent} % of objects of ${name} were in silver in ${latencySeconds} seconds.`,
      metric: inTimeButForOne(watched, objectives, DAY),
      rings: { below: latencyPercent },
      noData: NO_DATA.isWell,
    },
    failing: {
      says: `The function that refines ${name} ends in errors, or Lambda does not let it begin.`,
      metric: failuresOf(watched.function, QUARTER),
      rings: { above: 0 },
      // Whoever ended once is tried again. A message that ends it each time comes again after six times its timeout.
      periods: { bad: 2, of: 1 + Math.ceil((2 * 6 * config.refine.timeoutSeconds) / QUARTER.toSeconds()) },
      noData: NO_DATA.isWell,
    },
    'out-of-time': {
      says: `The function that refines ${name} uses more than ${NEARLY_ALL_TIME} % of its time.`,
      metric: longestCall(watched.function, { period: QUARTER }),
      rings: { above: nearlyAll * 1000 },
      periods: { bad: 2, of: 4 },
      noData: NO_DATA.isWell,
    },
  };
}
