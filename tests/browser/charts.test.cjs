// The charts alone, on a page made for them.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { launch, nextFrames, open } = require('./support/browser.cjs');
const { temporaryFolder } = require('./support/folder.cjs');
const { writePlainPage } = require('./support/plain-page.cjs');

const days = Array.from({ length: 20 }, (_, index) => `2025-01-${String(index + 1).padStart(2, '0')}`);
const shares = days.map((day, index) => [day, index === 7 ? null : 0.9 + 0.004 * index]);
const line = {
  title: 'Reached silver',
  unit: 'share',
  x: 'day',
  series: [{ name: 'all', points: shares }, { name: 'webinar', points: shares.slice(0, 10) }],
  marks: [{ name: 'watch', y: 0.95 }, { name: 'alarm', y: 0.9 }],
};
const bar = {
  title: 'By source',
  unit: 'count',
  x: 'category',
  series: [{ name: 'leads', points: [['online', 1200], ['</script><b>x', 30], ['roadshow', null]] }],
};
const funnel = {
  title: 'Funnel',
  unit: 'count',
  x: 'category',
  series: [{ name: 'amount', points: [['Records', 2000], ['Accepted', 1500, true, '75.0%'], ['Leads', 300], ['Hot', 0, true, '0.0%']] }],
};
const reliability = {
  title: 'Reliability',
  unit: 'share',
  x: 'share',
  series: [{ name: 'observed', points: [[0.05, 0.02], [0.2, 0.25], [0.31, null], [0.4, 0.44]] }],
};
const one = { ...line, series: [{ name: 'all', points: [['2025-01-01', 1]] }], marks: [] };
const gap = { ...line, series: [{ name: 'all', points: [['2025-01-01', 0.5], ['2025-01-04', 0.6, false]] }], marks: [] };

const ended = { ...line, series: [{ name: 'all', points: [['2025-01-01', 0.5], ['2025-01-02', 0.6], ['2025-01-03', 0.5], ['2025-01-04', null, false]] }], marks: [] };
const rates = {
  title: 'Conversion rate by score',
  unit: 'share',
  x: 'category',
  series: [{ name: 'converted', points: [['below 20', 0.02, true, 'of 120 leads'], ['20 to 40', null], ['40 and more', 1, true, 'of 12 leads']] }],
};

const SOUND = [
  { id: 'line', chart: 'line', spec: line },
  { id: 'spark', chart: 'line', size: 'small', spec: line },
  { id: 'bar', chart: 'bar', spec: bar },
  { id: 'funnel', chart: 'funnel', spec: funnel },
  { id: 'reliability', chart: 'reliability', spec: reliability },
  { id: 'one', chart: 'line', spec: one },
  { id: 'gap', chart: 'line', spec: gap },
  { id: 'ended', chart: 'line', size: 'small', spec: ended },
  { id: 'rates', chart: 'bar', spec: rates },
  { id: 'flat', chart: 'bar', spec: { ...bar, series: [bar.series[0], { name: 'hot', points: [['online', 0]] }] } },
];
const BROKEN = [
  { id: 'no-json', chart: 'line', spec: '{"title":' },
  { id: 'no-kind', chart: 'pie', spec: bar },
  { id: 'no-series', chart: 'bar', spec: { ...bar, series: [] } },
  { id: 'no-steps', chart: 'funnel', spec: { ...funnel, series: [{ name: 'amount', points: [] }] } },
  { id: 'no-number', chart: 'bar', spec: { ...bar, series: [{ name: 'leads', points: [['online', '12']] }] } },
  { id: 'no-note', chart: 'bar', spec: { ...bar, series: [{ name: 'leads', points: [['online', 12, true, 12]] }] } },
  { id: 'no-day', chart: 'line', spec: { ...line, series: [{ name: 'all', points: [['2025-13-45', 1]] }] } },
  { id: 'too-long', chart: 'line', spec: { ...gap, series: [{ name: 'all', points: [['0001-01-01', 1], ['2025-01-01', 1]] }] } },
];

let browser;
let file;
before(async () => {
  browser = await launch();
  file = path.join(temporaryFolder(), 'charts.html');
  const later = { id: 'later', chart: 'bar', spec: bar, wrap: (inner) => `<details id="more"><summary>More</summary>${inner}</details>` };
  writePlainPage(file, [...SOUND, ...BROKEN, later]);
});
after(() => browser?.close());

const textsOf = (page, id) => page.locator(`#${id} .plot svg text`).allTextContents();

// How many shapes have the colour, as the reader sees it.
function painted(page, id, colour) {
  return page.locator(`#${id} .plot svg`).evaluate((svg, wanted) => {
    const shapes = [...svg.querySelectorAll('path, rect, circle')];
    return shapes.filter((shape) => [getComputedStyle(shape).stroke, getComputedStyle(shape).fill].includes(wanted)).length;
  }, colour);
}

test('each kind of chart shows its points, its marks and its words', async () => {
  const { page, close } = await open(browser, file);
  for (const { id } of SOUND) {
    assert.equal(await page.locator(`#${id}`).getAttribute('data-drawn'), 'yes', id);
    assert.ok((await painted(page, id, 'rgb(0, 0, 238)')) > 0, `${id} has nothing in the colour of the first series`);
  }
  assert.ok((await painted(page, 'line', 'rgb(170, 0, 0)')) > 0, 'no mark of the alarm');
  assert.ok((await textsOf(page, 'line')).some((text) => text.includes('1 Jan')));
  assert.deepEqual(await textsOf(page, 'spark'), []);
  assert.equal(await painted(page, 'gap', 'rgb(255, 255, 255)'), 1, 'the day that is not over is not hollow');
  const bars = await textsOf(page, 'bar');
  for (const text of ['1,200', '</script><b>x', 'no data']) assert.ok(bars.includes(text), `${text} in ${bars}`);
  const steps = await textsOf(page, 'funnel');
  assert.ok(steps.includes('Accepted: 1,500 (75.0% of the step before)'), String(steps));
  assert.ok(steps.includes('Leads: 300'), 'people beside records: ' + steps);
  assert.ok((await textsOf(page, 'reliability')).includes('as predicted'));
  await close();
});

