// The report of a generated lake, in a real browser.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { accessibilityProblems, launch, nextFrames, open } = require('./support/browser.cjs');
const { Lake, demo } = require('./support/leadlake.cjs');

const EVENTS = 2_000;

let browser;
let lake;
let masked;
let revealed;
let figures;
before(async () => {
  lake = await Lake.generated(EVENTS);
  masked = await lake.report();
  [browser, revealed, figures] = await Promise.all([launch(), lake.report('--reveal'), lake.kpis()]);
});
after(() => browser?.close());

test('each figure with a chart has drawn what its spec says', async () => {
  const { page, close } = await open(browser, masked);
  const figuresOfPage = await page.locator('figure[data-chart]').evaluateAll((all) =>
    all.map((figure) => ({
      id: figure.id,
      drawn: figure.dataset.drawn,
      points: JSON.parse(figure.querySelector('script').textContent).series.flatMap((series) => series.points).length,
      shapes: figure.querySelectorAll('.plot svg path').length,
      rows: figure.querySelectorAll('tbody tr').length,
    })),
  );
  assert.ok(figuresOfPage.length >= 10, `only ${figuresOfPage.length} charts`);
  for (const figure of figuresOfPage) {
    assert.equal(figure.drawn, 'yes', figure.id);
    assert.ok(figure.shapes > 0, `${figure.id} has drawn nothing`);
    assert.ok(figure.points > 0 && figure.rows > 0, `${figure.id} has no numbers`);
  }
  await close();
});

test('steps, bins, days and people stand in their order', async () => {
  const { page, close } = await open(browser, masked);
  const specs = (kind) =>
    page.locator(`figure[data-chart=${kind}] > script`).evaluateAll((all) => all.map((script) => JSON.parse(script.textContent)));
  const xs = (spec) => spec.series.map(({ points }) => points.map(([x]) => x));
  const [funnel] = await specs('funnel');
  assert.equal(funnel.series[0].points[0][1], EVENTS, 'the funnel begins with what was generated');
  const amounts = funnel.series[0].points.map(([, amount]) => amount);
  assert.deepEqual(amounts.slice(0, 3), amounts.slice(0, 3).toSorted((a, b) => b - a), 'records, accepted, distinct');
  const ordered = [...(await specs('reliability')), ...(await specs('line'))].flatMap(xs);
  assert.ok(ordered.length > 10);
  for (const one of ordered) assert.deepEqual(one, one.toSorted((a, b) => (a < b ? -1 : 1)));
  const positions = await page.locator('#sales tbody tr').evaluateAll((rows) => rows.map((row) => parseInt(row.textContent, 10)));
  assert.ok(positions.length > 3);
  assert.deepEqual(positions, positions.map((_, index) => index + 1));
  await close();
});

test('the ten cards say what `leadlake kpi` says', async () => {
  const { page, close } = await open(browser, masked);
  const cards = await page.locator('[data-kpi]').evaluateAll((all) =>
    all.map((card) => ({
      name: card.dataset.kpi,
      value: card.dataset.value === '' ? null : JSON.parse(card.dataset.value),
      state: card.dataset.state,
      text: card.textContent,
      shown: card.querySelector('.value').textContent.trim(),
    })),
  );
  assert.equal(figures.kpis.length, 10);
  assert.deepEqual(
    cards.map(({ name, value, state }) => ({ name, value, state })),
    figures.kpis.map(({ name, headline, state }) => ({ name, value: headline.value, state })),
  );
  const words = { ok: 'OK', watch: 'Watch', alarm: 'Alarm', no_data: 'No data' };
  for (const [index, kpi] of figures.kpis.entries()) {
    const card = cards[index];
    for (const told of [kpi.title, words[kpi.state], ...kpi.because]) {
      assert.ok(card.text.includes(told), `${kpi.name} does not say ${told}`);
    }
    const wanted = kpi.headline.value;
    if (wanted === null) continue;
    assert.ok(isRounded(card.shown, wanted, kpi.headline.unit), `${kpi.name}: ${card.shown} for ${wanted}`);
  }
  await close();
});

