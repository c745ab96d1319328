/** What this step has seen of the canary: an advance needs enough of it (judging.md, section 2). */
import { countOf } from './count-test.ts';
import type { Interval } from './interval.ts';
import type { Counts, Pair } from './pairs.ts';
import {
  DAY,
  TEN_MINUTES,
  addRecent,
  recentCount,
  startRecent,
  type RecentVisitors,
} from './recent-visitors.ts';
import type { CountMetric } from './settings.ts';
import { NO_VISITORS, uniteVisitors, visitorsIn } from './visitors.ts';

/** Visitors that failed on the canary, as counted once a day and once in ten minutes. */
interface Failing {
  readonly day: RecentVisitors;
  readonly tenMinutes: RecentVisitors;
}

/** Plain JSON. */
export interface StepState {
  readonly since: number;
  /** Judged requests of the canary. */
  readonly requests: number;
  readonly canary: string;
  readonly stable: string;
  /** By what they met. */
  readonly failing: Readonly<Record<CountMetric, Failing>>;
  /** Whom a breaker kept away: they may be some of those who failed before. */
  readonly diverted: Failing;
}

/** Fewer visitors are no sample: their own habits would be the canary's figures. */
export const VISITORS = 20;

export function startStep(since: number): StepState {
  const nobody = { day: startRecent(DAY, since), tenMinutes: startRecent(TEN_MINUTES, since) };
  const failing = { errors: nobody, '4xx': nobody, '3xx': nobody };
  return { since, requests: 0, canary: NO_VISITORS, stable: NO_VISITORS, failing, diverted: nobody };
}

/** @param all of the canary, of any coin */
export function addToStep(
  state: StepState,
  pairs: readonly Pair[],
  all: Counts,
  span: Pick<Interval, 'from' | 'to'>,
  isSticky: boolean,
): StepState {
  const after = ({ day, tenMinutes }: Failing, [newInDay, newInTen]: readonly [number, number]): Failing => ({
    day: addRecent(day, DAY, span, newInDay),
    tenMinutes: addRecent(tenMinutes, TEN_MINUTES, span, newInTen),
  });
  const failing = (metric: CountMetric): Failing =>
    after(state.failing[metric], [
      countOf(all, metric, isSticky ? 'day' : 'raw'),
      countOf(all, metric, isSticky ? 'tenMinutes' : 'raw'),
    ]);
  return {
    since: state.since,
    requests: pairs.reduce((sum, { canary }) => sum + canary.requests, state.requests),
    canary: pairs.reduce((seen, { canary }) => uniteVisitors(seen, canary.visitors), state.canary),
    stable: pairs.reduce((seen, { stable }) => uniteVisitors(seen, stable.visitors), state.stable),
    failing: { errors: failing('errors'), '4xx': failing('4xx'), '3xx': failing('3xx') },
    diverted: after(state.diverted, all.firsts['diverted'] ?? [0, 0]),
  };
}

/** At least so many different visitors have failed on the canary of late. */
export function failingVisitors({ failing, diverted }: StepState, metric: CountMetric): number {
  const met = metric === 'errors' ? [failing.errors, diverted] : [failing[metric]];
  return Math.max(...met.flatMap(({ day, tenMinutes }) => [recentCount(day), recentCount(tenMinutes)]));
}

export function hasVisitors({ canary, stable }: StepState): boolean {
  return visitorsIn(canary) >= VISITORS && visitorsIn(stable) >= VISITORS;
}
