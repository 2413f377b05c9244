import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { Kpi } from '../kpis';
import { Bell, HOUR, NO_DATA, Rule } from './bell';
import { stateOfKpi } from './metrics';

/** What the catalog function tells where a KPI is only worth a look; more is an alarm. */
const WATCH = 1;

/** Thresholds are those of `kpi.yaml`, which the catalog function holds the numbers against. */
export function addKpiAlarms(bell: Bell, config: StageConfig, kpis: readonly Kpi[]): readonly cloudwatch.Alarm[] {
  const rule = (kpi: Kpi): Rule => ({
    says: `On the newest day that is over, ${kpi.name} was beyond the bound that kpi.yaml calls an alarm.`,
    metric: stateOfKpi(config, kpi.name, { period: HOUR }),
    rings: { above: WATCH },
    noData: NO_DATA.changesNothing,
  });
  return kpis.map((kpi) => bell.hang('kpi', kpi.name.replaceAll('_', '-'), rule(kpi), 'kpi-kpi'));
}
