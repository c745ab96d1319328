/**
 * How much a candidate differs from stable, and how sure that is: 95 % intervals for people to look
 * at. They decide nothing, and promise less than they seem to: the requests of one visitor are not
 * independent, so they are somewhat too narrow; and whoever looks often and stops when an interval
 * leaves out zero is wrong more often than one time in twenty. What is said aloud, on a page that is
 * looked at all day, therefore needs a second interval of 99.99 % to leave out zero as well.
 */
import { boundsAt, countOf, nearestRank, valueAt, type Histogram } from './histogram.ts';
import { PERCENT_95, PERCENT_99_99, quantileRanks, type Level } from './order-statistics.ts';

/** Candidate minus stable. */
export interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Whether the 99.99 % interval leaves out zero too. */
  readonly clear: boolean;
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

/**
 * Newcombe, Interval estimation for the difference between independent proportions, Statistics in
 * Medicine 17 (1998), method 10: two Wilson intervals, joined.
 * @returns fractions, in [-1, 1]; null if either side has no requests
 */
export function errorRatioDifference(candidate: ErrorCount, stable: ErrorCount): Difference | null {
  if (!(candidate.requests > 0) || !(stable.requests > 0)) return null;
  const at = (level: Level): Estimate => join(wilson(candidate, level), wilson(stable, level));
  return { ...at(PERCENT_95), clear: leavesOutZero(at(PERCENT_99_99)) };
}

function leavesOutZero({ low, high }: Estimate): boolean {
  return low > 0 || high < 0;
}

function wilson({ requests, errors }: ErrorCount, { z }: Level): Estimate {
  const value = Math.min(Math.max(errors / requests, 0), 1);
  const z2 = (z * z) / requests;
  const centre = value + z2 / 2;
  const spread = z * Math.sqrt((value * (1 - value)) / requests + z2 / requests / 4);
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
  const shown = quantileDifferenceAt(candidate, stable, q, PERCENT_95);
  if (shown === null) return null;
  const surer = quantileDifferenceAt(candidate, stable, q, PERCENT_99_99);
  return { ...shown, clear: surer !== null && leavesOutZero(surer) };
}

function quantileDifferenceAt(
  candidate: Histogram,
  stable: Histogram,
  q: number,
  level: Level,
): Estimate | null {
  const [a, b] = [quantileEstimate(candidate, q, level), quantileEstimate(stable, q, level)];
  if (a === null || b === null) return null;
  const { value, low, high } = join(a, b);
  return {
    value,
    low: Math.min(low, a.bucket.low - b.bucket.high),
    high: Math.max(high, a.bucket.high - b.bucket.low),
  };
}

/** Where in its bucket an observation lies nobody knows: limits are the outer bounds of theirs. */
function quantileEstimate(
  histogram: Histogram,
  q: number,
  level: Level,
): (Estimate & { readonly bucket: { readonly low: number; readonly high: number } }) | null {
  const n = countOf(histogram);
  const ranks = quantileRanks(n, q, level);
  if (ranks === undefined) return null;
  const rank = nearestRank(n, q);
  return {
    value: valueAt(histogram, rank),
    low: boundsAt(histogram, ranks.low).low,
    high: boundsAt(histogram, ranks.high).high,
    bucket: boundsAt(histogram, rank),
  };
}

/** Each side's distance to its own limit counts where that limit would make the difference larger. */
function join(a: Estimate, b: Estimate): Estimate {
  const value = a.value - b.value;
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  };
}
