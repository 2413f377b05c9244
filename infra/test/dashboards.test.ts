import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readDataSets } from '../lib/dashboards/datasets';
import { shownKpis } from '../lib/dashboards/kpis';
import { TABLES } from '../lib/layout';
import { readSources } from '../lib/sources';
import { ROOT, synth } from './synth';
import {
  calculatedOf,
  columnsUsed,
  DataSetOf,
  dataSetsOf,
  Definition,
  filtersOn,
  idOf,
  Json,
  kindOf,
  objectsIn,
  Resource,
  visualsOf,
} from './boards';

interface KpiYaml {
  readonly kpis: Record<string, {
    readonly headline: { readonly measure: string; readonly unit: string };
    readonly breakdown?: { readonly measure: string; readonly by: string };
  }>;
}

const SETTINGS = parse(readFileSync(join(ROOT, 'kpi.yaml'), 'utf8')) as KpiYaml;
const PROD = synth('prod');
const TEMPLATE = PROD.template('dashboards').toJSON() as { readonly Resources: Record<string, Resource> };
const RESOURCES = Object.values(TEMPLATE.Resources);
const DASHBOARD = only('AWS::QuickSight::Dashboard');
const DEFINITION = DASHBOARD.Properties.Definition as unknown as Definition;
const DATA_SETS = dataSetsOf(TEMPLATE.Resources, DEFINITION);

function all(type: string): readonly Resource[] {
  return RESOURCES.filter((resource) => resource.Type === type);
}

function only(type: string): Resource {
  const found = all(type);
  assert.equal(found.length, 1, type);
  return found[0]!;
}

function unique(values: readonly string[], what: string): void {
  assert.deepEqual(values.filter((value, index) => values.indexOf(value) !== index), [], `${what} twice`);
}

function about(kind: string, kpi: string, measure: string, toldBy: string): readonly string[] {
  return visualsOf(DEFINITION)
    .filter((visual) => kindOf(visual) === kind)
    .map(idOf)
    .filter((id) => {
      const { kpi: kpis, measure: measures, told_by: ways } = filtersOn(DEFINITION, id);
      return kpis?.join() === kpi && measures?.join() === measure && ways?.includes(toldBy);
    });
}

test('each KPI has its newest value, its days, and what it is made of, as kpi.yaml says', () => {
  const models = readdirSync(join(ROOT, 'models/kpi')).map((file) => file.replace(/^\d+_|\.sql$/g, ''));
  assert.deepEqual(Object.keys(SETTINGS.kpis).sort(), models.sort());
  for (const [kpi, { headline, breakdown }] of Object.entries(SETTINGS.kpis)) {
    assert.equal(about('KPIVisual', kpi, headline.measure, 'all').length, 1, `${kpi}: newest value`);
    assert.equal(about('LineChartVisual', kpi, headline.measure, 'all').length, 1, `${kpi}: days`);
    if (breakdown) {
      assert.equal(about('BarChartVisual', kpi, breakdown.measure, breakdown.by).length, 1, `${kpi}: breakdown`);
    }
  }
});

test('titles are those of the models, and numbers look like what their unit is', () => {
  for (const [kpi, { headline }] of Object.entries(SETTINGS.kpis)) {
    const [file] = readdirSync(join(ROOT, 'models/kpi')).filter((name) => name.endsWith(`_${kpi}.sql`));
    const title = /^-- (.*)/.exec(readFileSync(join(ROOT, 'models/kpi', file!), 'utf8'))?.[1];
    const [id] = about('KPIVisual', kpi, headline.measure, 'all');
    const visual = visualsOf(DEFINITION).find((one) => idOf(one) === id);
    const text = JSON.stringify(visual);
    assert.ok(text.includes(`. ${title}"`), `${kpi}: ${title}`);
    const looks = { share: text.includes('PercentageDisplayFormat'), seconds: text.includes('"Suffix":" s"') };
    assert.deepEqual(looks, { share: headline.unit === 'share', seconds: headline.unit === 'seconds' }, kpi);
  }
});

test('analysis and dashboard show the same', () => {
  assert.deepEqual(only('AWS::QuickSight::Analysis').Properties.Definition, DASHBOARD.Properties.Definition);
});

test('every column that is shown, filtered or calculated with is one of its data set', () => {
  const used = columnsUsed(DEFINITION);
  assert.ok(used.length > 100);
  for (const { DataSetIdentifier: of, ColumnName: column } of used) {
    const known = [...DATA_SETS[of]!.columns, ...calculatedOf(DEFINITION, of).map(({ Name }) => Name)];
    assert.ok(known.includes(column), `${of}.${column}`);
  }
  for (const { DataSetIdentifier: of, Name, Expression } of DEFINITION.CalculatedFields) {
    const columns = [...Expression.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!);
    const known = DATA_SETS[of]!.columns;
    assert.ok(columns.length > 0 && columns.every((column) => known.includes(column)), `${of}.${Name}`);
    assert.ok(!known.includes(Name), `${of}.${Name} hides a column`);
  }
});

