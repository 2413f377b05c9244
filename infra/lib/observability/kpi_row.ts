import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { Kpi } from '../kpis';
import { DAY, HOUR } from './bell';
import { stateOfKpi, valueOfKpi } from './metrics';
import { alarmsIn, graphs, heading, Row } from './panels';

/** The newest day that is over, as `gold_kpi` has it. */
export function kpiRow(
  config: StageConfig,
  kpis: readonly Kpi[],
  alarms: readonly cloudwatch.Alarm[],
): readonly Row[] {
  const headline = ({ name, headline: { measure, unit } }: Kpi) =>
    valueOfKpi(config, name, measure, { period: DAY, label: `${name}: ${measure} (${unit})` });
  const state = ({ name }: Kpi) => stateOfKpi(config, name, { period: HOUR, label: name });
  return [
    heading('KPIs'),
    alarmsIn('Alarms of KPIs', alarms),
    [
      new cloudwatch.SingleValueWidget({
        title: 'The newest day that is over',
        metrics: kpis.map(headline),
        sparkline: true,
        width: 24,
        height: 8,
      }),
    ],
    graphs({
      title: 'States: 0 well or unknown, 1 worth a look, 2 an alarm',
      left: kpis.map(state),
      leftYAxis: { min: 0, max: 2 },
    }),
  ];
}
