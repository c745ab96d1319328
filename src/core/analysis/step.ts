/** What this step has seen of the canary: an advance needs enough of it (judging.md, section 2). */
import { countOf } from './count-test.ts';
import type { Counts, Pair } from './pairs.ts';
import type { CountMetric } from './settings.ts';
import { NO_VISITORS, uniteVisitors, visitorsIn } from './visitors.ts';

/** Plain JSON. */
export interface StepState {
  readonly since: number;
  /** Judged requests of the canary. */
  readonly requests: number;
  readonly canary: string;
  readonly stable: string;
  /** Visitors that failed on the canary, by what they met. */
  readonly failing: Readonly<Record<CountMetric, number>>;
}

/** Fewer visitors are no sample: their own habits would be the canary's figures. */
export const VISITORS = 20;

export function startStep(since: number): StepState {
  const failing = { errors: 0, '4xx': 0, '3xx': 0 };
  return { since, requests: 0, canary: NO_VISITORS, stable: NO_VISITORS, failing };
}

/** @param all of the canary, of any coin */
export function addToStep(
  state: StepState,
  pairs: readonly Pair[],
  all: Counts,
  isSticky: boolean,
): StepState {
  const counting = isSticky ? 'day' : 'raw';
  const { errors, '4xx': status4xx, '3xx': status3xx } = state.failing;
  return {
    since: state.since,
    requests: pairs.reduce((sum, { canary }) => sum + canary.requests, state.requests),
    canary: pairs.reduce((seen, { canary }) => uniteVisitors(seen, canary.visitors), state.canary),
    stable: pairs.reduce((seen, { stable }) => uniteVisitors(seen, stable.visitors), state.stable),
    failing: {
      errors: errors + countOf(all, 'errors', counting),
      '4xx': status4xx + countOf(all, '4xx', counting),
      '3xx': status3xx + countOf(all, '3xx', counting),
    },
  };
}

export function hasVisitors({ canary, stable }: StepState): boolean {
  return visitorsIn(canary) >= VISITORS && visitorsIn(stable) >= VISITORS;
}
