/** What was counted since the start, as people are told it: figures, no tests. */
import type { TwoCounts } from './increments.ts';
import { goalCounts } from './count-test.ts';
import { forgivenBuckets, slowCounts, type LatencyContext } from './latency-test.ts';
import { moved, scoreSums } from './latency-scale.ts';
import type { Member } from './members.ts';
import { weightShare, type Counts, type Pair } from './pairs.ts';
import { unreachable } from '../result.ts';

/** Plain JSON. */
export interface Observed {
  readonly canary: number;
  readonly canaryRequests: number;
  readonly stable: number;
  readonly stableRequests: number;
  /** The canary's count had it behaved as stable in the same intervals and strata: Σ nC·xS/nS. */
  readonly expected: number;
}

export const NOTHING_OBSERVED: Observed = {
  canary: 0,
  canaryRequests: 0,
  stable: 0,
  stableRequests: 0,
  expected: 0,
};

export function observe(observed: Observed, { xC, xS, nC, nS }: TwoCounts): Observed {
  // Where only one arm had requests, there is nothing to compare it with.
  if (!(nC > 0) || !(nS > 0)) return observed;
  return {
    canary: observed.canary + xC,
    canaryRequests: observed.canaryRequests + nC,
    stable: observed.stable + xS,
    stableRequests: observed.stableRequests + nS,
    expected: observed.expected + (nC * xS) / nS,
  };
}

/** New visitors as they were drawn, beside what the weights would have given the canary. */
export function observeDraws(observed: Observed, pair: Pair): Observed {
  const [canary, stable] = [pair.canary.draws, pair.stable.draws];
  return {
    canary: observed.canary + canary,
    canaryRequests: observed.canaryRequests + canary,
    stable: observed.stable + stable,
    stableRequests: observed.stableRequests + stable,
    expected: observed.expected + (canary + stable) * weightShare(pair),
  };
}

/** What a member's test looked at in one pair; null where it looked at nothing. */
export function countsOfMember(member: Member, pair: Pair, latency: LatencyContext | null): TwoCounts | null {
  switch (member.kind) {
    case 'goal':
      return goalCounts(pair, member.goal);
    // Counted apart, see look.ts.
    case 'count':
    case 'absence':
      return null;
    case 'latency': {
      if (latency === null) return null;
      const forgiven = forgivenBuckets(latency, member.score, member.ratio, pair.weights);
      if (forgiven === null) return null;
      if (member.score !== 'ranks') return slowCounts(pair, latency.scale.thresholds[member.score], forgiven);
      const ranked = (counts: Counts, buckets: number) => {
        const down = counts.latency.map(([position, count]) => [moved(position, buckets), count] as const);
        return scoreSums(down, latency.scale);
      };
      const [c, s] = [ranked(pair.canary, forgiven), ranked(pair.stable, 0)];
      return { xC: c.sums.ranks, nC: c.n, xS: s.sums.ranks, nS: s.n };
    }
    default:
      return unreachable(member);
  }
}
