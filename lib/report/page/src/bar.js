// Values by category: lying bars, whose names have room on a phone too.
import { formatTick, formatValue } from './format.js';
import { daysOf, legendHeight } from './line.js';
import * as look from './look.js';

const THICKNESS = 16;
const BETWEEN = 14;
const AXIS = 35;
const TICK = 60;

export function bar(spec, width) {
  const categories = daysOf(spec);
  const names = spec.series.map(({ name }) => name);
  const above = names.length > 1 ? legendHeight(names, width) : 4;
  const nameAxis = look.categoryAxis(categories);
  const values = spec.series.flatMap(({ points }) => points.map((point) => inWords(point, spec.unit).length));
  const nameRoom = Math.min(180, width * 0.35);
  const room = look.LETTER * values.reduce((a, b) => Math.max(a, b), 0) + 8;
  return {
    height: above + AXIS + categories.length * (names.length * THICKNESS + BETWEEN),
    option: {
      legend: { ...look.legend(spec.series), show: names.length > 1 },
      grid: { top: above, right: room, bottom: 4, left: 4, ...look.WITHIN },
      yAxis: {
        ...nameAxis,
        inverse: true,
        axisLabel: { ...nameAxis.axisLabel, interval: 0, width: nameRoom, overflow: 'truncate' },
      },
      xAxis: { ...look.valueAxis(spec.unit, formatTick), splitNumber: ticks(width - nameRoom - room), ...bounds(spec.unit) },
      series: spec.series.map((series, index) => barSeries(series, categories, look.seriesColour(index), spec.unit)),
    },
  };
}

const inWords = ({ y, note }, unit) => [formatValue(y, unit), note].filter(Boolean).join(' ');

const ticks = (width) => Math.min(4, Math.max(1, Math.floor(width / TICK)));

// A share ends at one, also where the ticks would go on.
function bounds(unit) {
  if (unit === 'count') return { minInterval: 1 };
  return unit === 'share' ? { max: ({ max }) => (max > 0.8 ? 1 : null) } : {};
}

function barSeries(series, categories, colour, unit) {
  const byName = new Map(series.points.map((point) => [String(point.x), point]));
  return {
    ...look.still,
    type: 'bar',
    name: series.name,
    // Where there is no value, a bar of no length carries the words that say so.
    data: categories.map((category) => byName.get(category)?.y ?? 0),
    barMaxWidth: THICKNESS,
    barGap: '10%',
    color: colour,
    itemStyle: { color: colour, borderRadius: [0, 2, 2, 0] },
    label: {
      ...look.label,
      show: true,
      position: 'right',
      formatter: ({ name }) => (byName.has(name) ? inWords(byName.get(name), unit) : ''),
    },
  };
}
