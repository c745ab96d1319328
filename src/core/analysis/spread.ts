/**
 * How far stable's own lanes differ in latency, because their visitors do: the same visitors come again
 * and again, so a canary with slow ones would look slow for ever. Three times that spread is forgiven,
 * on top of the tolerance (judging.md, section 2).
 */
import { LANES } from './interval.ts';
import { scoreSums, type LatencyScale } from './latency-scale.ts';
import { SCORES, type Score } from './members.ts';
import type { Pair } from './pairs.ts';

/** Since the start, by lane. Plain JSON. */
export interface SpreadState {
  readonly n: readonly number[];
  readonly sums: Readonly<Record<Score, readonly number[]>>;
  /** Stable's largest weight so far, in [0, 1]: how many visitors a lane had at most. */
  readonly weight: number;
}

export const FORGIVEN = 3;

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
 * Mean and variance of the lanes' means, and the mean of 1/n, by running sums (Welford 1962); lanes
 * without requests are no lanes.
 * @returns null below two lanes
 */
export function betweenLanes(
  sums: readonly number[],
  n: readonly number[],
): { readonly mean: number; readonly variance: number; readonly inverse: number } | null {
  let [lanes, mean, squares, inverse] = [0, 0, 0, 0];
  for (let lane = 0; lane < n.length; lane++) {
    if (!(n[lane]! > 0)) continue;
    const x = sums[lane]! / n[lane]!;
    const off = x - mean;
    lanes++;
    mean += off / lanes;
    squares += off * (x - mean);
    inverse += 1 / n[lane]!;
  }
  return lanes < 2 ? null : { mean, variance: squares / (lanes - 1), inverse: inverse / lanes };
}

/**
 * Variance of a lane's mean score that is its visitors', not chance's: what single requests would give
 * is taken off, but at most three quarters, because it is an estimate from few lanes.
 */
export function laneVariance({ n, sums }: SpreadState, score: Score): number {
  const between = betweenLanes(sums[score], n);
  if (between === null) return 0;
  const { mean, variance, inverse } = between;
  // Of a score in [0, 1]: at most that of a coin, for ranks a third of it.
  const ofOne = mean * (1 - mean) * (score === 'ranks' ? 1 / 3 : 1);
  return Math.max(variance - ofOne * inverse, variance / 4);
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
  const faster = scale.faster[score];
  const buckets = faster.findIndex(mean => mean <= faster[0]! - forgiven);
  return buckets < 0 ? null : buckets;
}
