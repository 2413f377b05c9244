// Predicted against observed. On the diagonal, what was predicted is what came.
import { formatTick, formatValue } from './format.js';
import { legendHeight } from './line.js';
import * as look from './look.js';

const HEIGHT = 300;
const DIAGONAL = 'as predicted';

export function reliability(spec, width) {
  const names = [...spec.series.map(({ name }) => name), DIAGONAL];
  const end = endOf(spec);
  return {
    height: HEIGHT,
    option: {
      legend: look.legend(spec.series, [{ name: DIAGONAL }]),
      tooltip: { ...look.tooltip(describe), trigger: 'item' },
      grid: { top: legendHeight(names, width), right: 16, bottom: 20, left: 4, ...look.WITHIN },
      xAxis: { ...axis('Predicted', end), nameGap: 26 },
      yAxis: axis('', end),
      series: [...spec.series.map((series, index) => predicted(series, look.seriesColour(index))), diagonal(end)],
    },
  };
}

// The same end on both axes, else the diagonal would not be one.
function endOf(spec) {
  const all = spec.series.flatMap(({ points }) => points.flatMap(({ x, y }) => [x, y ?? 0]));
  return Math.min(1, Math.max(0.1, Math.ceil(all.reduce((a, b) => Math.max(a, b), 0) * 10) / 10));
}

const axis = (name, max) => ({
  ...look.valueAxis('share', formatTick),
  min: 0,
  max,
  name,
  nameLocation: 'middle',
  nameTextStyle: { color: look.MUTED, fontFamily: look.FONT, fontSize: look.SMALL },
});

const predicted = (series, colour) => ({
  ...look.still,
  silent: false,
  type: 'line',
  name: series.name,
  data: series.points.filter(({ y }) => y !== null).map(({ x, y }) => [x, y]),
  symbol: 'circle',
  symbolSize: 8,
  showAllSymbol: true,
  color: colour,
  itemStyle: { color: colour },
  lineStyle: { color: colour, width: 2 },
});

const diagonal = (end) => ({
  ...look.still,
  type: 'line',
  name: DIAGONAL,
  data: [[0, 0], [end, end]],
  symbol: 'none',
  color: look.MUTED,
  lineStyle: { color: look.MUTED, width: 1, type: 'dashed' },
});

function describe({ value: [x, y] }) {
  return `Predicted: ${formatValue(x, 'share')}\nCame: ${formatValue(y, 'share')}`;
}
