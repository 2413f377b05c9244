import { ArnFormat, aws_lambda as lambda, aws_sqs as sqs, aws_stepfunctions as sfn, Stack } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { StageConfig } from '../../config';
import { Intake } from '../ingestion/ingestion';
import { metricsNamespace } from '../names';
import { Processing } from '../processing/processing';
import { Source } from '../sources';

/**
 * What is watched, by its name. A reference from one stack to another is an export, and what is exported cannot be
 * taken away: no source could ever go.
 */
export interface WatchedSource {
  readonly source: Source;
  /** Of the metrics that the lake's own functions tell. */
  readonly namespace: string;
  readonly function: string;
  readonly queue: string;
  readonly dead: string;
}

export interface WatchedRuns {
  readonly namespace: string;
  readonly score: string;
  readonly catalog: string;
  /** What schedules could not start. */
  readonly missed: string;
  /** ARNs, which metrics of state machines go by. */
  readonly run: string;
  readonly vacuum: string;
}

export function watchedSource(config: StageConfig, { source, function: refine, queue, dead }: Intake): WatchedSource {
  return {
    source,
    namespace: metricsNamespace(config),
    function: functionName(refine),
    queue: queueName(queue),
    dead: queueName(dead),
  };
}

export function watchedRuns(
  scope: Construct,
  config: StageConfig,
  { score, catalog, dead, run, vacuum }: Processing,
): WatchedRuns {
  const machine = (of: sfn.StateMachine) =>
    Stack.of(scope).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: given(of, (of.node.defaultChild as sfn.CfnStateMachine).stateMachineName),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  return {
    namespace: metricsNamespace(config),
    score: functionName(score),
    catalog: functionName(catalog),
    missed: queueName(dead),
    run: machine(run),
    vacuum: machine(vacuum),
  };
}

function functionName(of: lambda.Function): string {
  return given(of, (of.node.defaultChild as lambda.CfnFunction).functionName);
}

function queueName(of: sqs.Queue): string {
  return given(of, (of.node.defaultChild as sqs.CfnQueue).queueName);
}

function given(to: IConstruct, name: string | undefined): string {
  if (name === undefined) {
    throw new Error(`${to.node.path} is watched by its name, so give it one`);
  }
  return name;
}
