/**
 * Limits: the operator's own wish that the canary stays below a rate, whatever stable does. Outside the
 * comparison and its guarantee, with a rate of their own (judging.md, section 2).
 */
import { BUCKETS, FIRST } from './histogram.ts';
import type { Interval, JudgedCounts } from './interval.ts';
import { bernoulliLogIncrement } from './increments.ts';
import { logEValue, startMixture, updateMixture, type MixtureState } from './mixture.ts';
import { addToOwnFailure, startOwnFailure, type OwnFailure } from './own-failure.ts';
import { addCounts, countsOf, type Counts } from './pairs.ts';
import type { Criterion } from './settings.ts';

export type Limit = Extract<Criterion, { kind: 'limit' | 'latency-limit' }>;

/** Of one arm under one limit. Plain JSON. */
export interface ArmUnderLimit {
  readonly mixture: MixtureState;
  /** Evidence that it is below again, summed from 0 up. */
  readonly calm: number;
  readonly count: number;
  readonly requests: number;
}

export interface LimitState {
  readonly canary: ArmUnderLimit;
  readonly stable: ArmUnderLimit;
  readonly ofStable: OwnFailure;
}

/**
 * Bets and their shares; the rest is kept. Against a limit of one half, a failed request is worth two to one
 * at most: what waits for an outage has most, or ten seconds of a canary's few requests would not do.
 */
const BETS = [1.2, 2, 5, 30, 1000];
const SHARES = [0.05, 0.05, 0.05, 0.1, 0.3];
/** E-value at which stable breaks the limit too. */
const SHARED = Math.log(20);
/** At half the limit's odds, an arm is below it again. */
const BELOW = 0.5;

export function startLimit(): LimitState {
  const arm = { mixture: startMixture(BETS.length, SHARES), calm: 0, count: 0, requests: 0 };
  return { canary: arm, stable: arm, ofStable: startOwnFailure() };
}

export function isLimit(criterion: Criterion): criterion is Limit {
  return criterion.kind === 'limit' || criterion.kind === 'latency-limit';
}

/** Everything an arm did, of any coin: rules that serve it included. */
export function armCounts(interval: Interval, variant: string, excluded: readonly string[]): Counts {
  return interval.strata
    .filter(({ generation }) => !excluded.includes(generation))
    .map(({ arms }): JudgedCounts | undefined => arms[variant])
    .map(countsOf)
    .reduce(addCounts, countsOf(undefined));
}

export function updateLimit(
  state: LimitState,
  limit: Limit,
  arms: { readonly canary: Counts; readonly stable: Counts },
  options: { readonly cap: number; readonly alpha: number; readonly at: number },
): LimitState {
  const ofStable = addToOwnFailure(state.ofStable, overLimit(limit, arms.stable), rateOf(limit), options.at);
  const after = {
    canary: updateArm(state.canary, limit, arms.canary, options.cap),
    stable: updateArm(state.stable, limit, arms.stable, options.cap),
    ofStable,
  };
  const isOver = after.canary.calm >= SHARED && after.stable.calm >= SHARED;
  const hasRecovered = state.ofStable.isFailing && !ofStable.isFailing;
  // Mixtures forget slowly: without this, an incident of both would hold the rollout for good, or roll
  // back for it as soon as stable is well.
  return hasRecovered || (isOver && isShared(after, options.alpha)) ? { ...startLimit(), ofStable } : after;
}

function updateArm(state: ArmUnderLimit, limit: Limit, counts: Counts, cap: number): ArmUnderLimit {
  const { x, n } = overLimit(limit, counts);
  if (n === 0) return state;
  const rate = rateOf(limit);
  const increments = BETS.map(m => bernoulliLogIncrement(x, n, rate, m));
  return {
    mixture: updateMixture(state.mixture, increments, { cap, shares: SHARES }),
    calm: Math.max(0, state.calm + bernoulliLogIncrement(x, n, rate, BELOW)),
    count: state.count + x,
    requests: state.requests + n,
  };
}

/** Highest share of requests, in (0, 1), that may be over it. */
export function rateOf(limit: Limit): number {
  return limit.kind === 'limit' ? limit.limit : 1 - limit.quantile;
}

/** Requests that are certainly over it: of durations, those in buckets that begin at the limit or above. */
export function overLimit(limit: Limit, counts: Counts): { readonly x: number; readonly n: number } {
  if (limit.kind === 'limit') return { x: counts[limit.metric], n: counts.requests };
  const first = Math.min(Math.ceil(8 * Math.log2(limit.limitMs / 1000) - 1e-9) - FIRST, BUCKETS - 1);
  let [x, n] = [0, 0];
  for (const [position, count] of counts.latency) {
    n += count;
    if (position >= first) x += count;
  }
  return { x, n };
}

export function isBroken({ canary }: LimitState, alpha: number): boolean {
  return logEValue(canary.mixture) >= -Math.log(alpha);
}

/** Both are over it: an incident, or the canary's harm to what both share. */
export function isShared(state: LimitState, alpha: number): boolean {
  return isBroken(state, alpha) && (state.ofStable.isFailing || logEValue(state.stable.mixture) >= SHARED);
}
