import { Better } from '../kpis';
import { eachDay, overDays } from './calculated';
import { day, measure, text } from './fields';
import { ShownKpi } from './kpis';
import { Control, Part, Sheet } from './sheet';
import { bars, lines, table, tile } from './visuals';

const OF = 'kpis';
const DATE = { of: OF, column: 'date' };
const TILE = 8;
const WHOLE = 36;
const THIRD = 12;

const SAYS: Readonly<Record<Better, string>> = { higher: 'Higher is better.', lower: 'Lower is better.', neither: '' };

/** A row for each KPI: its newest value, its days, and what it is made of. */
export function kpiSheet(kpis: readonly ShownKpi[]): Sheet {
  const bySource = kpis.filter(hasSources).flatMap(({ name }) => [tileId(name), daysId(name)]);
  return {
    id: 'kpis',
    name: 'KPIs',
    description: 'Each KPI as it was on the newest day that is over, how it got there, and what it is made of.',
    rows: [...kpis.map(rowOf), [worthALook()], [corrections()]],
    controls: [days('kpis'), { ...oneSource(), visuals: bySource }],
  };
}

/** All data sets with days of their own call them alike. */
export function days(sheet: string): Control {
  return { id: `${sheet}-days`, title: 'Days', column: DATE, shows: { lastDays: 90 } };
}

function oneSource(): Control {
  return { id: 'kpis-source', title: 'Source', column: { of: OF, column: 'source' }, shows: { one: 'all' } };
}

function rowOf({ name, title, question, headline, breakdown, bounds }: ShownKpi, index: number): readonly Part[] {
  const value = eachDay(headline);
  const only = {
    kpi: [name],
    measure: [headline.measure],
    told_by: hasSources({ headline, breakdown }) ? ['all', 'source'] : ['all'],
  };
  const newest: Part = {
    visual: tile(
      { id: tileId(name), title: `${index + 1}. ${title}`, subtitle: `${question} ${SAYS[headline.better]}`.trim() },
      value,
      DATE,
    ),
    width: TILE,
    of: OF,
    only,
  };
  const byDay = (width: number): Part => ({
    visual: lines(
      { id: daysId(name), title: `${title} by day`, subtitle: `${headline.measure}, ${headline.unit}` },
      { values: [value], along: day(DATE), bounds },
    ),
    width,
    of: OF,
    only,
  });
  if (!breakdown) {
    return [newest, byDay(WHOLE - TILE)];
  }
  const range = breakdown.together === 'newest' ? 'newest day' : 'all days shown';
  const parts: Part = {
    visual: bars(
      {
        id: `${name}-by-${breakdown.by}`,
        title: `${title} by ${breakdown.by}`,
        subtitle: `${breakdown.measure}, ${breakdown.unit}, ${range}`,
      },
      { value: overDays(breakdown), along: text({ of: OF, column: breakdown.by }) },
    ),
    width: THIRD,
    of: OF,
    only: { kpi: [name], measure: [breakdown.measure], told_by: [breakdown.by] },
  };
  return [newest, byDay(WHOLE - TILE - THIRD), parts];
}

/** Whether its headline is told of each source, too. */
function hasSources({ headline, breakdown }: Pick<ShownKpi, 'headline' | 'breakdown'>): boolean {
  return breakdown?.by === 'source' && breakdown.measure === headline.measure;
}

function worthALook(): Part {
  return {
    visual: table(
      { id: 'worth-a-look', title: 'Worth a look', subtitle: 'Days on which a check of kpi.yaml said watch or alarm' },
      {
        by: [day(DATE), ...texts('kpi', 'measure', 'source', 'state')],
        values: [measure({ of: OF, column: 'value', unit: 'ratio', by: 'MAX' })],
        newest: day(DATE),
      },
    ),
    width: WHOLE,
    of: OF,
    only: { state: ['watch', 'alarm'] },
  };
}

function corrections(): Part {
  return {
    visual: table(
      { id: 'corrections', title: 'Corrections', subtitle: 'Values that changed after their day was over, and why' },
      {
        by: [day(DATE), ...texts('kpi', 'measure', 'source', 'field', 'band', 'changed_because', 'detail')],
        values: [
          measure({ of: OF, column: 'value', unit: 'ratio', by: 'MAX' }),
          measure({ of: OF, column: 'change', unit: 'ratio', by: 'MAX' }),
        ],
        newest: day(DATE),
      },
    ),
    width: WHOLE,
    of: OF,
    only: { changed_because: 'any' },
  };
}

function texts(...columns: readonly string[]) {
  return columns.map((column) => text({ of: OF, column }));
}

function tileId(kpi: string): string {
  return `${kpi}-newest`;
}

function daysId(kpi: string): string {
  return `${kpi}-by-day`;
}
