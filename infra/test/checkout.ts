import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, scratchFolder } from './synth';

const CONTRACTS = 'contracts';

/** The repository, but with a further source for each name: a copy of the webinars'. */
export function checkoutWithSources(...names: readonly string[]): string {
  const root = scratchFolder();
  for (const entry of readdirSync(ROOT).filter((entry) => entry !== CONTRACTS && !entry.startsWith('.'))) {
    symlinkSync(join(ROOT, entry), join(root, entry));
  }
  cpSync(join(ROOT, CONTRACTS), join(root, CONTRACTS), { recursive: true });
  const contract = readFileSync(join(ROOT, CONTRACTS, 'webinar.odcs.yaml'), 'utf8');
  for (const name of names) {
    writeFileSync(join(root, CONTRACTS, `${name}.odcs.yaml`), contract.replaceAll('webinar', name));
  }
  return root;
}
