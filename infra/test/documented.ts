import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './synth';

/** The variables that docs/AWS.md names for a function. */
export function documentedVariables(of: string): readonly string[] {
  const text = readFileSync(join(ROOT, 'docs/AWS.md'), 'utf8');
  const rows = [...text.matchAll(/^\| ((?:`LEADLAKE_\w+`(?:, )?)+) \| ([\w, ]+) \|/gm)];
  const found = rows
    .filter(([, , functions = '']) => functions === 'all' || functions.split(', ').includes(of))
    .flatMap(([, names = '']) => names.split(', ').map((name) => name.replaceAll('`', '')));
  assert.ok(found.length > 5, `docs/AWS.md names no variables of ${of}`);
  return found;
}
