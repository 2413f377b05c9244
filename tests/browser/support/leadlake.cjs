// The program under test, and the lakes that it makes.
const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { temporaryFolder } = require('./folder.cjs');

const root = path.join(__dirname, '..', '..', '..');
const AS_OF = '2025-01-31';
const NOW = '2025-02-01T02:00:00Z';

// Out of reach of settings that happen to lie in the environment.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(LEADLAKE|GIT)_/.test(name)),
);

async function leadlake(...parts) {
  const binary = process.env.LEADLAKE_BIN;
  assert.ok(binary, 'LEADLAKE_BIN is not set: name the built leadlake, or run `make browser-tests`');
  const settings = { env: environment, maxBuffer: 256 * 1024 * 1024, cwd: root };
  const { stdout } = await promisify(execFile)(binary, ['--now', NOW, ...parts], settings);
  return stdout;
}

class Lake {
  constructor() {
    this.home = temporaryFolder();
    this.folder = path.join(this.home, 'lake');
    fs.mkdirSync(path.join(this.folder, 'bronze'), { recursive: true });
  }

  static async generated(events) {
    const lake = new Lake();
    await leadlake('generate', lake.folder, '--events', String(events), '--days', '31');
    await lake.run();
    return lake;
  }

  static async of(objects) {
    const lake = new Lake();
    for (const [source, day, records] of objects) lake.put(source, day, records);
    await lake.run();
    return lake;
  }

  put(source, day, records) {
    const folder = path.join(this.folder, 'bronze', source, ...day.split('-'));
    fs.mkdirSync(folder, { recursive: true });
    const lines = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)));
    fs.writeFileSync(path.join(folder, 'events.json'), `${lines.join('\n')}\n`);
  }

  run() {
    return leadlake('run', '--lake', this.folder, '--as-of', AS_OF);
  }

  async report(...how) {
    const file = path.join(this.home, `report${how.join('')}.html`);
    await leadlake('report', '--lake', this.folder, '--out', file, ...how);
    return file;
  }

  async kpis() {
    return JSON.parse(await leadlake('--format', 'json', 'kpi', '--lake', this.folder));
  }

  async rows(sql) {
    const answer = JSON.parse(await leadlake('--format', 'json', 'query', '--lake', this.folder, sql));
    return answer.rows ?? answer;
  }
}

// The page that the demo makes.
async function demo() {
  const folder = path.join(temporaryFolder(), 'demo-lake');
  await leadlake('demo', '--dir', folder);
  return path.join(folder, 'report.html');
}

module.exports = { Lake, demo };
