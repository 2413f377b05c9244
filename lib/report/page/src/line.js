// Values by day. A day without a value is a gap; a day that is not over is hollow.
import { formatLongDay, formatShortDay, formatTick, formatValue } from './format.js';
import * as look from './look.js';

const HEIGHT = 240;
const DAY_MS = 86_400_000;
const MOST_DAYS = 4_000;
// Up to here dots stand apart on a phone.
const FEW_DAYS = 16;

export function line(spec, width) {
  const days = daysOf(spec);
  const names = [...spec.series, ...spec.marks].map((one) => one.name);
  const showLegend = names.length > 1;
  return {
    height: HEIGHT,
    option: {
      legend: { ...look.legend(spec.series, spec.marks), show: showLegend },
      tooltip: look.tooltip((shown) => describe(shown, spec)),
      grid: { top: showLegend ? legendHeight(names, width) : 12, right: 16, bottom: 4, left: 4, ...look.WITHIN },
      xAxis: dayAxis(days),
      yAxis: { ...look.valueAxis(spec.unit, formatTick), ...bounds(spec) },
      series: lineSeries(spec, days),
    },
  };
}

export function lineSeries(spec, days) {
  const drawn = spec.series.map((series, index) => daySeries(series, days, look.seriesColour(index)));
  return [...drawn, ...spec.marks.map((mark) => markSeries(mark, days.length))];
}

// Every day from the first to the last, so that a gap in time is a gap on the page.
export function daysOf(spec) {
  if (spec.x !== 'day') return [...new Set(spec.series.flatMap(({ points }) => points.map(({ x }) => String(x))))];
  const known = spec.series.flatMap(({ points }) => points.map(({ x }) => Date.parse(x)));
  if (known.length === 0) throw new Error('chart: no days');
  const first = known.reduce((a, b) => Math.min(a, b));
  const count = (known.reduce((a, b) => Math.max(a, b)) - first) / DAY_MS + 1;
  if (count > MOST_DAYS) throw new Error('chart: too many days');
  return Array.from({ length: count }, (_, index) => new Date(first + index * DAY_MS).toISOString().slice(0, 10));
}

function daySeries(series, days, colour) {
  const byDay = new Map(series.points.map((point) => [String(point.x), point]));
  const points = days.map((day) => byDay.get(day) ?? { x: day, y: null, complete: true });
  const dots = days.length <= FEW_DAYS;
  const data = points.map((point, index) => {
    const alone = points[index - 1]?.y == null && points[index + 1]?.y == null;
    const symbolSize = dots || alone || !point.complete ? 6 : 0;
    return { value: point.y, symbolSize, itemStyle: dotStyle(point.complete, colour) };
  });
  return {
    ...look.still,
    type: 'line',
    name: series.name,
    data,
    symbol: 'circle',
    showAllSymbol: true,
    connectNulls: false,
    color: colour,
    lineStyle: { color: colour, width: 2 },
  };
}

const dotStyle = (complete, colour) =>
  complete ? { color: colour } : { color: look.SURFACE, borderColor: colour, borderWidth: 2 };

function markSeries(mark, length) {
  const colour = look.markColour(mark.name);
  return {
    ...look.still,
    type: 'line',
    name: mark.name,
    data: Array(length).fill(mark.y),
    symbol: 'none',
    color: colour,
    lineStyle: { color: colour, width: 1, type: 'dashed' },
  };
}

function dayAxis(days) {
  const axis = look.categoryAxis(days);
  return { ...axis, boundaryGap: days.length === 1, axisLabel: { ...axis.axisLabel, formatter: shortName } };
}

const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text);
const shortName = (text) => (isDay(text) ? formatShortDay(text) : text);
const longName = (text) => (isDay(text) ? formatLongDay(text) : text);

// Counts and durations start at nought. Others may not, or what matters would be a flat line at the top; a share ends at one.
export function bounds(spec) {
  if (spec.unit === 'count') return { min: 0, minInterval: 1 };
  if (spec.unit === 'seconds') return secondsBounds(spec);
  if (spec.unit !== 'share') return { scale: true };
  return { scale: true, min: ({ min }) => (min < 0.2 ? 0 : null), max: ({ max }) => (max > 0.9 ? 1 : null) };
}

const ROUND_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600, 43_200];
const DAY_SECONDS = 86_400;

// Ticks at whole minutes and hours, where tens would be hard to read.
function secondsBounds(spec) {
  const drawn = [...spec.series.flatMap(({ points }) => points), ...spec.marks].map(({ y }) => y ?? 0);
  const highest = drawn.reduce((a, b) => Math.max(a, b), 0) || 1;
  const wanted = highest / 5;
  const interval = ROUND_SECONDS.find((seconds) => seconds >= wanted) ?? Math.ceil(wanted / DAY_SECONDS) * DAY_SECONDS;
  return { min: 0, max: Math.ceil(highest / interval) * interval, interval };
}

export const legendHeight = (names, width) => {
  const letters = names.reduce((sum, name) => sum + name.length, 0);
  const rows = Math.ceil((letters * look.LETTER + names.length * 42) / Math.max(width, 1));
  return 8 + rows * 20;
};

function describe(shown, spec) {
  const rows = shown.map(({ seriesName, value }) => `${seriesName}: ${formatValue(value ?? null, spec.unit)}`);
  return [longName(shown[0].axisValue), ...rows].join('\n');
}
