/** What a template has to say of alarms and pictures. */

import assert from 'node:assert/strict';
import { Synthesised } from './synth';

type Properties = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly id: string;
  readonly properties: Properties;
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal?: Readonly<Record<string, unknown>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Metric {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly period: number;
}

export interface Alarm {
  readonly name: string;
  readonly description: string;
  readonly metrics: readonly Metric[];
  /** Empty where the one metric is looked at as it is. */
  readonly expression: string;
  readonly threshold: number;
  readonly comparison: string;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missing?: string;
  readonly begins: unknown;
  readonly ends: unknown;
  readonly isSilenced: boolean;
}

export interface Dashboard {
  readonly widgets: number;
  readonly metrics: readonly Metric[];
  readonly mostMetricsInWidget: number;
  /** Alarms that are shown, a list for each widget that does, by their logical ids. */
  readonly lights: readonly (readonly string[])[];
}

/** Its resources, where what refers to one has the name that it is given. */
export class WatchedStack {
  private readonly resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>;

  /** Names in it are looked up in itself only: what refers to another stack would tie the two together. */
  constructor(template: Readonly<Record<string, unknown>>) {
    this.resources = template['Resources'] as typeof this.resources;
  }

  ofType(type: string): readonly Resource[] {
    return Object.entries(this.resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, { Properties: properties = {} }]) => ({ id, properties }));
  }

  statements(policy: unknown): readonly Statement[] {
    return (policy as { readonly Statement: readonly Statement[] }).Statement;
  }

  text(value: unknown): string {
    if (typeof value === 'string' || typeof value === 'number') {
      return String(value);
    }
    const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as {
      readonly Ref?: string;
      readonly 'Fn::GetAtt'?: readonly [string, string];
      readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
    };
    if (join) {
      return join[1].map((part) => this.text(part)).join(join[0]);
    }
    const id = ref ?? attribute?.[0] ?? '';
    return attribute?.[1] === 'Arn' ? `arn:${id}` : (this.nameOf(id) ?? id);
  }

  private nameOf(id: string): string | undefined {
    const properties = this.resources[id]?.Properties ?? {};
    const name = ['FunctionName', 'QueueName', 'StateMachineName'].map((key) => properties[key]).find(Boolean);
    return name === undefined ? undefined : this.text(name);
  }
}

export function watchedBy(synthesised: Synthesised): WatchedStack {
  return new WatchedStack(synthesised.template('alarms').toJSON());
}

export function named(alarms: readonly Alarm[], name: string): Alarm {
  const found = alarms.find((alarm) => alarm.name === `leadlake-dev-${name}`);
  assert.ok(found, `there is no alarm ${name}`);
  return found;
}

export function kindsOf(alarms: readonly Alarm[], source: string): readonly string[] {
  const start = `leadlake-dev-${source}-`;
  return alarms.filter(({ name }) => name.startsWith(start)).map(({ name }) => name.slice(start.length)).sort();
}

interface WrittenMetric {
  readonly Id?: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Properties; readonly Period: number; readonly Stat: string };
}

export function alarmsOf(stack: WatchedStack): readonly Alarm[] {
  return stack.ofType('AWS::CloudWatch::Alarm').map(({ properties }) => {
    const written = (properties['Metrics'] ?? []) as readonly WrittenMetric[];
    const evaluationPeriods = Number(properties['EvaluationPeriods']);
    return {
      name: stack.text(properties['AlarmName']),
      description: stack.text(properties['AlarmDescription']),
      metrics: written.length > 0 ? written.flatMap((metric) => statOf(stack, metric)) : [plainOf(stack, properties)],
      expression: written.find(({ Expression }) => Expression)?.Expression ?? '',
      threshold: Number(properties['Threshold']),
      comparison: String(properties['ComparisonOperator']),
      evaluationPeriods,
      datapointsToAlarm: Number(properties['DatapointsToAlarm'] ?? evaluationPeriods),
      missing: properties['TreatMissingData'] as string | undefined,
      begins: properties['AlarmActions'],
      ends: properties['OKActions'],
      isSilenced: properties['ActionsEnabled'] === false,
    };
  });
}

function statOf(stack: WatchedStack, { Id: id = '', MetricStat: stat }: WrittenMetric): readonly Metric[] {
  return stat ? [{ ...plainOf(stack, stat.Metric), id, statistic: stat.Stat, period: stat.Period }] : [];
}

function plainOf(stack: WatchedStack, properties: Properties): Metric {
  const dimensions = (properties['Dimensions'] ?? []) as readonly { readonly Name: string; readonly Value: unknown }[];
  return {
    id: '',
    namespace: String(properties['Namespace']),
    name: String(properties['MetricName']),
    dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, stack.text(Value)])),
    statistic: String(properties['ExtendedStatistic'] ?? properties['Statistic']),
    period: Number(properties['Period']),
  };
}

interface Drawn {
  readonly stat?: string;
  readonly period?: number;
}

interface Widget {
  readonly type: string;
  readonly properties: {
    readonly metrics?: readonly (readonly unknown[])[];
    readonly alarms?: readonly string[];
    readonly stat?: string;
    readonly period?: number;
  };
}

export function dashboardOf(stack: WatchedStack): Dashboard {
  const body = stack.text(stack.ofType('AWS::CloudWatch::Dashboard')[0]?.properties['DashboardBody']);
  const { widgets } = JSON.parse(body) as { readonly widgets: readonly Widget[] };
  const metrics = widgets.map((widget) => metricsIn(widget));
  return {
    widgets: widgets.length,
    metrics: metrics.flat(),
    mostMetricsInWidget: Math.max(...metrics.map(({ length }) => length)),
    lights: widgets
      .filter(({ type }) => type === 'alarm')
      .map(({ properties }) => (properties.alarms ?? []).map((arn) => arn.replace('arn:', ''))),
  };
}

/** A line is `[namespace, name, dimension, value, ..., {how it is drawn}]`. A point is what the line before has. */
function metricsIn({ properties: { metrics = [], stat = '', period = 300 } }: Widget): readonly Metric[] {
  let before: readonly string[] = [];
  return metrics.flatMap((line) => {
    const words = line.filter((word): word is string => typeof word === 'string');
    if (words.length < 2) {
      return [];
    }
    before = words.map((word, position) => (word === '.' ? (before[position] ?? '') : word));
    const [namespace = '', name = '', ...pairs] = before;
    const dimensions = Object.fromEntries(
      pairs.flatMap((word, position) => (position % 2 === 0 ? [[word, pairs[position + 1] ?? '']] : [])),
    );
    const drawn = (line.find((word) => typeof word === 'object') ?? {}) as Drawn;
    return [{ id: '', namespace, name, dimensions, statistic: drawn.stat ?? stat, period: drawn.period ?? period }];
  });
}
