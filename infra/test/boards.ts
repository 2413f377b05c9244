/** Reads a template's dashboard as CloudFormation would. */

export type Json = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly Type: string;
  readonly Properties: Json;
}

export interface Definition {
  readonly DataSetIdentifierDeclarations: readonly Declaration[];
  readonly CalculatedFields: readonly Calculated[];
  readonly FilterGroups: readonly FilterGroup[];
  readonly Sheets: readonly Sheet[];
}

interface Declaration {
  readonly Identifier: string;
  readonly DataSetArn: { readonly 'Fn::GetAtt': readonly [string, string] };
}

interface Calculated {
  readonly DataSetIdentifier: string;
  readonly Name: string;
  readonly Expression: string;
}

interface FilterGroup {
  readonly FilterGroupId: string;
  readonly Filters: readonly { readonly CategoryFilter?: CategoryFilter }[];
  readonly ScopeConfiguration: {
    readonly SelectedSheets: {
      readonly SheetVisualScopingConfigurations: readonly Scope[];
    };
  };
}

interface Scope {
  readonly SheetId: string;
  readonly VisualIds?: readonly string[];
}

interface CategoryFilter {
  readonly Column: ColumnUsed;
  readonly Configuration: { readonly FilterListConfiguration: { readonly CategoryValues?: readonly string[] } };
}

interface Sheet {
  readonly SheetId: string;
  readonly Visuals: readonly Json[];
  readonly FilterControls: readonly Json[];
  readonly Layouts: readonly Layout[];
}

interface Layout {
  readonly Configuration: { readonly GridLayout: { readonly Elements: readonly Place[] } };
}

interface Place {
  readonly ElementId: string;
  readonly ColumnIndex: number;
  readonly ColumnSpan: number;
  readonly RowIndex: number;
}

export interface ColumnUsed {
  readonly DataSetIdentifier: string;
  readonly ColumnName: string;
}

export interface DataSetOf {
  readonly columns: readonly string[];
  readonly sql: string;
}

/** By the names under which the definition knows them. */
export function dataSetsOf(
  resources: Readonly<Record<string, Resource>>,
  definition: Definition,
): Readonly<Record<string, DataSetOf>> {
  return Object.fromEntries(definition.DataSetIdentifierDeclarations.map(({ Identifier, DataSetArn }) => {
    const [sql] = objectsIn(resources[DataSetArn['Fn::GetAtt'][0]], 'CustomSql');
    const columns = sql!.Columns as readonly { readonly Name: string }[];
    return [Identifier, { columns: columns.map(({ Name }) => Name), sql: String(sql!.SqlQuery) }];
  }));
}

export function calculatedOf(definition: Definition, dataSet: string): readonly Calculated[] {
  return definition.CalculatedFields.filter(({ DataSetIdentifier }) => DataSetIdentifier === dataSet);
}

export function visualsOf(definition: Definition): readonly Json[] {
  return definition.Sheets.flatMap(({ Visuals }) => Visuals);
}

export function kindOf(visual: Json): string {
  return Object.keys(visual).join();
}

export function idOf(visual: Json): string {
  return String((Object.values(visual)[0] as Json).VisualId);
}

type Values = Readonly<Record<string, readonly string[] | undefined>>;

/** The values that each column may have on a visual. */
export function filtersOn(definition: Definition, visualId: string): Values {
  const groups = definition.FilterGroups.filter(({ ScopeConfiguration: { SelectedSheets } }) =>
    SelectedSheets.SheetVisualScopingConfigurations.some(({ VisualIds }) => VisualIds?.includes(visualId)));
  const filters = groups.flatMap(({ Filters }) => Filters.flatMap(({ CategoryFilter }) => CategoryFilter ?? []));
  return Object.fromEntries(filters.map(({ Column, Configuration }) =>
    [Column.ColumnName, Configuration.FilterListConfiguration.CategoryValues]));
}

export function columnsUsed(definition: Definition): readonly ColumnUsed[] {
  return objectsIn(definition, 'Column') as readonly unknown[] as readonly ColumnUsed[];
}

/** Every object that stands under such a key, however deep. */
export function objectsIn(from: unknown, key: string): readonly Json[] {
  if (typeof from !== 'object' || from === null) {
    return [];
  }
  return Object.entries(from).flatMap(([name, inside]: [string, unknown]) => {
    const deeper = objectsIn(inside, key);
    return name === key && typeof inside === 'object' && inside !== null ? [inside as Json, ...deeper] : deeper;
  });
}
