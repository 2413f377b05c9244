import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKpis } from '../lib/kpis';
import { readSources } from '../lib/sources';
import { ROOT } from './synth';

export const RUNBOOK = readFileSync(join(ROOT, 'docs/RUNBOOK.md'), 'utf8');
export const KPIS = readKpis(ROOT).map(({ name }) => name);
const SOURCES = readSources(join(ROOT, 'contracts')).map(({ name }) => name);

/** Those that name alarms. */
export const HEADINGS = [...RUNBOOK.matchAll(/^### `(.+)`$/gm)].map((match) => match[1] ?? '');

/** The names of alarms that a heading is about. */
export function meantBy(heading: string): RegExp {
  const among = (names: readonly string[]) => `(${names.join('|')})`;
  const filled = heading
    .replace('<source>', among(SOURCES))
    .replace('<kpi>', among(KPIS.map(nameOfKpi)))
    .replace('<function>', among(['score', 'catalog']));
  return new RegExp(`^leadlake-dev-${filled}$`);
}

export function nameOfKpi(kpi: string): string {
  return kpi.replaceAll('_', '-');
}
