/** What so many runs say, and how sure that is. */

export interface Proportion {
  readonly count: number;
  readonly runs: number;
}

/** Clopper and Pearson (1934): exact 95 % limits of a proportion. @returns fractions */
export function limits({ count, runs }: Proportion): { low: number; high: number } {
  return {
    low: count === 0 ? 0 : solve(p => atLeast(count, runs, p), 0.025),
    high: count === runs ? 1 : solve(p => 1 - atLeast(count + 1, runs, p), 0.025, true),
  };
}

/** P(X ≥ k) of a binomial. */
function atLeast(k: number, n: number, p: number): number {
  let below = 0;
  let logTerm = n * Math.log1p(-p);
  for (let i = 0; i < k; i++) {
    below += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1)) + Math.log(p / (1 - p));
  }
  return 1 - below;
}

/** The p in (0, 1) at which a monotone function reaches the level. */
function solve(f: (p: number) => number, level: number, isFalling = false): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (f(middle) > level === isFalling) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** "0.5 [0.1–1.4]": percent with its 95 % limits. */
export function percent(proportion: Proportion): string {
  const { low, high } = limits(proportion);
  return `${number((100 * proportion.count) / proportion.runs)} [${number(100 * low)}–${number(100 * high)}]`;
}

/** Enough digits to tell it from others, no more. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 99.5 || Number.isInteger(value)) return String(Math.round(value));
  return value >= 9.95 ? value.toFixed(0) : value >= 0.995 ? value.toFixed(1) : value.toFixed(2);
}

/**
 * Median and 90th percentile of the nearest rank; what never came counts as later than everything.
 * @returns "110/235", with "–" beyond the horizon
 */
export function medianAndP90(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Infinity;
  return `${number(at(0.5))}/${number(at(0.9))}`;
}
