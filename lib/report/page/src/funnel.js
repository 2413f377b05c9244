// Steps, each with its share of the step before where both count the same. The words stand above the bars, since the bars become short.
import { formatValue } from './format.js';
import * as look from './look.js';

const THICKNESS = 14;
const STEP = 46;

export function funnel(spec, width) {
  const [{ points }] = spec.series;
  if (points.length === 0) throw new Error('chart: no steps');
  const inWords = (say) => points.map((point) => say(point, spec.unit));
  const whole = inWords(ofBefore);
  const shown = whole.every((text) => text.length * look.LETTER <= width) ? whole : inWords(shorter);
  const hidden = { show: false, axisLabel: { show: false } };
  return {
    height: STEP * points.length + 6,
    option: {
      grid: { top: 6, right: 2, bottom: 0, left: 2, outerBoundsMode: 'none' },
      yAxis: { type: 'category', inverse: true, data: points.map(({ x }) => String(x)), ...hidden },
      xAxis: { type: 'value', min: 0, max: 'dataMax', ...hidden },
      series: [
        {
          ...look.still,
          type: 'bar',
          data: points.map(({ y }) => y ?? 0),
          barWidth: THICKNESS,
          itemStyle: { color: look.seriesColour(0), borderRadius: [0, 2, 2, 0] },
          showBackground: true,
          backgroundStyle: { color: look.GRID, opacity: 0.5 },
          label: {
            ...look.label,
            show: true,
            position: [0, -16],
            align: 'left',
            formatter: ({ dataIndex }) => shown[dataIndex],
          },
        },
      ],
    },
  };
}

const ofBefore = (point, unit) => describe(point, unit, ' of the step before');
const shorter = (point, unit) => describe(point, unit, '');

// Steps that count something else have no note.
function describe({ x, y, note }, unit, closing) {
  const said = `${x}: ${formatValue(y, unit)}`;
  return note === null ? said : `${said} (${note}${closing})`;
}
