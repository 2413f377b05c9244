// A real browser, and what happens in it.
const assert = require('node:assert/strict');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const axe = require('axe-core');
const { chromium } = require('playwright-core');

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

function launch() {
  const executablePath = process.env.CHROMIUM;
  assert.ok(executablePath, 'CHROMIUM is not set: run `make browser-tests`, or name what tools/browser.sh prints');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

// A page, open, with everything noted that a quiet page must not do. `settings` are those of Playwright's contexts.
async function open(browser, file, settings = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...settings });
  const page = await context.newPage();
  const url = pathToFileURL(path.resolve(file)).href;
  const noise = [];
  page.on('console', (message) => noise.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    noise.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url) noise.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  if (settings.javaScriptEnabled !== false) await settled(page);
  return {
    page,
    // To be asked last: it waits for what was still under way.
    async close() {
      await page.waitForTimeout(50);
      await context.close();
      assert.deepEqual(noise, []);
    },
  };
}

// Every chart that has room is drawn, or has said that it cannot be.
function settled(page) {
  return page.waitForFunction(() =>
    [...document.querySelectorAll('figure[data-chart]')].every(
      (figure) => figure.dataset.drawn || figure.querySelector('.plot').clientWidth === 0,
    ),
  );
}

// Sizes follow in the browser's next frame, then the observers are told.
function nextFrames(page) {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))),
  );
}

async function accessibilityProblems(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate((rules) => window.axe.run(document, { runOnly: { type: 'tag', values: rules } }), RULES);
  assert.ok(found.passes.length > 15, 'axe looked at next to nothing');
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
}

module.exports = { accessibilityProblems, launch, nextFrames, open, settled };
