import { Duration, aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { nameOf } from '../names';

/** What having no data says. */
export const NO_DATA = {
  /** Nothing happened, so nothing went wrong. */
  isWell: cloudwatch.TreatMissingData.NOT_BREACHING,
  /** Somebody had to tell, and did not. */
  isWrong: cloudwatch.TreatMissingData.BREACHING,
  /** Told once a run: what was told last is so until the next one. */
  changesNothing: cloudwatch.TreatMissingData.IGNORE,
} as const;

export interface Rule {
  /** What is wrong, in a sentence. */
  readonly says: string;
  readonly metric: cloudwatch.IMetric;
  /** The bound itself is well. */
  readonly rings: { readonly above: number } | { readonly below: number };
  /** In how many periods of how many it must be so; one of one unless said otherwise. */
  readonly periods?: { readonly bad: number; readonly of: number };
  readonly noData: cloudwatch.TreatMissingData;
}

/** Makes alarms, each of which tells the topic when it begins and when it is over. */
export class Bell {
  constructor(
    private readonly scope: Construct,
    private readonly config: StageConfig,
    private readonly topic: sns.ITopic,
  ) {}

  /** `about` and `kind` make its name: `leadlake-dev-webinar-backlog`. `heading`: the runbook's, if another. */
  hang(about: string, kind: string, rule: Rule, heading = `${about}-${kind}`): cloudwatch.Alarm {
    const { says, metric, rings, periods = { bad: 1, of: 1 }, noData } = rule;
    const isAbove = 'above' in rings;
    const alarm = new cloudwatch.Alarm(this.scope, `${about}-${kind}`, {
      alarmName: nameOf(this.config, about, kind),
      alarmDescription: `${says} What to do: docs/RUNBOOK.md#${heading}`,
      metric,
      threshold: isAbove ? rings.above : rings.below,
      comparisonOperator: isAbove
        ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
        : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      datapointsToAlarm: periods.bad,
      evaluationPeriods: periods.of,
      treatMissingData: noData,
    });
    const told = new actions.SnsAction(this.topic);
    alarm.addAlarmAction(told);
    alarm.addOkAction(told);
    return alarm;
  }
}

export const FIVE_MINUTES = Duration.minutes(5);
export const QUARTER = Duration.minutes(15);
export const HOUR = Duration.hours(1);
export const DAY = Duration.days(1);
