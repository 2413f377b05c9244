import {
  aws_scheduler as scheduler,
  aws_scheduler_targets as targets,
  aws_sqs as sqs,
  aws_stepfunctions as sfn,
  Duration,
  RemovalPolicy,
  TimeZone,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { nameOf } from '../names';

export interface SchedulesProps {
  readonly config: StageConfig;
  /** What a schedule could not start. */
  readonly dead: sqs.IQueue;
}

/** What starts by itself, in a group of the deployment's own: roles that schedules take on trust no other. */
export class Schedules extends Construct {
  private readonly group: scheduler.ScheduleGroup;

  constructor(scope: Construct, id: string, private readonly props: SchedulesProps) {
    super(scope, id);
    this.group = new scheduler.ScheduleGroup(this, 'Group', {
      scheduleGroupName: nameOf(props.config),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  start(machine: sfn.StateMachine, when: ScheduleOf): void {
    const { config, dead } = this.props;
    new scheduler.Schedule(this, when.name, {
      scheduleName: nameOf(config, when.name),
      scheduleGroup: this.group,
      description: when.description,
      schedule: scheduler.ScheduleExpression.expression(when.expression, TimeZone.of(config.schedule.timezone)),
      timeWindow: when.within ? scheduler.TimeWindow.flexible(when.within) : scheduler.TimeWindow.off(),
      enabled: config.schedule.enabled,
      target: new targets.StepFunctionsStartExecution(machine, {
        input: scheduler.ScheduleTargetInput.fromObject({}),
        deadLetterQueue: dead,
        maxEventAge: Duration.hours(1),
        retryAttempts: 10,
      }),
    });
  }
}

export interface ScheduleOf {
  readonly name: string;
  readonly description: string;
  readonly expression: string;
  /** Unset: at the minute. */
  readonly within?: Duration;
}
