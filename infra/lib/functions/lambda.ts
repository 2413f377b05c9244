import { aws_iam as iam, aws_lambda as lambda, aws_logs as logs, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { JobSettings, StageConfig } from '../../config';
import { FunctionCode } from './code';
import { metricsNamespace, nameOf } from '../names';
import { Storage } from '../storage/storage';

export interface LakeFunctionProps {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly code: FunctionCode;
  readonly program: 'refine' | 'score' | 'catalog';
  /** Behind the name of the deployment. */
  readonly name: readonly string[];
  readonly description: string;
  readonly settings: JobSettings;
  /** How many may run at once, where the stage reserves any. Unset: as many as the account has left. */
  readonly reserve?: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly recursiveLoop?: lambda.RecursiveLoop;
}

/**
 * A function with a role and a log group of its own, which may do nothing yet but write its log.
 *
 * It is not traced by X-Ray: the programs make no segments, and time, cold starts and latency are in their metrics.
 * The log stays in Lambda's text format: its lines are JSON as they are, and Lambda's own JSON would hold metrics back.
 */
export function lakeFunction(scope: Construct, id: string, props: LakeFunctionProps): lambda.Function {
  const { config, code, settings } = props;
  const functionName = nameOf(config, ...props.name);
  const logGroup = logGroupOf(scope, `${id}Logs`, config, `/aws/lambda/${functionName}`);
  const role = new iam.Role(scope, `${id}Role`, {
    description: `What ${functionName} may do`,
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  });
  logGroup.grantWrite(role);
  return new lambda.Function(scope, id, {
    functionName,
    description: props.description,
    role,
    logGroup,
    runtime: code.runtime,
    architecture: code.architecture,
    handler: 'bootstrap',
    code: code.of(props.program),
    memorySize: settings.memoryMb,
    timeout: Duration.seconds(settings.timeoutSeconds),
    ephemeralStorageSize: Size.mebibytes(settings.scratchMb),
    reservedConcurrentExecutions: config.reserveConcurrency ? props.reserve : undefined,
    recursiveLoop: props.recursiveLoop,
    // Whatever was left undone is done by the next message or schedule.
    retryAttempts: 0,
    environment: {
      LEADLAKE_LAKE: props.storage.address,
      LEADLAKE_LOG: config.logs.level,
      LEADLAKE_METRICS_NAMESPACE: metricsNamespace(config),
      ...props.environment,
    },
  });
}

/** Logs hold counts, codes and names of files, so that they need not outlive what wrote them. */
export function logGroupOf(scope: Construct, id: string, config: StageConfig, logGroupName?: string): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    logGroupName,
    retention: config.logs.retentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
