import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Better, readKpis, Unit } from '../kpis';
import { readModels } from '../models';

/**
 * How values of several days make one: what was counted is added up (`count`), or counted parts are added up and then
 * divided (`rate`). Of all others only the newest day can be shown.
 */
export type Together = 'count' | 'rate' | 'newest';

export interface Shown {
  readonly measure: string;
  readonly unit: Unit;
  readonly together: Together;
}

/** A KPI as a board shows it. */
export interface ShownKpi {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly headline: Shown & { readonly better: Better };
  readonly breakdown?: Shown & { readonly by: string };
  /** What values of the headline are held against. */
  readonly bounds: readonly { readonly says: 'watch' | 'alarm'; readonly value: number }[];
}

type Ways = Readonly<Record<string, Readonly<Record<string, Together>>>>;

/** How days are put together, as infra/dashboards/together.yaml says. */
export type TogetherOf = (kpi: string, measure: string, by?: string) => Together;

export function readTogether(root: string): TogetherOf {
  const ways = parse(readFileSync(join(root, 'infra/dashboards/together.yaml'), 'utf8')) as Ways;
  return (kpi, measure, by) => ways[kpi]?.[by ? `${measure} by ${by}` : measure] ?? 'newest';
}

/** As kpi.yaml and the headers of models/kpi have them, in the order of these. */
export function shownKpis(root: string): readonly ShownKpi[] {
  const together = readTogether(root);
  const settings = new Map(readKpis(root).map((kpi) => [kpi.name, kpi]));
  const models = readModels(root).filter(({ folder }) => folder === 'kpi');
  return models.map(({ name, title, question }) => {
    const said = settings.get(name);
    if (!said) {
      throw new Error(`kpi.yaml says nothing of ${name}, which a model of models/kpi asks`);
    }
    const { headline, breakdown, checks } = said;
    const plain = checks.filter(({ measure, by, below, above }) =>
      measure === headline.measure && by === undefined && (below ?? above) === 'value');
    return {
      name,
      title,
      question,
      headline: { ...headline, together: together(name, headline.measure) },
      breakdown: breakdown && {
        ...breakdown,
        ...breakdownOf(headline.unit, together(name, breakdown.measure, breakdown.by)),
      },
      bounds: plain.flatMap(({ watch, alarm }) => [
        { says: 'watch' as const, value: watch },
        { says: 'alarm' as const, value: alarm },
      ]),
    };
  });
}

/** The measure may be another than the headline's, and only that one's unit is said. */
function breakdownOf(unit: Unit, together: Together): { readonly unit: Unit; readonly together: Together } {
  const units: Readonly<Record<Together, Unit>> = { count: 'count', rate: 'share', newest: unit };
  return { unit: units[together], together };
}
