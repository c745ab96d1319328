/**
 * How much a candidate differs from stable, and how sure that is: 95 % intervals for people to look
 * at. They decide nothing, and promise less than they seem to: the requests of one visitor are not
 * independent, so they are somewhat too narrow; and whoever looks often and stops when an interval
 * leaves out zero is wrong more often than one time in twenty.
 */
import { boundsAt, countOf, nearestRank, valueAt, type Histogram } from './histogram.ts';
import { quantileRanks } from './order-statistics.ts';

/** Candidate minus stable. */
export interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Errors among requests. */
export interface ErrorCount {
  readonly requests: number;
  readonly errors: number;
}

interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const Z = 1.959963984540054;

/**
 * Newcombe, Interval estimation for the difference between independent proportions, Statistics in
 * Medicine 17 (1998), method 10: two Wilson intervals, joined.
 * @returns fractions, in [-1, 1]; null if either side has no requests
 */
export function errorRatioDifference(candidate: ErrorCount, stable: ErrorCount): Difference | null {
  const [a, b] = [wilson(candidate), wilson(stable)];
  return a === null || b === null ? null : join(a, b);
}

function wilson({ requests, errors }: ErrorCount): Estimate | null {
  if (!(requests > 0)) return null;
  const value = Math.min(Math.max(errors / requests, 0), 1);
  const z2 = (Z * Z) / requests;
  const centre = value + z2 / 2;
  const spread = Z * Math.sqrt((value * (1 - value)) / requests + z2 / requests / 4);
  return {
    value,
    low: value === 0 ? 0 : Math.max((centre - spread) / (1 + z2), 0),
    high: value === 1 ? 1 : Math.min((centre + spread) / (1 + z2), 1),
  };
}

/**
 * An interval of order statistics for each side, joined by MOVER: Zou and Donner, Construction of
 * confidence limits about effect measures, Statistics in Medicine 27 (2008). It is never narrower
 * than what the histogram's buckets leave open, at most 9 % of either value.
 * @param q in (0, 1)
 * @returns seconds; null if either side has too few observations for any interval (for p99, below 368)
 */
export function quantileDifference(candidate: Histogram, stable: Histogram, q: number): Difference | null {
  const [a, b] = [quantileEstimate(candidate, q), quantileEstimate(stable, q)];
  if (a === null || b === null) return null;
  const { value, low, high } = join(a, b);
  return {
    value,
    low: Math.min(low, a.bucket.low - b.bucket.high),
    high: Math.max(high, a.bucket.high - b.bucket.low),
  };
}

function quantileEstimate(
  histogram: Histogram,
  q: number,
): (Estimate & { readonly bucket: { readonly low: number; readonly high: number } }) | null {
  const n = countOf(histogram);
  const ranks = quantileRanks(n, q);
  if (ranks === undefined) return null;
  const rank = nearestRank(n, q);
  return {
    value: valueAt(histogram, rank),
    low: valueAt(histogram, ranks.low),
    high: valueAt(histogram, ranks.high),
    bucket: boundsAt(histogram, rank),
  };
}

/** Each side's distance to its own limit counts where that limit would make the difference larger. */
function join(a: Estimate, b: Estimate): Difference {
  const value = a.value - b.value;
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  };
}
