// The script in the page is what lib/report/page builds, and it is fit to stand inside a page.
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { temporaryFolder } = require('./support/folder.cjs');
const { SCRIPT } = require('./support/plain-page.cjs');

const root = path.join(__dirname, '..', '..');

test('building the charts anew gives the committed script to the byte', () => {
  const built = path.join(temporaryFolder(), 'charts.min.js');
  execFileSync(process.execPath, [path.join(root, 'lib', 'report', 'page', 'build.cjs'), built]);
  const same = fs.readFileSync(built).equals(fs.readFileSync(SCRIPT));
  assert.ok(same, 'lib/report/assets/charts.min.js is not what its source says: run lib/report/page/build.cjs');
});

test('the script ends no script element, runs no text and knows no way to the network', () => {
  const script = fs.readFileSync(SCRIPT, 'utf8');
  const forbidden = /<\/script|<!--|\beval\(|new Function|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|importScripts|\bimport\(/i;
  assert.doesNotMatch(script, forbidden);
  assert.match(script.slice(0, 400), /Apache ECharts .*Apache License, Version 2\.0/);
  const addresses = [...new Set(script.match(/https?:\/\/[a-z0-9.-]+/gi))];
  assert.deepEqual(addresses.sort(), ['http://www.w3.org', 'https://www.apache.org']);
});

test('lock files say what is installed, not where it came from', () => {
  for (const folder of ['lib/report/page', 'tests/browser']) {
    const lock = JSON.parse(fs.readFileSync(path.join(root, folder, 'package-lock.json'), 'utf8'));
    const packages = Object.entries(lock.packages).filter(([name]) => name !== '');
    assert.ok(packages.length > 0);
    for (const [name, locked] of packages) {
      assert.ok(locked.integrity?.startsWith('sha512-'), `${folder}: ${name} has no checksum`);
      assert.equal(locked.resolved, undefined, `${folder}: ${name} names an address`);
    }
  }
});
