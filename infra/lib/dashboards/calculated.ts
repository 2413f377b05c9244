import { aws_quicksight as quicksight } from 'aws-cdk-lib';
import { Better, Unit } from '../kpis';
import { Value } from './fields';
import { Shown } from './kpis';

interface Calculated {
  readonly of: string;
  readonly name: string;
  readonly expression: string;
}

/** Shares and means are made of their parts: these are added up, then divided. */
const CALCULATED: readonly Calculated[] = [
  { of: 'kpis', name: 'rate', expression: 'sum({numerator}) / sum({denominator})' },
  {
    of: 'kpis',
    name: 'newest_value',
    expression: 'ifelse({date} = maxOver({date}, [{kpi}, {measure}], PRE_AGG), {value}, NULL)',
  },
  { of: 'kpis', name: 'delivered_on', expression: 'ifelse({value} > 0, {date}, NULL)' },
  { of: 'scores', name: 'conversion_of_decided', expression: 'sum({converted}) / sum({decided})' },
  { of: 'scores', name: 'foretold_of_decided', expression: 'sum({probability_before}) / sum({decided})' },
  { of: 'conversion_metrics', name: 'conversion_rate', expression: 'sum({converted}) / sum({leads})' },
  { of: 'conversion_metrics', name: 'hot_share', expression: 'sum({hot}) / sum({leads})' },
  { of: 'conversion_metrics', name: 'average_score', expression: 'sum({score_total}) / sum({leads})' },
];

export function calculatedFields(): quicksight.CfnAnalysis.CalculatedFieldProperty[] {
  return CALCULATED.map(({ of, name, expression }) => ({ dataSetIdentifier: of, name, expression }));
}

export function calculated(of: string, column: string, unit: Unit): Value {
  return { of, column, unit };
}

export function summed(of: string, column: string, unit: Unit = 'count'): Value {
  return { of, column, unit, by: 'SUM' };
}

/** One value for several days, over which something else is told apart. */
export function overDays({ unit, together }: Omit<Shown, 'measure'>): Value {
  switch (together) {
    case 'count':
      return summed('kpis', 'numerator', unit);
    case 'rate':
      return calculated('kpis', 'rate', unit);
    case 'newest':
      return { ...calculated('kpis', 'newest_value', unit), by: 'MAX' };
  }
}

/** A value for each day. Where somebody puts days together that do not add up, the worst of them stands for all. */
export function eachDay({ unit, together, better }: Omit<Shown, 'measure'> & { readonly better: Better }): Value {
  if (together !== 'newest') {
    return overDays({ unit, together });
  }
  return { of: 'kpis', column: 'value', unit, by: better === 'higher' ? 'MIN' : 'MAX' };
}
