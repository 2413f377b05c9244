import { aws_quicksight as quicksight } from 'aws-cdk-lib';
import { Unit } from '../kpis';

type Dimension = quicksight.CfnAnalysis.DimensionFieldProperty;
type Measure = quicksight.CfnAnalysis.MeasureFieldProperty;

/** Of which data set a column is; calculated ones are columns too. */
export interface ColumnOf {
  readonly of: string;
  readonly column: string;
}

export interface Value extends ColumnOf {
  readonly unit: Unit;
  /** None: what is calculated is an aggregate already. */
  readonly by?: 'SUM' | 'MIN' | 'MAX';
}

export function identifier({ of, column }: ColumnOf): quicksight.CfnAnalysis.ColumnIdentifierProperty {
  return { dataSetIdentifier: of, columnName: column };
}

export function text(column: ColumnOf): Dimension {
  return { categoricalDimensionField: { fieldId: column.column, column: identifier(column) } };
}

/** Where a band begins. */
export function step(column: ColumnOf): Dimension {
  return { numericalDimensionField: { fieldId: column.column, column: identifier(column) } };
}

export function day(column: ColumnOf): Dimension {
  return { dateDimensionField: { fieldId: column.column, column: identifier(column), dateGranularity: 'DAY' } };
}

export function newestDay(column: ColumnOf): Measure {
  return {
    dateMeasureField: { fieldId: `newest_${column.column}`, column: identifier(column), aggregationFunction: 'MAX' },
  };
}

export function valueId({ column }: Value): string {
  return `value_of_${column}`;
}

export function measure(value: Value): Measure {
  return {
    numericalMeasureField: {
      fieldId: valueId(value),
      column: identifier(value),
      aggregationFunction: value.by && { simpleNumericalAggregation: value.by },
      formatConfiguration: { formatConfiguration: FORMATS[value.unit] },
    },
  };
}

const SEPARATED = { thousandsSeparator: { symbol: 'COMMA', visibility: 'VISIBLE' } };

function number(decimalPlaces: number, suffix?: string): quicksight.CfnAnalysis.NumericFormatConfigurationProperty {
  return {
    numberDisplayFormatConfiguration: {
      decimalPlacesConfiguration: { decimalPlaces },
      separatorConfiguration: SEPARATED,
      numberScale: 'NONE',
      suffix,
    },
  };
}

const FORMATS: Readonly<Record<Unit, quicksight.CfnAnalysis.NumericFormatConfigurationProperty>> = {
  count: number(0),
  share: { percentageDisplayFormatConfiguration: { decimalPlacesConfiguration: { decimalPlaces: 1 } } },
  seconds: number(1, ' s'),
  ratio: number(3),
  points: number(1),
};
