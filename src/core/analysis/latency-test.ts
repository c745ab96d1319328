/** Whether the canary is slower than stable by more than its tolerance (judging.md, section 2). */
import { BUCKETS } from './histogram.ts';
import { scoreTiltLogIncrement, thresholdLogIncrement, type TwoCounts } from './increments.ts';
import { moved, toleranceBuckets, type LatencyScale } from './latency-scale.ts';
import type { Score } from './members.ts';
import { ROLLBACK_GRID, TILT_GRID } from './mixture.ts';
import type { Counts, Pair } from './pairs.ts';
import { widening, type SpreadState } from './spread.ts';

/** What a latency test goes by, fixed before the interval that it judges. */
export interface LatencyContext {
  readonly scale: LatencyScale;
  /** Null where every request is drawn by itself. */
  readonly spread: SpreadState | null;
}

/** How many bets a score has. */
export function betsOf(score: Score): number {
  return score === 'ranks' ? TILT_GRID.length : ROLLBACK_GRID.length;
}

/** Buckets that the canary is forgiven: its tolerance and what visitors differ by; null if nothing can be told. */
export function forgivenBuckets(
  { scale, spread }: LatencyContext,
  score: Score,
  ratio: number,
  weights: Pair['weights'],
): number | null {
  const more = spread === null ? 0 : widening(spread, scale, score, weights);
  return more === null ? null : toleranceBuckets(ratio) + more;
}

/** By bet of the score's grid, summed over the coins. */
export function latencyIncrements(
  pairs: readonly Pair[],
  context: LatencyContext,
  score: Score,
  ratio: number,
): number[] {
  const sums = new Array<number>(betsOf(score)).fill(0);
  for (const pair of pairs) {
    const forgiven = forgivenBuckets(context, score, ratio, pair.weights);
    if (forgiven === null) continue;
    incrementsOfPair(pair, context.scale, score, forgiven).forEach((increment, g) => (sums[g]! += increment));
  }
  return sums;
}

function incrementsOfPair(pair: Pair, scale: LatencyScale, score: Score, forgiven: number): number[] {
  if (score === 'ranks') {
    const [hC, hS] = [dense(pair.canary, forgiven), dense(pair.stable, 0)];
    return TILT_GRID.map(eta => scoreTiltLogIncrement(hC, hS, scale.scores.ranks, eta));
  }
  const counts = slowCounts(pair, scale.thresholds[score], forgiven);
  return ROLLBACK_GRID.map(m => thresholdLogIncrement(counts, m));
}

/** How many of either arm were above the threshold, the canary's moved down so many buckets. */
export function slowCounts({ canary, stable }: Pair, threshold: number, forgiven: number): TwoCounts {
  const [c, s] = [above(canary, threshold, forgiven), above(stable, threshold, 0)];
  return { xC: c.above, nC: c.n, xS: s.above, nS: s.n };
}

function above(
  { latency }: Counts,
  threshold: number,
  forgiven: number,
): { readonly above: number; readonly n: number } {
  let [sum, n] = [0, 0];
  for (const [position, count] of latency) {
    n += count;
    if (moved(position, forgiven) >= threshold) sum += count;
  }
  return { above: sum, n };
}

function dense({ latency }: Counts, forgiven: number): number[] {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const [position, count] of latency) counts[moved(position, forgiven)]! += count;
  return counts;
}
