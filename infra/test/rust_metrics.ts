import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The dimensions that the functions tell each metric with, as their sources have them. */
export function dimensionsInRust(root: string): ReadonlyMap<string, readonly string[]> {
  const told = new Map<string, readonly string[]>();
  for (const block of ['functions/refine', 'functions/score', 'functions/catalog', 'lib/runtime'].flatMap((crate) =>
    sources(join(root, crate, 'src')).flatMap(blocksOf),
  )) {
    const names = block.match(/\b(count|record)\(/) ? wordsOf(block) : [];
    const dimensions = /labelled\(&\[\((SOURCE|"Source")/.test(block) ? ['Function', 'Source'] : ['Function'];
    names.forEach((name) => told.set(name, dimensions));
  }
  const monitor = readFileSync(join(root, 'functions/catalog/src/monitor.rs'), 'utf8');
  for (const [, constant = '', name = ''] of monitor.matchAll(/const ([A-Z]+): &str = "([A-Za-z]+)";/g)) {
    const block = blocksOf(monitor).find((candidate) => candidate.includes(`${constant}.to_owned()`)) ?? '';
    told.set(name, wordsOf(block).sort());
  }
  return told;
}

/** But for their tests. */
function sources(folder: string): readonly string[] {
  return readdirSync(folder, { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.rs') && !/tests?\b/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').split('#[cfg(test)]')[0] ?? '');
}

/** Its functions. */
function blocksOf(source: string): readonly string[] {
  return source.split(/\n(?=\s*(?:pub(?:\(crate\))? )?fn )/);
}

/** Names of metrics and dimensions are the only words that are written so. */
function wordsOf(block: string): string[] {
  return [...block.matchAll(/"([A-Z][A-Za-z]+)"/g)].map((match) => match[1] ?? '');
}
