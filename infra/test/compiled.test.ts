import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, scratchFolder } from './synth';

test('sources are compiled anew where a text or a name changed, and only there', () => {
  const root = scratchFolder();
  const infra = join(root, 'infra');
  const put = (path: string, text: string) => writeFileSync(join(root, path), text, { mode: 0o755 });
  ['tools', ...['bin', 'config', 'cost', 'lib', 'test', 'node_modules/.bin'].map((folder) => `infra/${folder}`)]
    .forEach((folder) => mkdirSync(join(root, folder), { recursive: true }));
  ['tools/infra-env.sh', 'tools/lock.sh'].forEach((file) => copyFileSync(join(ROOT, file), join(root, file)));
  put('tools/node-env.sh', '#!/usr/bin/env bash\necho /nowhere\n');
  put('infra/node_modules/.bin/tsc', '#!/usr/bin/env bash\nmkdir build\nsleep 0.3\necho compiled >>compilations\n');
  ['tsconfig.json', 'package-lock.json', 'lib/a.ts', 'lib/b.ts'].forEach((file) => put(`infra/${file}`, `${file}\n`));
  const compilations = () => {
    const done = spawnSync(join(root, 'tools/infra-env.sh'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    assert.deepEqual([done.status, done.stdout], [0, `${infra}\n`], done.stderr);
    return readFileSync(join(infra, 'compilations'), 'utf8').trim().split('\n').length;
  };
  assert.deepEqual([compilations(), compilations()], [1, 1]);
  put('infra/lib/a.ts', 'other\n');
  assert.equal(compilations(), 2);
  renameSync(join(infra, 'lib/b.ts'), join(infra, 'lib/c.ts'));
  assert.deepEqual([compilations(), compilations()], [3, 3]);

  put('infra/lib/a.ts', 'once more\n');
  const twoAtOnce = spawnSync('bash', ['-c', 'tools/infra-env.sh & first=$!; tools/infra-env.sh && wait $first'], { cwd: root, encoding: 'utf8' });
  assert.equal(twoAtOnce.status, 0, twoAtOnce.stderr);
  assert.equal(compilations(), 4);
});