test('every column of a data set is one that its SQL answers with, in that order', () => {
  assert.ok(Object.keys(DATA_SETS).length >= 4);
  for (const [name, { columns, sql }] of Object.entries(DATA_SETS)) {
    assert.deepEqual(selected(sql), columns, name);
    assert.ok(!/[:$]\{?[a-z_]+/.test(sql), `${name} has parameters, which nobody gives`);
  }
});

/** What a SELECT answers with: the word that ends each part of its list. */
function selected(sql: string): readonly string[] {
  const list = /^SELECT (.*?)\nFROM /s.exec(sql)?.[1] ?? '';
  const parts = list.split(/,\n {7}(?! )/);
  return parts.map((part) => /(\w+)"?$/.exec(part)?.[1] ?? part);
}

test('every dimension of a KPI is a column', () => {
  for (const kpi of readdirSync(join(ROOT, 'models/kpi'))) {
    const header = readFileSync(join(ROOT, 'models/kpi', kpi), 'utf8').split('\nWITH ')[0]!;
    const columns = [...header.matchAll(/^-- ([a-z_]+) +(?:string|date|double) /gm)].map((found) => found[1]!);
    assert.ok(columns.includes('measure'), kpi);
    const missing = columns.filter((column) => ![...DATA_SETS.kpis!.columns, 'day'].includes(column));
    assert.deepEqual(missing, [], kpi);
  }
});

test('shares are made of their parts, and nothing is averaged', () => {
  const measures = objectsIn(DEFINITION, 'NumericalMeasureField');
  const shares = measures.filter((field) => JSON.stringify(field).includes('PercentageDisplayFormat'));
  assert.ok(shares.length > 10);
  for (const field of measures) {
    assert.ok(!/AVERAGE|MEDIAN|avg\(/.test(JSON.stringify(field)), JSON.stringify(field));
  }
  for (const field of shares) {
    const column = field.Column as Json;
    const { Expression = '' } = calculatedOf(DEFINITION, String(column.DataSetIdentifier))
      .find(({ Name }) => Name === column.ColumnName) ?? {};
    const ofOneDay = ['value', 'newest_value'].includes(String(column.ColumnName));
    assert.ok(ofOneDay || /^sum\(\{\w+\}\) \/ sum\(\{\w+\}\)$/.test(Expression), JSON.stringify(column));
    assert.equal(field.AggregationFunction !== undefined, ofOneDay, JSON.stringify(field));
  }
});

test('what is said of putting days together is said of measures that are there', () => {
  const said = parse(readFileSync(join(ROOT, 'infra/dashboards/together.yaml'), 'utf8')) as Record<string, Json>;
  for (const [kpi, ways] of Object.entries(said)) {
    for (const [what, way] of Object.entries(ways)) {
      const [measure, by] = what.split(' by ');
      const shown = visualsOf(DEFINITION).map(idOf).map((id) => filtersOn(DEFINITION, id)).filter((filters) =>
        filters.kpi?.join() === kpi && filters.measure?.join() === measure && filters.told_by?.includes(by ?? 'all'));
      assert.ok(shown.length > 0 && ['count', 'rate'].includes(String(way)), `${kpi}: ${what}: ${way}`);
    }
  }
});

test('ids are unique, and those of the account begin with the stage', () => {
  const visuals = visualsOf(DEFINITION);
  unique(visuals.map(idOf), 'visual');
  unique(DEFINITION.Sheets.map(({ SheetId }) => SheetId), 'sheet');
  unique(DEFINITION.FilterGroups.map(({ FilterGroupId }) => FilterGroupId), 'filter group');
  unique(objectsWith(DEFINITION.FilterGroups, 'FilterId'), 'filter');
  unique(objectsWith(DEFINITION.Sheets, 'FilterControlId'), 'control');
  for (const visual of visuals) {
    unique(objectsWith(fieldWellsOf(visual), 'FieldId'), `field of ${idOf(visual)}`);
  }
  const ids = ['DataSourceId', 'DataSetId', 'AnalysisId', 'DashboardId'].flatMap((key) =>
    RESOURCES.filter(({ Type }) => Type !== 'AWS::QuickSight::RefreshSchedule')
      .flatMap(({ Properties }) => (Properties[key] === undefined ? [] : [`${key} ${String(Properties[key])}`])));
  unique(ids, 'id');
  assert.equal(ids.length, Object.keys(DATA_SETS).length + 3);
  assert.ok(ids.every((id) => id.split(' ')[1]?.startsWith('leadlake-prod')), ids.join());
});

function objectsWith(from: unknown, key: string): readonly string[] {
  return JSON.stringify(from).match(new RegExp(`"${key}":"[^"]+"`, 'g')) ?? [];
}

function fieldWellsOf(visual: Json): unknown {
  const [one] = Object.values(visual) as readonly { readonly ChartConfiguration: { readonly FieldWells: Json } }[];
  return one!.ChartConfiguration.FieldWells;
}

test('every control moves a filter of its sheet, and every filter finds its visuals there', () => {
  for (const sheet of DEFINITION.Sheets) {
    const here = DEFINITION.FilterGroups.filter(({ ScopeConfiguration }) =>
      JSON.stringify(ScopeConfiguration).includes(`"SheetId":"${sheet.SheetId}"`));
    const filters = objectsWith(here, 'FilterId').map((found) => found.split('"')[3]);
    const moved = objectsWith(sheet, 'SourceFilterId').map((found) => found.split('"')[3]);
    assert.ok(moved.length > 0 && moved.every((id) => filters.includes(id)), `${sheet.SheetId}: ${moved.join()}`);
    const ids = sheet.Visuals.map(idOf);
    const named = here.flatMap((group) => group.ScopeConfiguration.SelectedSheets.SheetVisualScopingConfigurations)
      .flatMap(({ VisualIds = [] }) => VisualIds);
    assert.ok(named.every((id) => ids.includes(id)), sheet.SheetId);
  }
  const controls = JSON.stringify(DEFINITION.Sheets.map(({ FilterControls }) => FilterControls));
  assert.match(controls, /RelativeDateTime.*Days/);
  assert.equal(controls.match(/"Dropdown"/g)?.length, DEFINITION.Sheets.length);
});

test('each visual has a place of its own on its sheet', () => {
  for (const { SheetId, Visuals, Layouts } of DEFINITION.Sheets) {
    const places = Layouts[0]!.Configuration.GridLayout.Elements;
    assert.deepEqual(places.map(({ ElementId }) => ElementId).sort(), Visuals.map(idOf).sort());
    const cells = places.flatMap((place) =>
      Array.from({ length: place.ColumnSpan }, (_, column) => `${place.RowIndex}:${place.ColumnIndex + column}`));
    unique(cells, `${SheetId}: cell`);
    assert.ok(places.every((place) => place.ColumnIndex + place.ColumnSpan <= 36), SheetId);
  }
});

test('it stays below what QuickSight and CloudFormation take', () => {
  assert.ok(DEFINITION.Sheets.length <= 20 && DEFINITION.Sheets.every(({ Visuals }) => Visuals.length <= 50));
  assert.ok(DEFINITION.CalculatedFields.length <= 500 && DEFINITION.FilterGroups.length <= 2000);
  assert.ok(JSON.stringify(TEMPLATE, null, 1).length < 1_000_000);
});

test('each data set is kept in SPICE and filled anew each day', () => {
  const schedules = all('AWS::QuickSight::RefreshSchedule').map(({ Properties }) => Properties);
  const sets = all('AWS::QuickSight::DataSet').map(({ Properties }) => Properties);
  assert.deepEqual(schedules.map(({ DataSetId }) => DataSetId).sort(), sets.map(({ DataSetId }) => DataSetId).sort());
  assert.ok(sets.every(({ ImportMode }) => ImportMode === 'SPICE'));
  for (const { Schedule } of schedules) {
    const { RefreshType, ScheduleFrequency } = Schedule as Json;
    assert.equal(RefreshType, 'FULL_REFRESH');
    assert.deepEqual(ScheduleFrequency, {
      Interval: 'DAILY',
      TimeOfTheDay: PROD.config.dashboards?.refreshAt,
      TimeZone: PROD.config.schedule.timezone,
    });
  }
});

test('what is made belongs to the group of the configuration, and to nobody else', () => {
  const owned = RESOURCES.filter(({ Type }) => /::(DataSource|DataSet|Analysis|Dashboard)$/.test(Type));
  assert.equal(owned.length, Object.keys(DATA_SETS).length + 3);
  for (const { Type, Properties } of owned) {
    const [permission, ...others] = Properties.Permissions as readonly Json[];
    assert.deepEqual(others, [], Type);
    assert.ok(JSON.stringify(permission!.Principal).includes(`:group/default/${PROD.config.dashboards?.ownerGroup}"`));
    assert.match(JSON.stringify(permission!.Actions), /^\["quicksight:[A-Za-z]+"(,"quicksight:[A-Za-z]+")*\]$/, Type);
  }
});

test('nothing that tells who a person is comes near it', () => {
  const ofContracts = readSources(join(ROOT, 'contracts')).flatMap(({ columns }) => columns);
  const personal = new Set([
    'lead_id',
    ...TABLES.flatMap((table) => table.personal),
    ...ofContracts.filter((column) => column.personal).map(({ name }) => name),
  ]);
  assert.ok(personal.size > 8);
  for (const [name, { columns, sql }] of Object.entries(DATA_SETS)) {
    assert.deepEqual(columns.filter((column) => personal.has(column)), [], name);
    assert.deepEqual((sql.match(/\w+/g) ?? []).filter((word) => personal.has(word)), [], name);
    const tables = TABLES.filter((table) => tablesOf({ columns, sql }).includes(table.name));
    assert.ok(tables.length > 0 && tables.every((table) => table.personal.length === 0), name);
  }
});

function tablesOf({ sql }: DataSetOf): readonly string[] {
  return [...sql.matchAll(/"leadlake_prod"\."(\w+)"/g)].map((found) => found[1]!);
}

test('a data set that reads a table about people is refused', () => {
  const root = copyOf('infra/dashboards');
  const file = join(root, 'infra/dashboards/attribution.sql');
  writeFileSync(file, readFileSync(file, 'utf8').replace('FROM gold_attribution', 'FROM gold_sales_dashboard'));
  assert.throws(() => readDataSets(root), /attribution\.sql: gold_sales_dashboard tells who people are/);
});

test('another headline in kpi.yaml is another headline on the board', () => {
  const root = copyOf('kpi.yaml', 'models', 'infra/dashboards');
  const file = join(root, 'kpi.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('{measure: p95, unit', '{measure: p99, unit'));
  const headline = (folder: string) => shownKpis(folder).find(({ name }) => name === 'processing_latency')?.headline;
  assert.deepEqual([headline(ROOT)?.measure, headline(root)?.measure], ['p95', 'p99']);
});

function copyOf(...parts: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'leadlake-boards-'));
  for (const part of parts) {
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  }
  return root;
}

for (const governance of [false, true]) {
  const by = governance ? 'Lake Formation' : 'folders';
  test(`QuickSight asks as a role of its own, which reads by ${by} these tables and nothing beside them`, () => {
    const { Resources } = synth('prod', { config: { governance } }).template('dashboards').toJSON() as typeof TEMPLATE;
    const resources = Object.values(Resources);
    const tables = Object.values(DATA_SETS).flatMap(tablesOf).sort();
    const [reader, role] = Object.entries(Resources).find(([, { Type }]) => Type === 'AWS::IAM::Role')!;
    const trust = role.Properties.AssumeRolePolicyDocument as { readonly Statement: readonly Json[] };
    assert.deepEqual(trust.Statement.map(({ Principal, Condition }) => ({ Principal, Condition })), [{
      Principal: { Service: 'quicksight.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    }]);
    assert.deepEqual(objectsIn(resources, 'AthenaParameters')[0]!.RoleArn, { 'Fn::GetAtt': [reader, 'Arn'] });

    const read = allowed(resources, /^s3:GetObject/).map((resource) => /(\/[^"]*)"\]\]\}$/.exec(resource)?.[1]);
    const folders = TABLES.filter(({ name }) => tables.includes(name)).map(({ folder }) => `/${folder}/*`);
    assert.deepEqual(read.sort(), ['/analyst/*', ...(governance ? [] : folders)].sort());
    const named = allowed(resources, /^glue:GetPartition$/).flatMap((one) => /_prod\/(\w+)"/.exec(one)?.[1] ?? []);
    assert.deepEqual(named.filter((name) => !name.endsWith('_versions')).sort(), tables);
    assert.deepEqual(allowed(resources, /\*/), []);
    const takesNoResource = /^(?!lakeformation:GetDataAccess$|athena:List(WorkGroups|DataCatalogs|EngineVersions)$)/;
    assert.deepEqual(allowed(resources, takesNoResource).filter((resource) => resource === '"*"'), []);
    assert.deepEqual(allowed(resources, /^athena:ListWorkGroups$/), ['"*"']);

    const grants = resources.filter(({ Type }) => Type === 'AWS::LakeFormation::PrincipalPermissions');
    assert.deepEqual(objectsIn(grants, 'Table').map(({ Name }) => Name).sort(), governance ? tables : []);
    const rights = grants.flatMap(({ Properties }) => Properties.Permissions as readonly string[]);
    assert.ok(rights.every((right) => ['DESCRIBE', 'SELECT'].includes(right)), rights.join());
  });
}

/** Where the policies allow such actions. */
function allowed(resources: readonly Resource[], action: RegExp): readonly string[] {
  return resources
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { readonly Statement: readonly Json[] }).Statement)
    .filter(({ Action }) => [Action].flat().some((name) => action.test(String(name))))
    .flatMap(({ Resource }) => [Resource].flat().map((resource) => JSON.stringify(resource)));
}

test('a stage without dashboards has none', () => {
  assert.equal(synth('dev').stacks.dashboards, undefined);
});
