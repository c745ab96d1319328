/**
 * What is slow, by stable's past: thresholds at its p50, p90 and p99, and the rank of every bucket.
 * Fixed before what is judged by it (statistics.md, section 3.2).
 */
import { BUCKETS, FIRST } from './histogram.ts';
import { SCORES, type Score } from './members.ts';

/** From so many requests on the quantiles hold. */
export const REFERENCE_REQUESTS = 1000;

/** More than a hundredfold is never forgiven. */
const MOST_BUCKETS = 56;

export interface LatencyScale {
  /** First position above the threshold. */
  readonly thresholds: Readonly<Record<Exclude<Score, 'ranks'>, number>>;
  /** By score and position, ascending in [0, 1]. */
  readonly scores: Readonly<Record<Score, readonly number[]>>;
  /** By score and buckets: mean score of stable's past, were it so much faster; falls. */
  readonly faster: Readonly<Record<Score, readonly number[]>>;
  /**
   * What an advance is proved at: the highest position with at least that share of stable's past in it
   * or above, and, as in `faster`, that share were stable so many buckets faster. Nothing can be proved of
   * a threshold that nothing of stable exceeds. Null below the first bucket, which holds all that is
   * quicker than the clock can tell: there nothing is asked.
   */
  readonly advance: Readonly<Record<Exclude<Score, 'ranks'>, AdvanceThreshold | null>>;
}

export interface AdvanceThreshold {
  readonly position: number;
  readonly faster: readonly number[];
}

/** @param counts stable's by position; at least one */
export function latencyScale(counts: readonly number[]): LatencyScale {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const past = counts.map(count => count / total);
  const above = aboveOf(past);
  const thresholds = { p50: nearest(above, 0.5), p90: nearest(above, 0.1), p99: nearest(above, 0.01) };
  const indicator = (threshold: number) => past.map((_, position) => (position >= threshold ? 1 : 0));
  const scores = {
    p50: indicator(thresholds.p50),
    p90: indicator(thresholds.p90),
    p99: indicator(thresholds.p99),
    ranks: past.map((fraction, position) => Math.min(1, Math.max(0, 1 - above[position]! + fraction / 2))),
  };
  const fasterBy = (score: readonly number[]) =>
    Array.from({ length: MOST_BUCKETS }, (_, buckets) => meanScore(past, score, buckets));
  const faster = (score: Score) => fasterBy(scores[score]);
  const provable = (fraction: number): AdvanceThreshold | null => {
    const position = above.findLastIndex(share => share >= fraction);
    return position < 1 ? null : { position, faster: fasterBy(indicator(position)) };
  };
  return {
    thresholds,
    scores,
    faster: { p50: faster('p50'), p90: faster('p90'), p99: faster('p99'), ranks: faster('ranks') },
    advance: { p50: provable(0.5), p90: provable(0.1), p99: provable(0.01) },
  };
}

/** At each position: what is there or above. */
function aboveOf(past: readonly number[]): number[] {
  const above = new Array<number>(past.length);
  let sum = 0;
  for (let position = past.length - 1; position >= 0; position--) above[position] = sum += past[position]!;
  return above;
}

function nearest(above: readonly number[], fraction: number): number {
  let best = 1;
  for (let position = 1; position < above.length; position++) {
    if (Math.abs(above[position]! - fraction) < Math.abs(above[best]! - fraction)) best = position;
  }
  return best;
}

/** Where an observation counts when it is forgiven so many buckets; what never ended stays at the end. */
export function moved(position: number, buckets: number): number {
  return position === BUCKETS - 1 ? position : Math.max(position - buckets, 0);
}

function meanScore(past: readonly number[], scores: readonly number[], buckets: number): number {
  let sum = 0;
  for (let position = 0; position < past.length; position++) {
    sum += past[position]! * scores[moved(position, buckets)]!;
  }
  return sum;
}

/** Sum of the scores of what was observed, and how many there were. */
export function scoreSums(
  latency: readonly (readonly [position: number, count: number])[],
  { scores }: LatencyScale,
): { readonly n: number; readonly sums: Record<Score, number> } {
  const sums: Record<Score, number> = { p50: 0, p90: 0, p99: 0, ranks: 0 };
  let n = 0;
  for (const [position, count] of latency) {
    n += count;
    for (const score of SCORES) sums[score] += count * scores[score][position]!;
  }
  return { n, sums };
}

/** Whole buckets of 2^(1/8) that a canary may be slower: a ratio of 1.1 means two, 1.19. */
export function toleranceBuckets(ratio: number): number {
  return Math.max(0, Math.ceil(8 * Math.log2(ratio) - 1e-9) || 0);
}

export function ratioOfBuckets(buckets: number): number {
  return 2 ** (buckets / 8);
}

/** Upper bound of what lies below a position, in seconds. */
export function secondsAt(position: number): number {
  return 2 ** ((position + FIRST) / 8);
}
