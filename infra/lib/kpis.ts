import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type Unit = 'count' | 'share' | 'seconds' | 'ratio' | 'points';
export type Better = 'higher' | 'lower' | 'neither';

/** What `kpi.yaml` says of a KPI. docs/KPIS.md says what it means. */
export interface Kpi {
  readonly name: string;
  /** The number that stands for it. */
  readonly headline: { readonly measure: string; readonly unit: Unit; readonly better: Better };
  readonly breakdown?: { readonly measure: string; readonly by: string };
  readonly checks: readonly Check[];
}

export interface Check {
  readonly measure: string;
  readonly by?: string;
  readonly below?: 'value' | 'usual';
  readonly above?: 'value' | 'usual';
  readonly watch: number;
  readonly alarm: number;
}

/** That the file is sound is the functions' business, which refuse one that is not; here it is read. */
export function readKpis(root: string): readonly Kpi[] {
  const { kpis } = parse(readFileSync(join(root, 'kpi.yaml'), 'utf8')) as {
    readonly kpis: Readonly<Record<string, Omit<Kpi, 'name'>>>;
  };
  return Object.entries(kpis).map(([name, said]) => ({ name, ...said }));
}
