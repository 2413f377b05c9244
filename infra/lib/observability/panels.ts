import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';

/** A row of widgets, as the dashboard takes it. */
export type Row = cloudwatch.IWidget[];

/** The dashboard's grid is so wide. */
const WIDTH = 24;
const GRAPH_HEIGHT = 6;
const ALARM_HEIGHT = 3;

export function heading(text: string): Row {
  return [new cloudwatch.TextWidget({ markdown: `## ${text}`, width: WIDTH, height: 1 })];
}

/** Side by side, of one width. */
export function graphs(...each: readonly cloudwatch.GraphWidgetProps[]): Row {
  const width = WIDTH / each.length;
  return each.map((props) => new cloudwatch.GraphWidget({ width, height: GRAPH_HEIGHT, ...props }));
}

export function alarmsIn(title: string, alarms: readonly cloudwatch.Alarm[]): Row {
  return [new cloudwatch.AlarmStatusWidget({ title, alarms: [...alarms], width: WIDTH, height: ALARM_HEIGHT })];
}

/** Those of one measure put together, such as the sum over all sources. `id` names them, each graph's own. */
export function together(
  how: 'SUM' | 'MAX',
  id: string,
  metrics: readonly cloudwatch.IMetric[],
  options: Pick<cloudwatch.MathExpressionProps, 'label' | 'period'>,
): cloudwatch.MathExpression {
  const named = metrics.map((metric, position) => [`${id}${position}`, metric] as const);
  return new cloudwatch.MathExpression({
    expression: `${how}([${named.map(([name]) => name).join(', ')}])`,
    usingMetrics: Object.fromEntries(named),
    ...options,
  });
}
