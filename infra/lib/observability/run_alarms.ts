import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { JobSettings, StageConfig } from '../../config';
import { Bell, FIVE_MINUTES, HOUR, NO_DATA, Rule } from './bell';
import { executions, longestCall, messagesIn, ofLambda, unpublishedRuns } from './metrics';
import { WatchedRuns } from './watched';

/** Of a job's time, in percent: the lake grows, and one day it takes more than Lambda gives. */
const MUCH_TIME = 80;

/** Of score and catalog, and what starts them. */
export function addRunAlarms(bell: Bell, config: StageConfig, watched: WatchedRuns): readonly cloudwatch.Alarm[] {
  return [
    ...addJobAlarms(bell, 'score', watched.score, config.score),
    ...addJobAlarms(bell, 'catalog', watched.catalog, config.catalog),
    bell.hang('score', 'unpublished', unpublished(watched)),
    bell.hang('run', 'failed', failed(watched.run, 'A run of score and catalog')),
    bell.hang('vacuum', 'failed', failed(watched.vacuum, 'A vacuum')),
    ...(config.schedule.enabled ? [bell.hang('run', 'overdue', overdue(watched, config.alarms.overdueHours))] : []),
    bell.hang('schedules', 'missed', unstarted(watched)),
  ];
}

function addJobAlarms(
  bell: Bell,
  name: string,
  job: string,
  { timeoutSeconds }: JobSettings,
): readonly cloudwatch.Alarm[] {
  const failing: Rule = {
    says: `The function ${name} ended in an error.`,
    // No throttles: one call at a time is let in, and whoever starts the next one waits for it.
    metric: ofLambda(job, 'Errors', { period: HOUR }),
    rings: { above: 0 },
    noData: NO_DATA.isWell,
  };
  const outOfTime: Rule = {
    says: `The function ${name} used more than ${MUCH_TIME} % of its time.`,
    metric: longestCall(job, { period: HOUR }),
    rings: { above: timeoutSeconds * 10 * MUCH_TIME },
    noData: NO_DATA.changesNothing,
  };
  return [
    bell.hang(name, 'failing', failing, 'function-failing'),
    bell.hang(name, 'out-of-time', outOfTime, 'function-out-of-time'),
  ];
}

function unpublished(watched: WatchedRuns): Rule {
  return {
    says: 'Score could not tell Glue of its tables, so engines show what was before.',
    metric: unpublishedRuns(watched, { period: HOUR }),
    rings: { above: 0 },
    noData: NO_DATA.isWell,
  };
}

function failed(machine: string, what: string): Rule {
  return {
    says: `${what} failed, took too long or was stopped.`,
    metric: new cloudwatch.MathExpression({
      expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
      usingMetrics: {
        failed: executions(machine, 'Failed', { period: HOUR }),
        timedOut: executions(machine, 'TimedOut', { period: HOUR }),
        aborted: executions(machine, 'Aborted', { period: HOUR }),
      },
      label: 'Runs that did not succeed',
      period: HOUR,
    }),
    rings: { above: 0 },
    noData: NO_DATA.isWell,
  };
}

function overdue({ run }: WatchedRuns, hours: number): Rule {
  return {
    says: `No run of score and catalog has succeeded for ${hours} hours.`,
    metric: executions(run, 'Succeeded', { period: HOUR }),
    rings: { below: 1 },
    periods: { bad: hours, of: hours },
    noData: NO_DATA.isWrong,
  };
}

function unstarted({ missed }: WatchedRuns): Rule {
  return {
    says: 'A schedule could not start what it is for.',
    metric: messagesIn(missed, { period: FIVE_MINUTES }),
    rings: { above: 0 },
    noData: NO_DATA.isWell,
  };
}
