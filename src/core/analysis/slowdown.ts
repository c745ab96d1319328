/** How slow a canary must be to be told from stable, given how much visitors differ by themselves. */
import { BUCKETS } from './histogram.ts';
import { LANES, type Interval } from './interval.ts';
import { ratioOfBuckets, toleranceBuckets } from './latency-scale.ts';
import { tally } from './log-sum.ts';
import { membersOf } from './members.ts';
import { addCounts, countsOf, type Counts } from './pairs.ts';
import type { JudgeSettings } from './settings.ts';
import { FORGIVEN } from './spread.ts';

/** In buckets of 2^(1/8), as standard deviations. */
export interface LatencySpread {
  /** Between two of stable's lanes, by their visitors. */
  readonly lanes: number;
  /** Between single requests. */
  readonly requests: number;
}

/** From what stable did before the start; null where fewer than two lanes had a request that ended. */
export function latencySpread(intervals: readonly Interval[]): LatencySpread | null {
  const lanes = new Array<Counts>(LANES).fill(countsOf(undefined));
  for (const { strata } of intervals) {
    for (const stratum of strata) {
      stratum.lanes.forEach((counts, lane) => {
        if (lane < LANES) lanes[lane] = addCounts(lanes[lane]!, countsOf(counts));
      });
    }
  }
  const measured = lanes.map(meanPosition).filter(({ n }) => n > 0);
  if (measured.length < 2) return null;
  const average = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const mean = average(measured.map(lane => lane.mean));
  const within = average(measured.map(lane => lane.variance));
  const between =
    measured.reduce((sum, lane) => sum + (lane.mean - mean) ** 2, 0) / (measured.length - 1) -
    average(measured.map(({ n, variance }) => variance / n));
  return { lanes: Math.sqrt(Math.max(between, 0)), requests: Math.sqrt(within) };
}

/** What never ended has no duration. */
function meanPosition({ latency }: Counts): {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
} {
  const ended = latency.filter(([position]) => position < BUCKETS - 1);
  const n = ended.reduce((sum, [, count]) => sum + tally(count), 0);
  if (n === 0) return { n, mean: 0, variance: 0 };
  const mean = ended.reduce((sum, [position, count]) => sum + position * count, 0) / n;
  const squares = ended.reduce((sum, [position, count]) => sum + (position - mean) ** 2 * count, 0);
  return { n, mean, variance: squares / n };
}

export interface Slowdown {
  /** A canary that is so many times as slow as stable is told from it; less is not. */
  readonly ratio: number;
  /** By how much two arms of such visitors may differ, as a fraction: 0.14 is ±14 %. */
  readonly visitors: number;
}

/**
 * @param requests on the canary, > 0: more of them tell less
 * @param weight percent, in (0, 100)
 * @returns null without a latency criterion
 */
export function smallestSlowdown(
  spread: LatencySpread,
  requests: number,
  weight: number,
  settings: JudgeSettings,
): Slowdown | null {
  const member = membersOf(settings).find(one => one.kind === 'latency');
  if (member?.kind !== 'latency' || !(requests > 0)) return null;
  const w = Math.min(Math.max(weight / 100, 0.001), 0.99);
  const arms = settings.sticky ? FORGIVEN * spread.lanes * Math.sqrt((1 / w + 1 / (1 - w)) / LANES) : 0;
  const margin = toleranceBuckets(member.ratio) + Math.ceil(arms);
  // Evidence of a shift grows as half its square, in standard deviations of single requests.
  const needed = -Math.log(settings.falseRollbackRate) - Math.log(member.share) + 2.5;
  const shift = spread.requests * Math.sqrt((2 * needed) / (requests * (1 - w)));
  return { ratio: ratioOfBuckets(margin + shift), visitors: ratioOfBuckets(arms) - 1 };
}
