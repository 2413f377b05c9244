// Values by category: lying bars, whose names have room on a phone too.
import { formatTick, formatValue } from './format.js';
import { daysOf, legendHeight } from './line.js';
import * as look from './look.js';

const THICKNESS = 16;
const BETWEEN = 14;
const AXIS = 30;

export function bar(spec, width) {
  const categories = daysOf(spec);
  const names = spec.series.map(({ name }) => name);
  const above = names.length > 1 ? legendHeight(names, width) : 4;
  const nameAxis = look.categoryAxis(categories);
  const values = spec.series.flatMap(({ points }) => points.map(({ y }) => formatValue(y, spec.unit).length));
  const room = look.LETTER * values.reduce((a, b) => Math.max(a, b), 0) + 8;
  return {
    height: above + AXIS + categories.length * (names.length * THICKNESS + BETWEEN),
    option: {
      legend: { ...look.legend(spec.series), show: names.length > 1 },
      grid: { top: above, right: room, bottom: 4, left: 4 },
      yAxis: {
        ...nameAxis,
        inverse: true,
        axisLabel: { ...nameAxis.axisLabel, interval: 0, width: Math.min(180, width * 0.35), overflow: 'truncate' },
      },
      xAxis: { ...look.valueAxis(spec.unit, formatTick), ...(spec.unit === 'count' ? { minInterval: 1 } : {}) },
      series: spec.series.map((series, index) => barSeries(series, categories, look.seriesColour(index), spec.unit)),
    },
  };
}

function barSeries(series, categories, colour, unit) {
  const byName = new Map(series.points.map(({ x, y }) => [String(x), y]));
  return {
    ...look.still,
    type: 'bar',
    name: series.name,
    // Where there is no value, a bar of no length carries the words that say so.
    data: categories.map((category) => byName.get(category) ?? 0),
    barMaxWidth: THICKNESS,
    barGap: '10%',
    color: colour,
    itemStyle: { color: colour, borderRadius: [0, 2, 2, 0] },
    label: {
      ...look.label,
      show: true,
      position: 'right',
      formatter: ({ name }) => (byName.has(name) ? formatValue(byName.get(name), unit) : ''),
    },
  };
}
