/**
 * Positive evidence that the canary is good enough for a larger weight: the same increments with the
 * null turned round, all data since the start, no switching (statistics.md, section 3.6).
 */
import { marginIncrements } from './count-test.ts';
import { bernoulliLogIncrement, thresholdLogIncrement } from './increments.ts';
import { slowCounts, type LatencyContext } from './latency-test.ts';
import { toleranceBuckets } from './latency-scale.ts';
import { ADVANCE_GRID, mixtureLogEValue, uniformLogPrior } from './mixture.ts';
import { weightShare, type Pair } from './pairs.ts';
import { goalCounts } from './count-test.ts';
import { criterionName, type Criterion, type CountMetric, type JudgeSettings } from './settings.ts';
import type { Counting } from './members.ts';
import { unreachable } from '../result.ts';

/** By bet of {@link ADVANCE_GRID}. Plain JSON. */
interface Sums {
  readonly log: readonly number[];
  /** What each unit of the absolute margin takes off; the margin changes with the next weight. */
  readonly perMargin: readonly number[];
}
export type AdvanceState = Readonly<Record<string, Sums>>;

/** What an advance is asked for. */
export type AdvanceTest =
  | {
      readonly kind: 'count';
      readonly criterion: string;
      readonly metric: CountMetric;
      readonly counting: Counting;
      /** Wider than the rollback's margin, or a canary just like stable could never pass. */
      readonly ratio: number;
      readonly absolute: number;
    }
  | {
      readonly kind: 'latency';
      readonly criterion: 'latency';
      readonly buckets: number;
      readonly isRequired: boolean;
    }
  | {
      readonly kind: 'goal';
      readonly criterion: string;
      readonly goal: string;
      readonly ratio: number;
      readonly direction: 'higher' | 'lower';
    };

/** From this weight on, in percent, latency is asked for too: before, it would take longest of all. */
const LATENCY_FROM = 25;
const WIDER = 25 / 22;
/** Errors are asked for whatever the plan compares. */
const DEFAULT_ERRORS = { ratio: 1.1, absolute: 0.0001 };
const THRESHOLDS = ['p50', 'p90', 'p99'] as const;
/** What is quicker than the clock can tell is quick enough, whatever is asked. */
const NOT_ASKED = ADVANCE_GRID.map(() => 50);

/** Every test of an advance that the plan may ever ask for. */
export function advanceTestsOf({ criteria, sticky }: JudgeSettings): AdvanceTest[] {
  const counting: Counting = sticky ? 'tenMinutes' : 'raw';
  const tests = criteria.flatMap(criterion => testsOf(criterion, counting));
  if (tests.some(({ criterion }) => criterion === 'errors')) return tests;
  return [countTest('errors', counting, DEFAULT_ERRORS), ...tests];
}

function testsOf(criterion: Criterion, counting: Counting): AdvanceTest[] {
  switch (criterion.kind) {
    case 'tolerance': {
      const isAsked = criterion.require || criterion.metric === 'errors';
      return isAsked ? [countTest(criterion.metric, counting, criterion)] : [];
    }
    case 'latency': {
      const buckets = Math.max(4, toleranceBuckets(criterion.ratio) + 2);
      return [{ kind: 'latency', criterion: 'latency', buckets, isRequired: criterion.require }];
    }
    case 'goal': {
      const { goal, direction } = criterion;
      const ratio = direction === 'higher' ? criterion.ratio / WIDER : criterion.ratio * WIDER;
      return criterion.require
        ? [{ kind: 'goal', criterion: criterionName(criterion), goal, ratio, direction }]
        : [];
    }
    case 'limit':
    case 'latency-limit':
      return [];
    default:
      return unreachable(criterion);
  }
}

function countTest(
  metric: CountMetric,
  counting: Counting,
  margin: { readonly ratio: number; readonly absolute: number },
): AdvanceTest {
  const { ratio, absolute } = margin;
  return { kind: 'count', criterion: metric, metric, counting, ratio: ratio * WIDER, absolute: 2 * absolute };
}

export function isAskedFor(test: AdvanceTest, weight: number): boolean {
  return test.kind !== 'latency' || test.isRequired || weight >= LATENCY_FROM;
}

