// Folders that are gone when the tests are over.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

function temporaryFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leadlake-browser-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

module.exports = { temporaryFolder };
