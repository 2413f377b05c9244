import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What `kpi.yaml` says of a KPI, as far as a picture of it depends on that. */
export interface Kpi {
  readonly name: string;
  /** The number that stands for it. */
  readonly measure: string;
  readonly unit: string;
}

interface Written {
  readonly kpis: Readonly<Record<string, { readonly headline: { readonly measure: string; readonly unit: string } }>>;
}

/** That the file is sound is the functions' business, which refuse one that is not; here it is read. */
export function readKpis(file: string): readonly Kpi[] {
  const { kpis } = parse(readFileSync(file, 'utf8')) as Written;
  return Object.entries(kpis).map(([name, { headline }]) => ({ name, measure: headline.measure, unit: headline.unit }));
}