/** Highest difference to `ratio` × stable that an advance to this weight may leave open, as a fraction of requests. */
export function advanceMargin(absolute: number, blastRadius: number, nextWeight: number): number {
  return Math.max(nextWeight > 0 ? blastRadius / (nextWeight / 100) : 1, absolute);
}

/** @param discounts of each count metric, ≥ 1 @param latency null while latency is not judged */
export function addToAdvance(
  state: AdvanceState,
  tests: readonly AdvanceTest[],
  pairs: readonly Pair[],
  discounts: Readonly<Record<CountMetric, number>>,
  latency: LatencyContext | null,
): AdvanceState {
  const added: Record<string, Sums> = {};
  for (const test of tests) {
    for (const [key, sums] of Object.entries(sumsOf(test, pairs, discounts, latency))) {
      added[key] = plus(state[key], sums);
    }
  }
  return { ...state, ...added };
}

function sumsOf(
  test: AdvanceTest,
  pairs: readonly Pair[],
  discounts: Readonly<Record<CountMetric, number>>,
  latency: LatencyContext | null,
): Record<string, Sums> {
  switch (test.kind) {
    case 'count': {
      const b = test.counting === 'raw' ? 1 : discounts[test.metric];
      const increments = marginIncrements(pairs, test, ADVANCE_GRID, Math.min);
      return {
        [test.criterion]: {
          log: increments.map(({ log }) => log / b),
          perMargin: increments.map(({ perMargin }) => perMargin / b),
        },
      };
    }
    case 'goal':
      return { [test.criterion]: withoutMargin(goalAdvance(pairs, test)) };
    case 'latency':
      if (latency === null) return {};
      return Object.fromEntries(
        THRESHOLDS.map(score => {
          const threshold = latency.scale.advance[score];
          if (threshold === null) return [`latency/${score}`, withoutMargin(NOT_ASKED)];
          const counts = pairs.map(pair => slowCounts(pair, threshold.position, test.buckets));
          const log = ADVANCE_GRID.map(m =>
            counts.reduce((sum, one) => sum + thresholdLogIncrement(one, m), 0),
          );
          return [`latency/${score}`, withoutMargin(log)];
        }),
      );
    default:
      return unreachable(test);
  }
}

function goalAdvance(pairs: readonly Pair[], test: Extract<AdvanceTest, { kind: 'goal' }>): number[] {
  return ADVANCE_GRID.map(bet => {
    const m = test.direction === 'higher' ? 1 / bet : bet;
    return pairs.reduce((sum, pair) => {
      const { xC, xS } = goalCounts(pair, test.goal);
      const odds = test.ratio * weightShare(pair);
      return sum + bernoulliLogIncrement(xC, xC + xS, odds / (odds + 1 - weightShare(pair)), m);
    }, 0);
  });
}

function withoutMargin(log: readonly number[]): Sums {
  return { log, perMargin: log.map(() => 0) };
}

function plus(a: Sums | undefined, b: Sums): Sums {
  if (a === undefined) return b;
  return {
    log: b.log.map((x, g) => x + (a.log[g] ?? 0)),
    perMargin: b.perMargin.map((x, g) => x + (a.perMargin[g] ?? 0)),
  };
}

/** Log e-value against "too bad for the next weight"; the least one where several must agree. */
export function advanceLogE(
  state: AdvanceState,
  test: AdvanceTest,
  blastRadius: number,
  nextWeight: number,
): number {
  switch (test.kind) {
    case 'count':
      return logEOf(state[test.criterion], advanceMargin(test.absolute, blastRadius, nextWeight));
    case 'goal':
      return logEOf(state[test.criterion], 0);
    case 'latency':
      return Math.min(...THRESHOLDS.map(score => logEOf(state[`latency/${score}`], 0)));
    default:
      return unreachable(test);
  }
}

function logEOf(sums: Sums | undefined, eps: number): number {
  if (sums === undefined) return 0;
  const { log, perMargin } = sums;
  return mixtureLogEValue(
    log.map((x, g) => x - eps * (perMargin[g] ?? 0)),
    uniformLogPrior(log.length),
  );
}
