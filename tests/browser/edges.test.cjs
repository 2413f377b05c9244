// Pages of lakes that are not as one would wish: empty, tiny, hostile, in trouble.
const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { accessibilityProblems, launch, open } = require('./support/browser.cjs');
const { Lake } = require('./support/leadlake.cjs');

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const form = (rest) => ({
  event_id: 'on-1',
  event_type: 'online_form_submission',
  email: 'amit@gmail.com',
  name: 'Amit Kumar',
  phone: '9876543210',
  city: 'Bangalore',
  device_interest: 'iPhone 15 Pro',
  budget_range: '80000-100000',
  purchase_timeframe_days: 15,
  utm_source: 'google_ads',
  timestamp: '2025-01-20T11:20:10Z',
  ...rest,
});

test('an empty lake has a page: ten cards without data', async () => {
  const lake = await Lake.of([]);
  const { page, close } = await open(browser, await lake.report());
  const states = await page.locator('[data-kpi]').evaluateAll((all) => all.map((card) => card.dataset.state));
  assert.deepEqual(states, Array(10).fill('no_data'));
  assert.deepEqual(await accessibilityProblems(page), []);
  await close();
});

test('one event is enough for a page', async () => {
  const lake = await Lake.of([['online', '2025-01-20', [form({})]]]);
  const { page, close } = await open(browser, await lake.report());
  const value = await page.locator('[data-kpi=lead_volume]').getAttribute('data-value');
  assert.equal(JSON.parse(value), 1);
  assert.equal(await page.locator('figure[data-drawn=no]').count(), 0);
  assert.ok((await page.locator('figure[data-drawn=yes]').count()) > 0);
  await close();
});

const HOSTILE = [
  '</script><script>window.harmed=1;alert(1)</script>',
  '"><img src=x onerror="window.harmed=2">',
  "'--><svg onload=window.harmed=3><!--",
];

test('what people write is text, whatever they write', async () => {
  const events = HOSTILE.flatMap((text, index) => [
    form({ event_id: `on-${index}`, email: `hot${index}@gmail.com`, name: text, city: text, device_interest: text }),
    // Refused: it has no time. What it says comes back as a sample.
    form({ event_id: text, email: `bad${index}@gmail.com`, name: text, timestamp: text, [text]: text }),
  ]);
  const lake = await Lake.of([['online', '2025-01-20', [...events, `{"name":"${HOSTILE[1]}`]]]);
  for (const how of [[], ['--reveal']]) {
    const { page, close } = await open(browser, await lake.report(...how));
    assert.equal(await page.evaluate(() => window.harmed), undefined);
    assert.equal(await page.locator('script').count(), 1 + (await page.locator('figure[data-chart]').count()));
    assert.equal(await page.locator('img, svg[onload]').count(), 0);
    const text = await page.locator('main').evaluate((main) => main.textContent);
    const told = HOSTILE.filter((one) => text.includes(one));
    if (how.length > 0) assert.deepEqual(told, HOSTILE, 'the page hides what it was told to show');
    await close();
  }
});

test('an alarm is said in words', async () => {
  const good = Array.from({ length: 20 }, (_, index) => form({ event_id: `on-${index}`, email: `a${index}@gmail.com` }));
  const bad = Array.from({ length: 6 }, (_, index) => form({ event_id: `ob-${index}`, email: `b${index}@gmail.com`, timestamp: 'never' }));
  const lake = await Lake.of([['online', '2025-01-31', [...good, ...bad]]]);
  const alarmed = (await lake.kpis()).kpis.filter(({ state }) => state === 'alarm');
  assert.ok(alarmed.some(({ name }) => name === 'processing_success_rate'), 'six of 26 records refused, and no alarm');
  const { page, close } = await open(browser, await lake.report());
  for (const { name, because } of alarmed) {
    const text = await page.locator(`[data-kpi=${name}]`).textContent();
    assert.match(text, /\balarm\b/i, name);
    assert.ok(because.length > 0 && because.every((reason) => text.includes(reason)), name);
  }
  const top = await page.locator('header').first().innerText();
  assert.match(top, /\balarm\b/i);
  await close();
});
