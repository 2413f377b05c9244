// Numbers and days in words: those of the page's tables (src/words.rs), whatever the reader's browser speaks.
export const UNITS = ['count', 'share', 'seconds', 'ratio', 'points'];

const upTo = (digits) => new Intl.NumberFormat('en-GB', { maximumFractionDigits: digits });
const NONE = upTo(0);
const ONE = upTo(1);
const THREE = upTo(3);
const TENTHS = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const day = (parts) => new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: 'UTC' });
const SHORT_DAY = day({ day: 'numeric', month: 'short' });
const LONG_DAY = day({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatValue(value, unit) {
  if (value === null) return 'no data';
  switch (unit) {
    case 'share':
      return formatShare(value);
    case 'seconds':
      return formatSeconds(value);
    case 'ratio':
      return formatRatio(value);
    default:
      return ONE.format(value);
  }
}

// Never 0 where it is not quite.
function formatRatio(value) {
  if (value !== 0 && Math.abs(value) < 0.0005) return value < 0 ? '>−0.001' : '<0.001';
  return THREE.format(value);
}

// Never 0% or 100% where it is not quite.
function formatShare(value) {
  const percent = value * 100;
  if (percent > 0 && percent < 0.05) return '<0.1%';
  if (percent >= 99.95 && percent < 100) return '>99.9%';
  return `${TENTHS.format(percent)}%`;
}

function formatSeconds(value) {
  if (value > 0 && value < 1) return `${NONE.format(value * 1_000)} ms`;
  if (value < MINUTE) return `${ONE.format(value)} s`;
  if (value < HOUR) return twoParts(value, [MINUTE, 'min'], [1, 's']);
  if (value < DAY) return twoParts(value, [HOUR, 'h'], [MINUTE, 'min']);
  return twoParts(value, [DAY, 'd'], [HOUR, 'h']);
}

function twoParts(value, [large, largeName], [small, smallName]) {
  const smalls = Math.round(value / small);
  const inLarge = large / small;
  const rest = smalls % inLarge;
  const first = `${NONE.format(Math.floor(smalls / inLarge))} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

// Narrow enough to stand beside an axis.
export function formatTick(value, unit) {
  if (unit === 'share') return `${THREE.format(value * 100)}%`;
  if (unit === 'seconds') return formatSeconds(value);
  if (value >= 1_000_000) return `${ONE.format(value / 1_000_000)}M`;
  if (value >= 10_000) return `${ONE.format(value / 1_000)}k`;
  return THREE.format(value);
}

export const formatShortDay = (text) => SHORT_DAY.format(Date.parse(text));
export const formatLongDay = (text) => LONG_DAY.format(Date.parse(text));