// What is shown as `12.3 %` or `1,234` is the value, but for the digits left out.
function isRounded(shown, wanted, unit) {
  if (unit === 'seconds') return Math.abs(secondsIn(shown) - wanted) <= Math.max(0.06, wanted * 0.05);
  const bound = shown.match(/^[<>]/)?.[0];
  const number = Number(shown.replace(/[<>,%\s]/g, ''));
  const value = unit === 'share' ? wanted * 100 : wanted;
  if (bound) return bound === '<' ? value < number : value > number;
  const digits = shown.match(/\.(\d+)/)?.[1].length ?? 0;
  return Math.abs(number - value) <= 0.5000001 * 10 ** -digits;
}

function secondsIn(shown) {
  const size = { ms: 0.001, s: 1, min: 60, h: 3_600, d: 86_400 };
  const parts = [...shown.matchAll(/([\d.,]+)\s*(ms|s|min|h|d)\b/g)];
  assert.ok(parts.length > 0, shown);
  return parts.reduce((sum, [, number, unit]) => sum + Number(number.replaceAll(',', '')) * size[unit], 0);
}

test('nobody is left out: light, dark, on a phone, on paper', async () => {
  const { page, close } = await open(browser, masked);
  const ways = [
    ['light', {}, 1280],
    ['dark', { colorScheme: 'dark' }, 1280],
    ['phone', { colorScheme: 'light' }, 360],
    ['paper', { media: 'print' }, 720],
  ];
  for (const [name, media, width] of ways) {
    await page.emulateMedia(media);
    await page.setViewportSize({ width, height: 900 });
    await nextFrames(page);
    assert.deepEqual(await accessibilityProblems(page), [], name);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `${name}: ${overflow} px wider than the window`);
  }
  await close();
});

test('on a phone and on paper the list of leads shows all of each lead', async () => {
  const { page, close } = await open(browser, masked);
  const ways = [['wide', 1280, 'screen'], ['phone', 360, 'screen'], ['paper', 688, 'print']];
  for (const [name, width, media] of ways) {
    await page.emulateMedia({ media });
    await page.setViewportSize({ width, height: 900 });
    await nextFrames(page);
    const [room, lost] = await page.locator('#sales .scroll').evaluate((scroll) => {
      const { left, right } = scroll.getBoundingClientRect();
      const cells = [...scroll.querySelectorAll('tbody :is(th, td, small, code, .badge)')];
      const isLost = (box) => box.left < left - 1 || box.right > right + 1;
      return [scroll.scrollWidth - scroll.clientWidth, cells.filter((cell) => isLost(cell.getBoundingClientRect())).length];
    });
    assert.deepEqual([room, lost], [0, 0], name);
  }
  await page.emulateMedia({ media: 'screen' });
  await page.setViewportSize({ width: 360, height: 900 });
  assert.ok((await page.locator('#sales').getByRole('rowheader').count()) > 3, 'no table any more');
  const labels = await page.locator('#sales tbody tr').first().locator('td').evaluateAll((cells) => cells.map((cell) => cell.dataset.label));
  assert.deepEqual(labels, ['Score', 'Likely', 'What to do', 'Contact', 'Interest', 'Last touch']);
  await close();
});

