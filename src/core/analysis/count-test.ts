/** Errors, 4xx, 3xx and goals: how often it happened on either arm, against the margin (judging.md, section 2). */
import {
  bernoulliLogIncrement,
  marginIncrement,
  requestShare,
  type MarginIncrement,
  type TwoCounts,
} from './increments.ts';
import type { Counting, GoalMember } from './members.ts';
import { ROLLBACK_GRID } from './mixture.ts';
import { weightShare, type Counts, type Pair } from './pairs.ts';
import type { CountMetric } from './settings.ts';

/**
 * Once-a-day counts are divided by this: a visitor may count again the next day, and in each stratum.
 * Counts of ten minutes by what is measured, see dispersion.ts; every request by itself by nothing.
 */
export const DAY_DISCOUNT = 1.25;

export function countOf(counts: Counts, metric: CountMetric, counting: Counting): number {
  if (counting === 'raw') return counts[metric];
  return counts.firsts[metric]?.[counting === 'day' ? 0 : 1] ?? 0;
}

export function twoCounts({ canary, stable }: Pair, metric: CountMetric, counting: Counting): TwoCounts {
  return {
    xC: countOf(canary, metric, counting),
    xS: countOf(stable, metric, counting),
    nC: canary.requests,
    nS: stable.requests,
  };
}

/**
 * The share that makes the test conservative: a visitor's first failure is a visitor's, so with sticky
 * ones it is between their share of the requests and of the visitors.
 */
function cautiousShare(pair: Pair, counts: TwoCounts, counting: Counting, pick: typeof Math.max): number {
  const byRequests = requestShare(counts);
  return counting === 'raw' ? byRequests : pick(byRequests, weightShare(pair));
}

export interface CountTest {
  readonly metric: CountMetric;
  readonly counting: Counting;
  readonly ratio: number;
}

/** By bet of {@link ROLLBACK_GRID}: null λC ≤ ratio·λS + absolute, summed over the coins. */
export function countIncrements(pairs: readonly Pair[], test: CountTest, absolute: number): number[] {
  return marginIncrements(pairs, test, ROLLBACK_GRID, Math.max).map(
    ({ log, perMargin }) => log - absolute * perMargin,
  );
}

/** By bet of the grid, for an absolute margin that is known later. @param pick max for m > 1, min for m < 1 */
export function marginIncrements(
  pairs: readonly Pair[],
  { metric, counting, ratio }: CountTest,
  grid: readonly number[],
  pick: typeof Math.max,
): MarginIncrement[] {
  const arms = pairs.map(pair => {
    const counts = twoCounts(pair, metric, counting);
    return { counts, share: cautiousShare(pair, counts, counting, pick) };
  });
  return grid.map(m =>
    arms.reduce(
      (sum, { counts, share }) => {
        const { log, perMargin } = marginIncrement(counts, m, ratio, share);
        return { log: sum.log + log, perMargin: sum.perMargin + perMargin };
      },
      { log: 0, perMargin: 0 },
    ),
  );
}

export function goalCounts({ canary, stable }: Pair, goal: string): TwoCounts {
  const kind = `goal:${goal}`;
  return {
    xC: canary.firsts[kind]?.[0] ?? 0,
    xS: stable.firsts[kind]?.[0] ?? 0,
    nC: canary.requests,
    nS: stable.requests,
  };
}

type Goal = Pick<GoalMember, 'goal' | 'ratio' | 'direction'>;

/** By bet of {@link ROLLBACK_GRID}: null "the rate is at least (or, where lower is better, at most) ratio × stable's". */
export function goalIncrements(pairs: readonly Pair[], { goal, ratio, direction }: Goal): number[] {
  return ROLLBACK_GRID.map(bet => {
    const m = direction === 'higher' ? 1 / bet : bet;
    return pairs.reduce((sum, pair) => {
      const { xC, xS } = goalCounts(pair, goal);
      const w = weightShare(pair);
      const p = (ratio * w) / (ratio * w + 1 - w);
      return sum + bernoulliLogIncrement(xC, xC + xS, p, m);
    }, 0);
  });
}
