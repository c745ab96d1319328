/**
 * How far stable's own lanes differ in latency, because their visitors do: the same visitors come again
 * and again, so a canary with slow ones would look slow for ever. Three times that spread is forgiven,
 * on top of the tolerance (judging.md, section 2).
 */
import { BUCKETS } from './histogram.ts';
import { LANES } from './interval.ts';
import { meanScore, scoreSums, type LatencyScale } from './latency-scale.ts';
import { SCORES, type Score } from './members.ts';
import type { Pair } from './pairs.ts';

/** Since the start, by lane. Plain JSON. */
export interface SpreadState {
  readonly n: readonly number[];
  readonly sums: Readonly<Record<Score, readonly number[]>>;
  /** Stable's largest weight so far, in [0, 1]: how many visitors a lane had at most. */
  readonly weight: number;
}

const FORGIVEN = 3;

export function startSpread(): SpreadState {
  const zeros = () => new Array<number>(LANES).fill(0);
  return { n: zeros(), sums: { p50: zeros(), p90: zeros(), p99: zeros(), ranks: zeros() }, weight: 0 };
}

export function addToSpread(state: SpreadState, pairs: readonly Pair[], scale: LatencyScale): SpreadState {
  const n = [...state.n];
  const sums: Record<Score, number[]> = {
    p50: [...state.sums.p50],
    p90: [...state.sums.p90],
    p99: [...state.sums.p99],
    ranks: [...state.sums.ranks],
  };
  for (const { lanes } of pairs) {
    lanes.forEach((counts, lane) => {
      const added = scoreSums(counts.latency, scale);
      n[lane]! += added.n;
      for (const score of SCORES) sums[score][lane]! += added.sums[score];
    });
  }
  return {
    n,
    sums,
    weight: pairs.reduce((most, { weights }) => Math.max(most, weights.stable), state.weight),
  };
}

/**
 * Variance of a lane's mean score that is its visitors', not chance's: what single requests would give
 * is taken off, but at most three quarters, because it is an estimate from few lanes.
 */
export function laneVariance({ n, sums }: SpreadState, score: Score): number {
  const lanes = n.flatMap((count, lane) => (count > 0 ? [{ count, sum: sums[score][lane]! }] : []));
  if (lanes.length < 2) return 0;
  const means = lanes.map(({ count, sum }) => sum / count);
  const mean = means.reduce((sum, x) => sum + x, 0) / means.length;
  const between = means.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (means.length - 1);
  // Of a score in [0, 1]: at most that of a coin, for ranks a third of it.
  const ofOne = mean * (1 - mean) * (score === 'ranks' ? 1 / 3 : 1);
  const chance = lanes.reduce((sum, { count }) => sum + ofOne / count, 0) / lanes.length;
  return Math.max(between - chance, between / 4);
}

/**
 * Buckets to forgive, so that two arms of such visitors differ by less.
 * @returns null if nothing can be told: they differ by more than the score can
 */
export function widening(
  state: SpreadState,
  scale: LatencyScale,
  score: Score,
  weights: Pair['weights'],
): number | null {
  // A lane had a sixteenth of stable's visitors; an arm has its weight of all of them.
  const arms = (state.weight / LANES) * (1 / weights.canary + 1 / weights.stable);
  const forgiven = FORGIVEN * Math.sqrt(laneVariance(state, score) * arms);
  if (forgiven === 0) return 0;
  const lowest = meanScore(scale, score, 0) - forgiven;
  for (let buckets = 1; buckets < BUCKETS / 2; buckets++) {
    if (meanScore(scale, score, buckets) <= lowest) return buckets;
  }
  return null;
}
