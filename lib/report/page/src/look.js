// Colours and fonts. A colour is the name of one of the variables of assets/report.css, never its value: so the browser
// itself recolours what is drawn when the reader goes from light to dark, or to paper.
const SERIES_COLOURS = 4;

export const seriesColour = (index) => `var(--series-${(index % SERIES_COLOURS) + 1})`;
export const TEXT = 'var(--ink)';
export const MUTED = 'var(--muted)';
export const GRID = 'var(--line)';
export const SURFACE = 'var(--surface)';

const MARKS = { alarm: 'var(--alarm)', watch: 'var(--watch)' };
export const markColour = (name) => MARKS[name] ?? MUTED;

export const FONT = 'system-ui, sans-serif';
export const SMALL = 12;
// How wide a letter of that size is, about.
export const LETTER = 7;
// Names of an axis stay within these. The library takes letters for less high than they are: J and g have tails.
export const WITHIN = { outerBounds: { top: 0, right: 0, bottom: 6, left: 0 } };
const text = (colour) => ({ color: colour, fontFamily: FONT, fontSize: SMALL });

export const label = { ...text(TEXT), textBorderWidth: 0 };

// Nothing lights up under the pointer: the library would compute a lighter colour, which a variable's name does not have.
export const still = { emphasis: { disabled: true }, silent: true };

export const valueAxis = (unit, tick) => ({
  type: 'value',
  splitNumber: 4,
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: GRID } },
  axisLabel: { ...text(MUTED), hideOverlap: true, formatter: (value) => tick(value, unit) },
});

export const categoryAxis = (data) => ({
  type: 'category',
  data,
  axisTick: { show: false },
  axisLine: { lineStyle: { color: GRID } },
  axisLabel: { ...text(MUTED), hideOverlap: true, margin: 10 },
});

const DASHES = 'path://M0 0h5v2h-5zM8 0h5v2h-5zM16 0h5v2h-5z';

export const legend = (series, dashed = []) => ({
  data: [
    ...series.map(({ name }) => ({ name, icon: 'roundRect' })),
    ...dashed.map(({ name }) => ({ name, icon: DASHES })),
  ],
  top: 0,
  left: 0,
  itemWidth: 20,
  itemHeight: 8,
  itemGap: 14,
  selectedMode: false,
  textStyle: text(TEXT),
  inactiveColor: MUTED,
  inactiveBorderColor: MUTED,
});

// Drawn as SVG, as the page's policy forbids styles in markup, which the other kind of tooltip consists of.
export const tooltip = (formatter) => ({
  trigger: 'axis',
  renderMode: 'richText',
  confine: true,
  transitionDuration: 0,
  backgroundColor: SURFACE,
  borderColor: GRID,
  borderWidth: 1,
  padding: [6, 8],
  shadowBlur: 0,
  shadowColor: 'transparent',
  textStyle: { ...text(TEXT), lineHeight: 17 },
  axisPointer: { type: 'line', animation: false, lineStyle: { color: MUTED, type: 'solid', width: 1 } },
  formatter,
});
