// A line without words, for a card that has the words.
import { bounds, daysOf, lineSeries } from './line.js';

const HEIGHT = 72;

export function spark(spec) {
  const days = daysOf(spec);
  const hidden = { show: false, axisLabel: { show: false } };
  return {
    height: HEIGHT,
    option: {
      grid: { top: 5, right: 5, bottom: 5, left: 5, outerBoundsMode: 'none' },
      xAxis: { type: 'category', data: days, boundaryGap: days.length === 1, ...hidden },
      yAxis: { type: 'value', ...bounds(spec), ...hidden },
      series: lineSeries(spec, days).map((series) => quieter(series)),
    },
  };
}

// Of the dots, only the last stays.
function quieter(series) {
  if (series.symbol === 'none') return series;
  const last = series.data.findLastIndex(({ value }) => value !== null);
  const data = series.data.map((point, index) => ({ ...point, symbolSize: index === last ? 6 : keepAlone(series, index) }));
  return { ...series, data };
}

const keepAlone = ({ data }, index) => {
  const alone = data[index - 1]?.value == null && data[index + 1]?.value == null;
  return alone ? 4 : 0;
};
