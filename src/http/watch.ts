/** The breaker on a request's way: whether it may go to its candidate, and what its outcome tells. */
import { unreachable } from '../core/result.ts';
import type { Breaker, BreakerOutcome } from '../core/rollout/breaker.ts';
import type { Active } from '../core/rollout/active.ts';
import type { Decision } from '../core/rollout/decide.ts';
import { strandOf } from '../core/rollout/strand.ts';
import type { Isolate } from '../edge/isolate.ts';

export type Watch =
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'watched'; readonly breaker: Breaker; readonly ticket: number }
  | { readonly kind: 'diverted' }
  /** Stable's: nobody is kept from it, but the judge has to know who would have been. */
  | { readonly kind: 'simulated'; readonly breaker: Breaker; readonly ticket: number | undefined };

export const UNWATCHED: Watch = { kind: 'unwatched' };
const DIVERTED: Watch = { kind: 'diverted' };

/**
 * An override is a tester: their requests neither obey the breaker nor feed it. Stable has one for the
 * judge: in an incident that hits both, a candidate's would make errors of what stable still answers.
 */
export function watch(
  isolate: Isolate,
  { rollout, split }: Active,
  { variant, reason, coin, bucket }: Decision,
  canFailOver: boolean,
  now: number,
): Watch {
  const { breaker: settings, timeoutMs, failoverAfterMs } = rollout.proxy;
  const isSimulated = variant.index === 0;
  if (settings === null || reason === 'override' || (isSimulated && coin === undefined)) return UNWATCHED;
  const breaker = isolate.breakers.of(variant, settings, isSimulated ? strandOf(split, bucket) : 0);
  // As long as a probe is sure to take. An upload may take for ever: it must not keep a page load from probing.
  const leaseMs = canFailOver
    ? Math.max(settings.cooldownMs, failoverAfterMs ?? timeoutMs)
    : settings.cooldownMs;
  const ticket = breaker.admit(now, canFailOver, leaseMs);
  if (isSimulated) return { kind: 'simulated', breaker, ticket };
  return ticket === undefined ? DIVERTED : { kind: 'watched', breaker, ticket };
}

/** @returns whether this outcome opened the breaker of a candidate */
export function settle(watch: Watch, outcome: BreakerOutcome, now: number): boolean {
  switch (watch.kind) {
    case 'watched':
      return watch.breaker.settle(watch.ticket, outcome, now);
    case 'simulated':
      if (watch.ticket !== undefined) watch.breaker.settle(watch.ticket, outcome, now);
      return false;
    case 'unwatched':
    case 'diverted':
      return false;
    default:
      return unreachable(watch);
  }
}