test('the keyboard reaches everything in the order of reading, and one sees where it is', async () => {
  const { page, close } = await open(browser, masked);
  const wanted = await page.evaluate(() => {
    const reachable = [...document.querySelectorAll('a[href], summary, [tabindex="0"]')].filter((element) => element.checkVisibility());
    reachable.forEach((element, index) => element.setAttribute('data-stop', String(index)));
    return reachable.length;
  });
  assert.ok(wanted > 15, `only ${wanted} stops`);
  for (let stop = 0; stop < wanted; stop += 1) {
    await page.keyboard.press('Tab');
    const there = await page.evaluate(() => {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const seen = (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
      return { stop: element.dataset.stop, seen, html: element.outerHTML.slice(0, 100) };
    });
    assert.equal(there.stop, String(stop), there.html);
    assert.ok(there.seen, `focus cannot be seen on ${there.html}`);
  }
  await close();
});

test('the first stop skips to the figures, and Enter opens the numbers of a chart', async () => {
  const { page, close } = await open(browser, masked);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  const details = page.locator('figure[data-chart] details').first();
  await details.locator('summary').focus();
  await page.keyboard.press('Enter');
  assert.ok(await details.locator('table').isVisible());
  await close();
});

test('without its script the page has all numbers', async () => {
  const bare = await open(browser, masked, { javaScriptEnabled: false });
  const whole = await open(browser, masked);
  for (const selector of ['[data-kpi] .value', 'figure[data-chart] table', 'main table', '[data-kpi] dd']) {
    const texts = (page) => page.locator(selector).allTextContents();
    const without = await texts(bare.page);
    assert.ok(without.length > 0, selector);
    assert.deepEqual(without, await texts(whole.page), selector);
  }
  await bare.page.locator('figure[data-chart] summary').first().click();
  assert.ok(await bare.page.locator('figure[data-chart] table').first().isVisible());
  assert.equal(await bare.page.locator('.plot:visible').count(), 0, 'empty plots take room');
  await bare.close();
  await whole.close();
});

test('on paper it is a document: pages, with each KPI among its headings', async () => {
  const { page, close } = await open(browser, masked);
  const pdf = (await page.pdf({ format: 'A4', outline: true, tagged: true })).toString('latin1');
  const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  assert.ok(pages >= 2 && pages <= 40, `${pages} pages`);
  const headings = [...pdf.matchAll(/\/Title\s*(\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f]+>)/g)].map(([, text]) => pdfText(text));
  // Where a heading goes over two lines, the document has no space between them.
  const letters = (text) => text.replaceAll(/\s/g, '');
  for (const { title } of figures.kpis) {
    assert.ok(headings.some((heading) => letters(heading).includes(letters(title))), `${title} is not in ${headings}`);
  }
  await close();
});

function pdfText(text) {
  const bytes = text.startsWith('<')
    ? Buffer.from(text.slice(1, -1), 'hex')
    : Buffer.from(text.slice(1, -1).replace(/\\(.)/g, '$1'), 'latin1');
  return bytes[0] === 0xfe && bytes[1] === 0xff ? bytes.subarray(2).swap16().toString('utf16le') : bytes.toString('latin1');
}

test('a page shows nobody unless it is told to', async () => {
  const leads = await lake.rows('SELECT emails, phones, name FROM silver_leads');
  const refused = await lake.rows('SELECT from_utf8(original) AS original FROM quarantine_records');
  const told = leads.flatMap(({ emails, phones, name }) => [...emails, ...phones, ...phones.map((phone) => phone.slice(-10)), name]);
  const written = refused.flatMap(({ original }) =>
    [...(original ?? '').matchAll(/"(?:name|email|phone)"\s*:\s*"([^"\\]+)"/g)].map(([, text]) => text),
  );
  const personal = new Set([...told, ...written].filter((text) => text?.trim().length >= 8));
  assert.ok(personal.size > 1_000, `only ${personal.size} sentinels`);
  const shownIn = (file) => {
    const html = fs.readFileSync(file, 'utf8').toLowerCase();
    return [...personal].filter((text) => html.includes(text.toLowerCase()));
  };
  assert.deepEqual(shownIn(masked).length, 0, 'personal data in the masked page');
  const shown = shownIn(revealed);
  assert.ok(shown.some((text) => text.includes('@')) && shown.some((text) => /^\+\d+$/.test(text)), 'nobody to call');
  const { page, close } = await open(browser, revealed);
  assert.ok((await page.locator('main').innerText()).includes('@'));
  assert.deepEqual(await accessibilityProblems(page), []);
  await close();
});

// The pictures of the README, when they are asked for.
if (process.env.LEADLAKE_PICTURES) {
  test('pictures of the demo', async () => {
    const report = await demo();
    for (const colorScheme of ['light', 'dark']) {
      const { page, close } = await open(browser, report, { colorScheme, viewport: { width: 1280, height: 1400 } });
      await page.screenshot({ path: path.join(process.env.LEADLAKE_PICTURES, `report-${colorScheme}.png`) });
      await close();
    }
  });
}
