import {
  estimate, eventsInLake, eventsPerVcpuMonth, fargateTaskDollars, Line, Load, optionalLines, read, refineBreakEvenEvents,
  refineDollars, refineSecondsPerCall, scoreFits, scoreHours, scoreLimits, total, versionDays, watchDollars,
} from './estimate';

const EVENTS = [1e6, 1e8, 1e10];
const PER_OBJECT = [1, 100, 1000, 15_000];
/** Each hour as prod has it; where a run takes long and every version is large, each night. */
const HOURLY = 720;
const NIGHTLY = 30;

/** COST.md, computed. */
export function page(): string {
  return [
    '# What a month costs',
    '',
    'Computed by `make costs` from `infra/cost/`: figures that were measured, assumptions where nothing was, and list',
    'prices of us-east-1 in dollars, without free tiers, discounts, taxes and support. Nothing has run in an account: the',
    'first real bill is the better source.',
    '',
    ...monthSection(1, 'The first month'),
    ...monthSection(13, 'The month after a year of the same'),
    ...objectSection(),
    ...limitSection(),
    ...breakEvenSection(),
    ...optionalSection(),
    ...sourceSection(),
  ].join('\n').trimEnd() + '\n';
}

function loadOf(events: number, months: number, eventsPerObject = 1000): Load {
  return { events, eventsPerObject, months, scoreRuns: events > 1e7 ? NIGHTLY : HOURLY };
}

function monthSection(months: number, title: string): readonly string[] {
  const loads = EVENTS.map((events) => loadOf(events, months));
  const lines = loads.map(estimate);
  const services = (lines[0] ?? []).map(({ service }, at) => {
    const names = [...new Set(lines.map((of) => of[at]?.service ?? service))];
    return [names.join(' / '), ...lines.map((of) => dollars(of[at]?.dollars ?? 0))];
  });
  return [
    `## ${title}`,
    'A thousand events an object. Scored each hour at a million events, each night above. Then there are in the lake',
    `${loads.map((load) => count(eventsInLake(load))).join(', ')} events.`,
    '',
    ...table(
      ['events a month', ...EVENTS.map(count)],
      [
        ...services,
        ['**together**', ...lines.map((of) => `**${dollars(total(of))}**`)],
        ['for a million events', ...lines.map((of, at) => dollars(total(of) / ((EVENTS[at] ?? 1) / 1e6)))],
      ],
    ),
    ...loads.filter((load) => !scoreFits(load) && scoreHours(load) > 24).map(
      (load) =>
        `At ${count(load.events)} events a month one run of score takes ${Math.round(scoreHours(load))} hours, so that ` +
        'its line is what it would cost, not what works: see below.\n',
    ),
  ];
}

function objectSection(): readonly string[] {
  const dollarsOf = (eventsPerObject: number, services: RegExp) =>
    total(estimate(loadOf(1e8, 1, eventsPerObject)).filter(({ service }) => services.test(service)));
  return [
    '## What matters most: how many events an object has',
    'S3, EventBridge, SQS and Lambda charge for objects, not for events. The first month of 100 million events:',
    '',
    ...table(
      ['events an object', ...PER_OBJECT.map(count)],
      [
        ['S3: requests', ...PER_OBJECT.map((n) => dollars(dollarsOf(n, /requests/)))],
        ['S3: storage and moves', ...PER_OBJECT.map((n) => dollars(dollarsOf(n, /storage|moves/)))],
        ['EventBridge, SQS', ...PER_OBJECT.map((n) => dollars(dollarsOf(n, /EventBridge|SQS/)))],
        ['Lambda: refine', ...PER_OBJECT.map((n) => dollars(dollarsOf(n, /refine/)))],
        ['logs', ...PER_OBJECT.map((n) => dollars(dollarsOf(n, /logs/)))],
        ['**everything**', ...PER_OBJECT.map((n) => `**${dollars(dollarsOf(n, /./))}**`)],
      ],
    ),
    'So let senders put events together, or Firehose, for a minute or a megabyte. Below 128 KB an object also never leaves',
    `S3 Standard. A call of refine with ten objects is taken to last ${milliseconds(refineSecondsPerCall(1))} at one event`,
    `each, nearly all of it waiting for S3, and ${milliseconds(refineSecondsPerCall(15_000))} at 15,000, most of it CPU.`,
    '',
  ];
}

