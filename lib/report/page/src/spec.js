// The JSON of a figure, checked. Whatever is wrong is thrown: the figure then shows its table.
import { UNITS } from './format.js';

const AXES = ['day', 'category', 'share'];

export function readSpec(figure) {
  const spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  expect(UNITS.includes(spec.unit), 'unit');
  expect(AXES.includes(spec.x), 'x');
  expect(Array.isArray(spec.series) && spec.series.length > 0, 'series');
  const series = spec.series.map((one) => readSeries(one, spec.x));
  const marks = (spec.marks ?? []).map(readMark);
  return { unit: spec.unit, x: spec.x, series, marks };
}

function readSeries(series, axis) {
  expect(typeof series.name === 'string' && Array.isArray(series.points), 'series');
  return { name: series.name, points: series.points.map((point) => readPoint(point, axis)) };
}

function readPoint(point, axis) {
  expect(Array.isArray(point), 'point');
  const [x, y, complete = true, note = null] = point;
  expect(y === null || Number.isFinite(y), 'y');
  if (axis === 'share') expect(Number.isFinite(x), 'x');
  else expect(typeof x === 'string', 'x');
  if (axis === 'day') expect(/^\d{4}-\d{2}-\d{2}$/.test(x) && !Number.isNaN(Date.parse(x)), 'day');
  expect(note === null || typeof note === 'string', 'note');
  return { x, y, complete, note };
}

function readMark(mark) {
  expect(typeof mark.name === 'string' && Number.isFinite(mark.y), 'mark');
  return { name: mark.name, y: mark.y };
}

function expect(holds, what) {
  if (!holds) throw new Error(`chart: ${what}`);
}