test('a share by category ends at one and says of how many it is', async () => {
  const { page, close } = await open(browser, file);
  const texts = await textsOf(page, 'rates');
  for (const text of ['2.0% of 120 leads', 'no data', '100.0% of 12 leads', '100%']) assert.ok(texts.includes(text), `${text} in ${texts}`);
  const beyond = texts.filter((text) => /^\d+%$/.test(text) && parseInt(text, 10) > 100);
  assert.deepEqual(beyond, []);
  await close();
});

test('the last dot stands on the last day that has a value', async () => {
  const { page, close } = await open(browser, file);
  const dots = await page.locator('#ended .plot svg').evaluate((svg) => {
    const { left, width } = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll('path')].map((path) => path.getBoundingClientRect());
    const round = boxes.filter((box) => box.width > 3 && box.width < 12 && Math.abs(box.width - box.height) < 1);
    return round.map((box) => (box.left + box.width / 2 - left) / width);
  });
  assert.equal(dots.length, 1);
  assert.ok(Math.abs(dots[0] - 2 / 3) < 0.03, `at ${dots[0]} of the width`);
  await close();
});

test('no letter under an axis is cut off', async () => {
  const { page, close } = await open(browser, file);
  const below = await page.locator('figure svg').evaluateAll((all) =>
    all.flatMap((svg) => {
      const { bottom } = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('text')].filter((text) => text.getBoundingClientRect().bottom > bottom + 0.5).map((text) => text.textContent);
    }),
  );
  assert.deepEqual(below, []);
  await close();
});

test('a chart that cannot be drawn opens its table and says nothing', async () => {
  const { page, close } = await open(browser, file);
  for (const { id } of BROKEN) {
    assert.equal(await page.locator(`#${id}`).getAttribute('data-drawn'), 'no', id);
    assert.ok(await page.locator(`#${id} table`).isVisible(), id);
    assert.equal(await page.locator(`#${id} .plot svg`).count(), 0, id);
  }
  await close();
});

test('a chart inside closed details has the right size once they are opened', async () => {
  const { page, close } = await open(browser, file);
  await page.setViewportSize({ width: 500, height: 800 });
  await page.locator('#more > summary').click();
  await page.locator('#later[data-drawn=yes] svg[width="500"]').waitFor();
  await close();
});

test('colours follow the reader into the dark and out of it on paper', async () => {
  const { page, close } = await open(browser, file);
  const light = 'rgb(0, 0, 238)';
  const dark = 'rgb(153, 204, 255)';
  for (const [media, there, gone] of [
    [{ colorScheme: 'dark' }, dark, light],
    [{ media: 'print' }, light, dark],
    [{ media: 'screen', colorScheme: 'light' }, light, dark],
  ]) {
    await page.emulateMedia(media);
    for (const { id } of SOUND) {
      assert.ok((await painted(page, id, there)) > 0, `${id} ${JSON.stringify(media)}`);
      assert.equal(await painted(page, id, gone), 0, `${id} ${JSON.stringify(media)}`);
    }
  }
  await close();
});

test('charts follow the width of the window, and that of paper', async () => {
  const { page, close } = await open(browser, file);
  const widths = () => page.locator('body > figure svg').evaluateAll((all) => all.map((svg) => svg.getAttribute('width')));
  await page.setViewportSize({ width: 360, height: 800 });
  await nextFrames(page);
  assert.deepEqual(new Set(await widths()), new Set(['360']));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.equal(overflow, 0);
  await page.evaluate(() => {
    window.onPaper = {};
    window.addEventListener('beforeprint', () => {
      for (const svg of document.querySelectorAll('figure svg')) window.onPaper[svg.closest('figure').id] = svg.getAttribute('width');
    });
  });
  await page.pdf();
  const { spark, ended, ...others } = await page.evaluate(() => window.onPaper);
  assert.deepEqual([spark, ended], ['300', '300']);
  assert.deepEqual(new Set(Object.values(others)), new Set(['640']));
  await nextFrames(page);
  assert.deepEqual(new Set(await widths()), new Set(['360']));
  await close();
});

test('the colours that charts ask for are those that the page has', () => {
  const read = (...parts) => fs.readFileSync(path.join(__dirname, '..', '..', 'lib', 'report', ...parts), 'utf8');
  const asked = [...read('assets', 'charts.min.js').matchAll(/var\((--[a-z-]+)/g)].map(([, name]) => name);
  const wanted = asked.flatMap((name) => (name === '--series-' ? [1, 2, 3, 4].map((number) => name + number) : [name]));
  assert.ok(wanted.length > 8, String(wanted));
  const style = read('assets', 'report.css');
  for (const name of wanted) assert.ok(style.includes(`${name}:`), `report.css has no ${name}`);
});

test('pointing at a line tells the numbers of the day', async () => {
  const { page, close } = await open(browser, file);
  const box = await page.locator('#line .plot').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const told = page.locator('#line .plot svg text', { hasText: /^all: 9\d\.\d%$/ });
  await told.first().waitFor();
  await close();
});