function limitSection(): readonly string[] {
  const { eventsInTime, eventsInMemory, eventsInScratch } = scoreLimits();
  const huge = loadOf(1e10, 1);
  return [
    '## What breaks before it costs',
    'Refine works on each object by itself: the maximum concurrency of the mapping and of the account are its only limits.',
    'Score is one process over all people. As a Lambda of the size that prod has, a run that reads everything ends at the',
    'first of these; runs that read what is new come further, but do not count on it:',
    '',
    ...table(
      ['limit', 'events in the lake'],
      [
        ['10 GB of `/tmp`, where events are put aside', count(eventsInScratch)],
        ['memory', count(eventsInMemory)],
        ['15 minutes, at the throughput measured on two cores', count(eventsInTime)],
      ],
    ),
    `- Beyond ${count(eventsInScratch)} events run \`leadlake score\`, the same code, as a task on Fargate or EC2 with a disk.`,
    '  The tables above price it so.',
    `- At ten billion events a month the lake holds ${count(eventsInLake(huge))} of them on average in the first month:`,
    `  ${Math.round(scoreHours(huge))} hours a run, and after a year ${Math.round(scoreHours({ ...huge, months: 13 }))}. No single process`,
    '  does that each night. People would have to be split over many, which leadlake does not do yet.',
    `- Each score run writes its tables whole, and S3 keeps a version for ${versionDays()} days in all: nearly all of the storage`,
    '  after a year. Above some ten million events score each night, not each hour, or keep versions for fewer days.',
    '- The KPIs ask Athena about the whole lake with each run, which is the largest line of a large lake. Run the catalog',
    '  less often than score then.',
    '',
  ];
}

function breakEvenSection(): readonly string[] {
  return [
    '## Where Lambda stops being the cheapest',
    `A task of one vCPU and 2 GB on Fargate (arm64) that never ends costs ${dollars(fargateTaskDollars())} a month, and its CPU`,
    `would refine ${count(eventsPerVcpuMonth())} events in it. Lambda's refine costs the same at`,
    '',
    ...table(
      ['events an object', ...PER_OBJECT.map(count)],
      [
        ['events a month', ...PER_OBJECT.map((n) => count(refineBreakEvenEvents(n)))],
        ['objects a second, all month', ...PER_OBJECT.map((n) => number(refineBreakEvenEvents(n) / n / (30 * 24 * 3600)))],
        ['Lambda at ten billion events', ...PER_OBJECT.map((n) => dollars(refineDollars(loadOf(1e10, 1, n))))],
      ],
    ),
    'Below that, or where objects come in bursts, Lambda is cheaper: it costs nothing while nothing arrives. Above it, at a',
    'constant load, a task that takes from the same queues would be. Fargate Spot is up to 70 % cheaper than that, and what',
    'it interrupts is delivered again. Do first what saves more: larger objects. Then a Compute Savings Plan, which covers',
    'Lambda and Fargate alike. leadlake has no such task yet; `leadlake ingest --lake s3://...` does the same from a',
    'schedule, and what a Lambda and it both refine comes out once.',
    '',
    `At a million events none of this matters: ${dollars(watchDollars())} of the bill are metrics, alarms and the dashboard.`,
    '',
  ];
}

function optionalSection(): readonly string[] {
  const lines = EVENTS.map((events) => optionalLines(loadOf(events, 1)));
  const rows = (lines[0] ?? []).map(({ service }: Line, at) => [service, ...lines.map((of) => dollars(of[at]?.dollars ?? 0))]);
  return ['## What is optional', ...table(['events a month', ...EVENTS.map(count)], rows)];
}

function sourceSection(): readonly string[] {
  const figures = Object.entries(read('figures.json')).map(([name, { value, from }]) => [`\`${name}\``, String(value), String(from)]);
  const assumptions = Object.entries(read('assumptions.json')).map(([name, { value, why }]) => [`\`${name}\``, String(value), String(why)]);
  const prices = Object.values(read('prices.json')).map(({ dollars: price, of, seen }) => [
    String(of),
    Number(price).toLocaleString('en-US', { maximumFractionDigits: 12 }),
    seen === null ? 'not verified' : String(seen),
  ]);
  return [
    '## Measured',
    ...table(['figure', 'value', 'from'], figures),
    '## Assumed',
    ...table(['what', 'value', 'why'], assumptions),
    '## Prices',
    'Of us-east-1. The pages of AWS fill in their prices in the browser, so the third column says where else each was',
    'seen, and which was not. Look them up before you rely on a line.',
    '',
    ...table(['for', 'dollars', 'seen'], prices),
  ];
}

/** Numbers stand to the right, words to the left. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const isNumber = (at: number) => at > 0 && rows.every((cells) => /^[*<\s\d.,]+( million| billion)?[*]*$/.test(cells[at] ?? ''));
  return [line(head), `|${head.map((_, at) => (isNumber(at) ? '---:' : '---')).join('|')}|`, ...rows.map(line), ''];
}

function number(value: number, digits = 3): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: digits });
}

function dollars(value: number): string {
  return value !== 0 && value < 0.01 ? '< 0.01' : value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function count(value: number): string {
  const [factor, unit] = value >= 1e9 ? [1e9, ' billion'] : value >= 1e6 ? [1e6, ' million'] : [1, ''];
  return `${number(value / factor)}${unit}`;
}

function milliseconds(seconds: number): string {
  return `${number(Math.round(seconds * 1000), 6)} ms`;
}
