import { aws_quicksight as quicksight } from 'aws-cdk-lib';
import { ColumnOf, identifier } from './fields';
import { idOf } from './visuals';

type Filter = quicksight.CfnAnalysis.FilterProperty;
type FilterGroup = quicksight.CfnAnalysis.FilterGroupProperty;
type FilterControl = quicksight.CfnAnalysis.FilterControlProperty;

export interface Sheet {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly rows: readonly (readonly Part[])[];
  readonly controls: readonly Control[];
}

export interface Part {
  readonly visual: quicksight.CfnAnalysis.VisualProperty;
  /** Of the sheet's 36 columns. */
  readonly width: number;
  /** The data set whose rows are looked through. */
  readonly of?: string;
  /** Rows that it is about, by what their columns hold; unset, all are. */
  readonly only?: Readonly<Record<string, readonly string[] | 'any'>>;
}

export interface Control {
  readonly id: string;
  readonly title: string;
  readonly column: ColumnOf;
  /** The last so many days, or one value, or all of them until somebody chooses. */
  readonly shows: { readonly lastDays: number } | { readonly one: string } | 'all';
  /** All of the sheet unless said, and of all data sets that have such a column. */
  readonly visuals?: readonly string[];
}

/** High enough for a chart with its title and subtitle. */
const HEIGHT = 9;

export function sheetOf(sheet: Sheet): quicksight.CfnAnalysis.SheetDefinitionProperty {
  return {
    sheetId: sheet.id,
    name: sheet.name,
    description: sheet.description,
    contentType: 'INTERACTIVE',
    visuals: sheet.rows.flat().map(({ visual }) => visual),
    filterControls: sheet.controls.map(controlOf),
    layouts: [{
      configuration: {
        gridLayout: {
          canvasSizeOptions: { screenCanvasSizeOptions: { resizeOption: 'RESPONSIVE' } },
          elements: sheet.rows.flatMap(placesOf),
        },
      },
    }],
  };
}

export function filtersOf(sheet: Sheet): readonly FilterGroup[] {
  const ofParts = sheet.rows.flat().flatMap((part) => part.only ? [onlyOf(sheet, part, part.only)] : []);
  return [...ofParts, ...sheet.controls.map((control) => filteredBy(sheet, control))];
}

function placesOf(row: readonly Part[], index: number): quicksight.CfnAnalysis.GridLayoutElementProperty[] {
  return row.map(({ visual, width }, place) => ({
    elementId: idOf(visual),
    elementType: 'VISUAL',
    columnIndex: row.slice(0, place).reduce((sum, before) => sum + before.width, 0),
    columnSpan: width,
    rowIndex: index * HEIGHT,
    rowSpan: HEIGHT,
  }));
}

function onlyOf(sheet: Sheet, { visual, of }: Part, only: NonNullable<Part['only']>): FilterGroup {
  const id = idOf(visual);
  if (of === undefined) {
    throw new Error(`${id} leaves rows out: say of which data set`);
  }
  return {
    filterGroupId: `only-${id}`,
    crossDataset: 'SINGLE_DATASET',
    status: 'ENABLED',
    filters: Object.entries(only).map(([column, values]) => {
      const filterId = `only-${id}-${column}`;
      return values === 'any' ? anyOf(filterId, { of, column }) : oneOf(filterId, { of, column }, values);
    }),
    scopeConfiguration: scopeOf(sheet.id, [id]),
  };
}

function filteredBy(sheet: Sheet, { id, column, shows, visuals }: Control): FilterGroup {
  const filterId = filterIdOf(id);
  const filter = (): Filter => {
    if (shows === 'all') {
      return allOf(filterId, column);
    }
    return 'one' in shows ? oneOf(filterId, column, [shows.one]) : lastDays(filterId, column, shows.lastDays);
  };
  return {
    filterGroupId: `by-${id}`,
    crossDataset: visuals ? 'SINGLE_DATASET' : 'ALL_DATASETS',
    status: 'ENABLED',
    filters: [filter()],
    scopeConfiguration: scopeOf(sheet.id, visuals),
  };
}

function controlOf({ id, title, shows }: Control): FilterControl {
  const control = { filterControlId: `choose-${id}`, sourceFilterId: filterIdOf(id), title };
  if (shows !== 'all' && 'lastDays' in shows) {
    return { relativeDateTime: control };
  }
  return { dropdown: { ...control, type: shows === 'all' ? 'MULTI_SELECT' : 'SINGLE_SELECT' } };
}

function filterIdOf(control: string): string {
  return `filter-${control}`;
}

function oneOf(filterId: string, column: ColumnOf, values: readonly string[]): Filter {
  return listed(filterId, column, { categoryValues: [...values], nullOption: 'NON_NULLS_ONLY' });
}

function anyOf(filterId: string, column: ColumnOf): Filter {
  return listed(filterId, column, { selectAllOptions: 'FILTER_ALL_VALUES', nullOption: 'NON_NULLS_ONLY' });
}

function allOf(filterId: string, column: ColumnOf): Filter {
  return listed(filterId, column, { selectAllOptions: 'FILTER_ALL_VALUES', nullOption: 'ALL_VALUES' });
}

function listed(
  filterId: string,
  column: ColumnOf,
  list: Omit<quicksight.CfnAnalysis.FilterListConfigurationProperty, 'matchOperator'>,
): Filter {
  const configuration = { filterListConfiguration: { ...list, matchOperator: 'CONTAINS' } };
  return { categoryFilter: { filterId, column: identifier(column), configuration } };
}

function lastDays(filterId: string, column: ColumnOf, days: number): Filter {
  return {
    relativeDatesFilter: {
      filterId,
      column: identifier(column),
      anchorDateConfiguration: { anchorOption: 'NOW' },
      relativeDateType: 'LAST',
      relativeDateValue: days,
      timeGranularity: 'DAY',
      minimumGranularity: 'DAY',
      nullOption: 'NON_NULLS_ONLY',
    },
  };
}

function scopeOf(
  sheetId: string,
  visualIds?: readonly string[],
): quicksight.CfnAnalysis.FilterScopeConfigurationProperty {
  const scope = visualIds ? { scope: 'SELECTED_VISUALS', visualIds: [...visualIds] } : { scope: 'ALL_VISUALS' };
  return { selectedSheets: { sheetVisualScopingConfigurations: [{ sheetId, ...scope }] } };
}
