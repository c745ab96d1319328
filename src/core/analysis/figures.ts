/** Numbers as the judge writes them, the same everywhere. */

/** 29,940; decimals where the number is small: 18.3, 0.42. */
export function figure(x: number): string {
  if (Number.isInteger(x) || Math.abs(x) >= 100) return thousands(Math.round(x));
  return trimmed(x.toFixed(Math.abs(x) >= 10 ? 1 : 2));
}

function thousands(x: number): string {
  return String(x).replace(/(?<=\d)(?=(?:\d{3})+$)/g, ',');
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** A fraction as a percentage, to two or three digits: 1.25 %, 0.012 %. */
export function percent(fraction: number): string {
  if (!(fraction > 0)) return '0 %';
  const value = fraction * 100;
  const digits = Math.min(Math.max(1 - Math.floor(Math.log10(value)), 0), 8);
  return `${trimmed(value.toFixed(value >= 1 ? Math.max(digits, 2) : digits))} %`;
}

/** Of a part in a whole; a whole of nothing has no percentage. */
export function part(count: number, whole: number): string {
  const of = `${figure(count)} of ${figure(whole)}`;
  return whole > 0 ? `${of} (${percent(count / whole)})` : of;
}

/** From 1.19 to "1.19", from 1.0000001 to "1". */
export function ratio(x: number): string {
  return trimmed(x.toFixed(2));
}

/** An e-value from its logarithm: 0.31, 41, 1,204, 10^9. */
export function eValue(logE: number): string {
  const power = logE / Math.LN10;
  if (power >= 6) return `10^${Math.floor(power)}`;
  if (power <= -3) return 'below 0.001';
  const e = Math.exp(logE);
  return e < 0.1 ? trimmed(e.toFixed(3)) : figure(e);
}

/** How long something took: 4 s, 12 min, 3.5 h. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 120) return `${figure(Math.round(seconds))} s`;
  return seconds < 7200
    ? `${figure(Math.round(seconds / 60))} min`
    : `${trimmed((seconds / 3600).toFixed(1))} h`;
}

/** 238 ms; 1.19 s. */
export function duration(seconds: number): string {
  const ms = seconds * 1000;
  if (ms < 1000) return `${ms < 10 ? trimmed(ms.toFixed(1)) : String(Math.round(ms))} ms`;
  return `${trimmed(seconds.toFixed(2))} s`;
}
