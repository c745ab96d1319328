/**
 * The Mann-Whitney test as Kayenta's judge uses it: the interval of the shift between two samples, by
 * inverting the statistic in its normal approximation with mid-ranks, tie and continuity corrections
 * (the asymptotic interval of R's wilcox.test).
 */
import { normalQuantile } from './latency.ts';

export interface Shift {
  readonly low: number;
  readonly high: number;
  /** Where the statistic is zero: close to the Hodges-Lehmann estimate. */
  readonly estimate: number;
}

/** As the solver that Kayenta uses stops. */
const ACCURACY = 1e-6;

/**
 * How much larger the first sample is.
 * @param x sorted, not empty @param y sorted, not empty; not all values of both the same after a shift
 * @param confidence in (0, 1), two-sided
 */
export function shiftBetween(x: readonly number[], y: readonly number[], confidence: number): Shift {
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const low = x[0]! - y.at(-1)!;
  const high = x.at(-1)! - y[0]!;
  const root = (level: number): number => {
    if (statistic(x, y, low) <= level) return low;
    if (statistic(x, y, high) >= level) return high;
    let [from, to] = [low, high];
    while (to - from > ACCURACY) {
      const middle = (from + to) / 2;
      if (statistic(x, y, middle) > level) from = middle;
      else to = middle;
    }
    return (from + to) / 2;
  };
  return { low: root(z), high: root(-z), estimate: root(0) };
}

/** The standardised statistic with `shift` taken from the first sample; it falls as the shift grows. */
function statistic(x: readonly number[], y: readonly number[], shift: number): number {
  const [n, m] = [x.length, y.length];
  let wins = 0;
  let ties = 0;
  for (let i = 0, j = 0; i < n || j < m;) {
    const value = Math.min(i < n ? x[i]! - shift : Infinity, j < m ? y[j]! : Infinity);
    const below = j;
    let inX = 0;
    while (i < n && x[i]! - shift === value) [inX, i] = [inX + 1, i + 1];
    while (j < m && y[j] === value) j++;
    const inY = j - below;
    wins += inX * (below + inY / 2);
    const tied = inX + inY;
    ties += tied ** 3 - tied;
  }
  const difference = wins - (n * m) / 2;
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  return variance > 0 ? (difference - Math.sign(difference) * 0.5) / Math.sqrt(variance) : 0;
}
