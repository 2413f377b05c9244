import { Duration, aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { metricsNamespace } from '../names';
import { WatchedRuns, WatchedSource } from './watched';

/** What refine tells of each source, in the function's own words. */
export type SourceMetric =
  | 'Records'
  | 'RecordsAccepted'
  | 'RecordsRefused'
  | 'RecordsDuplicate'
  | 'RefusedWhole'
  | 'Latency';

export interface Reading {
  readonly statistic: string;
  readonly period: Duration;
  readonly label?: string;
}

/** Where the metric itself says which statistic makes sense. */
export type Usual = Omit<Reading, 'statistic'>;

const { Stats } = cloudwatch;

export function ofSource(watched: WatchedSource, name: SourceMetric, reading: Reading): cloudwatch.Metric {
  return own(watched.namespace, name, { Function: watched.function, Source: watched.source.name }, reading);
}

/** As the catalog function knows it: a source that delivers nothing starts no function of its own. */
export function silenceOf(watched: WatchedSource, catalog: string, reading: Usual): cloudwatch.Metric {
  const about = { Function: catalog, Source: watched.source.name };
  return own(watched.namespace, 'HoursSinceDelivery', about, { statistic: Stats.MAXIMUM, ...reading });
}

export function unpublishedRuns({ namespace, score }: WatchedRuns, reading: Usual): cloudwatch.Metric {
  return own(namespace, 'UnpublishedRuns', { Function: score }, { statistic: Stats.SUM, ...reading });
}

export function athenaDollars({ namespace, catalog }: WatchedRuns, reading: Usual): cloudwatch.Metric {
  return own(namespace, 'AthenaDollars', { Function: catalog }, { statistic: Stats.SUM, ...reading });
}

/** 0 is well or unknown, 1 worth a look, 2 an alarm. */
export function stateOfKpi(config: StageConfig, kpi: string, reading: Usual): cloudwatch.Metric {
  return own(metricsNamespace(config), 'KpiState', { KPI: kpi }, { statistic: Stats.MAXIMUM, ...reading });
}

export function valueOfKpi(config: StageConfig, kpi: string, measure: string, reading: Usual): cloudwatch.Metric {
  const about = { KPI: kpi, Measure: measure };
  return own(metricsNamespace(config), 'KpiValue', about, { statistic: Stats.AVERAGE, ...reading });
}

function own(
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  reading: Reading,
): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace, metricName, dimensionsMap, ...reading });
}

export function ofLambda(functionName: string, metricName: 'Errors' | 'Throttles', reading: Usual): cloudwatch.Metric {
  return awsLambda(functionName, metricName, { statistic: Stats.SUM, ...reading });
}

/** Calls that ended in an error, and those that Lambda did not let begin. */
export function failuresOf(functionName: string, period: Duration): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: 'FILL(errors, 0) + FILL(throttles, 0)',
    usingMetrics: {
      errors: ofLambda(functionName, 'Errors', { period }),
      throttles: ofLambda(functionName, 'Throttles', { period }),
    },
    label: 'Errors and throttles',
    period,
  });
}

/** In milliseconds. */
export function longestCall(functionName: string, reading: Usual): cloudwatch.Metric {
  return awsLambda(functionName, 'Duration', { statistic: Stats.MAXIMUM, ...reading });
}

function awsLambda(functionName: string, metricName: string, reading: Reading): cloudwatch.Metric {
  const dimensionsMap = { FunctionName: functionName };
  return new cloudwatch.Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, ...reading });
}

export function messagesIn(queueName: string, reading: Usual): cloudwatch.Metric {
  return awsQueue(queueName, 'ApproximateNumberOfMessagesVisible', { statistic: Stats.MAXIMUM, ...reading });
}

/** In seconds. */
export function oldestIn(queueName: string, reading: Usual): cloudwatch.Metric {
  return awsQueue(queueName, 'ApproximateAgeOfOldestMessage', { statistic: Stats.MAXIMUM, ...reading });
}

function awsQueue(queueName: string, metricName: string, reading: Reading): cloudwatch.Metric {
  const dimensionsMap = { QueueName: queueName };
  return new cloudwatch.Metric({ namespace: 'AWS/SQS', metricName, dimensionsMap, ...reading });
}

export type Ending = 'Succeeded' | 'Failed' | 'TimedOut' | 'Aborted';

export function executions(machineArn: string, ending: Ending, reading: Usual): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/States',
    metricName: `Executions${ending}`,
    dimensionsMap: { StateMachineArn: machineArn },
    statistic: Stats.SUM,
    ...reading,
  });
}
