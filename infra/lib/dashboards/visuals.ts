import { aws_quicksight as quicksight } from 'aws-cdk-lib';
import { ColumnOf, day, measure, text, Value, valueId } from './fields';

type Visual = quicksight.CfnAnalysis.VisualProperty;
type Dimension = quicksight.CfnAnalysis.DimensionFieldProperty;
type Measure = quicksight.CfnAnalysis.MeasureFieldProperty;

interface Words {
  /** Unique among all visuals. */
  readonly id: string;
  readonly title: string;
  readonly subtitle?: string;
}

export interface Bound {
  readonly says: 'watch' | 'alarm';
  readonly value: number;
}

const COLOURS: Readonly<Record<Bound['says'], string>> = { watch: '#B7791F', alarm: '#C53030' };
const MOST_BARS = 20;

/** The newest day's value, beside that of the day before. */
export function tile(words: Words, value: Value, date: ColumnOf): Visual {
  const isCount = value.unit === 'count' || value.unit === 'seconds';
  return {
    kpiVisual: {
      ...labels(words),
      chartConfiguration: {
        fieldWells: { values: [measure(value)], targetValues: [], trendGroups: [day(date)] },
        kpiOptions: {
          comparison: { comparisonMethod: isCount ? 'PERCENT_DIFFERENCE' : 'DIFFERENCE' },
          primaryValueDisplayType: 'ACTUAL',
          sparkline: { type: 'LINE', visibility: 'HIDDEN' },
          trendArrows: { visibility: 'VISIBLE' },
        },
      },
    },
  };
}

export interface Lines {
  readonly values: readonly Value[];
  readonly along: Dimension;
  readonly colour?: ColumnOf;
  readonly bounds?: readonly Bound[];
}

export function lines(words: Words, { values, along, colour, bounds = [] }: Lines): Visual {
  return {
    lineChartVisual: {
      ...labels(words),
      chartConfiguration: {
        type: 'LINE',
        fieldWells: {
          lineChartAggregatedFieldWells: {
            category: [along],
            values: values.map(measure),
            colors: colour ? [text(colour)] : [],
          },
        },
        sortConfiguration: { categorySort: [ascending(along)] },
        referenceLines: bounds.map(referenceLine),
        legend: { visibility: colour || values.length > 1 ? 'VISIBLE' : 'HIDDEN' },
      },
    },
  };
}

export interface Bars {
  readonly value: Value;
  readonly along: Dimension;
  readonly colour?: ColumnOf;
  readonly arrangement?: 'CLUSTERED' | 'STACKED';
  /** Unless said, the largest comes first. */
  readonly inOrder?: boolean;
}

export function bars(words: Words, { value, along, colour, arrangement = 'CLUSTERED', inOrder = false }: Bars): Visual {
  return {
    barChartVisual: {
      ...labels(words),
      chartConfiguration: {
        orientation: inOrder ? 'VERTICAL' : 'HORIZONTAL',
        barsArrangement: arrangement,
        fieldWells: {
          barChartAggregatedFieldWells: {
            category: [along],
            values: [measure(value)],
            colors: colour ? [text(colour)] : [],
          },
        },
        sortConfiguration: {
          categorySort: [inOrder ? ascending(along) : { fieldSort: { fieldId: valueId(value), direction: 'DESC' } }],
          categoryItemsLimit: inOrder ? undefined : { itemsLimit: MOST_BARS, otherCategories: 'INCLUDE' },
        },
        dataLabels: { visibility: colour ? 'HIDDEN' : 'VISIBLE' },
        legend: { visibility: colour ? 'VISIBLE' : 'HIDDEN' },
      },
    },
  };
}

export interface Rows {
  readonly by: readonly Dimension[];
  readonly values: readonly Measure[];
  /** The field whose largest come first. */
  readonly newest?: Dimension;
}

export function table(words: Words, { by, values, newest }: Rows): Visual {
  return {
    tableVisual: {
      ...labels(words),
      chartConfiguration: {
        fieldWells: { tableAggregatedFieldWells: { groupBy: [...by], values: [...values] } },
        sortConfiguration: newest && { rowSort: [{ fieldSort: { fieldId: fieldId(newest), direction: 'DESC' } }] },
      },
    },
  };
}

export function idOf(visual: Visual): string {
  const one = visual.kpiVisual ?? visual.lineChartVisual ?? visual.barChartVisual ?? visual.tableVisual;
  if (!one || !('visualId' in one)) {
    throw new Error('a visual of a kind that no board has');
  }
  return one.visualId;
}

function labels({ id, title, subtitle }: Words) {
  return {
    visualId: id,
    title: { visibility: 'VISIBLE', formatText: { plainText: title } },
    subtitle: subtitle ? { visibility: 'VISIBLE', formatText: { plainText: subtitle } } : { visibility: 'HIDDEN' },
    visualContentAltText: subtitle ? `${title}. ${subtitle}` : title,
  };
}

function referenceLine({ says, value }: Bound): quicksight.CfnAnalysis.ReferenceLineProperty {
  return {
    status: 'ENABLED',
    dataConfiguration: { staticConfiguration: { value }, axisBinding: 'PRIMARY_YAXIS' },
    styleConfiguration: { pattern: 'DASHED', color: COLOURS[says] },
    labelConfiguration: { customLabelConfiguration: { customLabel: says }, horizontalPosition: 'LEFT' },
  };
}

function ascending(dimension: Dimension): quicksight.CfnAnalysis.FieldSortOptionsProperty {
  return { fieldSort: { fieldId: fieldId(dimension), direction: 'ASC' } };
}

function fieldId(dimension: Dimension): string {
  const one =
    dimension.dateDimensionField ?? dimension.categoricalDimensionField ?? dimension.numericalDimensionField;
  if (!one || !('fieldId' in one)) {
    throw new Error('a dimension of a kind that no board has');
  }
  return one.fieldId;
}
