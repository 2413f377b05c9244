import {
  aws_lambda as lambda,
  aws_stepfunctions as sfn,
  aws_stepfunctions_tasks as tasks,
  Duration,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { logGroupOf } from '../functions/lambda';
import { accept } from '../nag';
import { nameOf } from '../names';

/** What Step Functions waits beyond the function's own timeout, for its answer to arrive. */
const GRACE = Duration.seconds(30);
const BUSY = ['Lambda.TooManyRequestsException'];
const TROUBLE = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
];

export interface CallProps {
  readonly function: lambda.Function;
  readonly comment: string;
  /** Otherwise the answer of the step before. */
  readonly payload?: sfn.TaskInput;
  /** What the function calls its own errors. Another call may well work, of which each does what is left to do. */
  readonly ownErrors: readonly string[];
  /** How the answer is given on. */
  readonly answer?: { readonly outputPath?: string; readonly resultPath?: string };
}

/** A function as a step. One that ran out of time is not called again: with as much time it would again. */
export function call(scope: Construct, id: string, props: CallProps): tasks.LambdaInvoke {
  const timeout = props.function.timeout;
  const step = new tasks.LambdaInvoke(scope, id, {
    lambdaFunction: props.function,
    comment: props.comment,
    payload: props.payload,
    retryOnServiceExceptions: false,
    taskTimeout: timeout && sfn.Timeout.duration(timeout.plus(GRACE)),
    ...(props.answer ?? { outputPath: '$.Payload' }),
  });
  const jitterStrategy = sfn.JitterType.FULL;
  // As long as another call may take, which is the longest that Lambda allows.
  step.addRetry({
    errors: BUSY,
    interval: Duration.seconds(30),
    backoffRate: 1.5,
    maxDelay: Duration.minutes(5),
    maxAttempts: 15,
    jitterStrategy,
  });
  step.addRetry({ errors: TROUBLE, interval: Duration.seconds(5), backoffRate: 2, maxAttempts: 5, jitterStrategy });
  step.addRetry({
    errors: [...props.ownErrors],
    interval: Duration.minutes(1),
    backoffRate: 2,
    maxAttempts: 2,
    jitterStrategy,
  });
  return step;
}

export interface MachineProps {
  readonly config: StageConfig;
  readonly name: string;
  readonly comment: string;
  readonly timeout: Duration;
  readonly steps: sfn.IChainable;
}

/** Steps with a history and a log of each execution. The log tells of steps and errors, not of what they were given. */
export function machine(scope: Construct, id: string, props: MachineProps): sfn.StateMachine {
  const stateMachineName = nameOf(props.config, props.name);
  const destination = logGroupOf(scope, `${id}Logs`, props.config, `/aws/vendedlogs/states/${stateMachineName}`);
  const made = new sfn.StateMachine(scope, id, {
    stateMachineName,
    comment: props.comment,
    timeout: props.timeout,
    definitionBody: sfn.DefinitionBody.fromChainable(props.steps),
    logs: { destination, level: sfn.LogLevel.ALL, includeExecutionData: false },
  });
  accept(
    made,
    'AwsSolutions-SF2',
    'its steps are functions that make no segments: a trace would tell no more than the history of an execution',
  );
  accept(
    made.role,
    'AwsSolutions-IAM5[Resource::*]',
    'delivery of logs by AWS knows no resources: the actions are those of log deliveries and of their policies only',
  );
  return made;
}
