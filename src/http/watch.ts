/** The breaker on a request's way: whether it may go to its candidate, and what its outcome tells. */
import type { Breaker, BreakerOutcome } from '../core/rollout/breaker.ts';
import type { Rollout } from '../core/rollout/compile.ts';
import type { Decision } from '../core/rollout/decide.ts';
import type { Isolate } from '../edge/isolate.ts';

export type Watch =
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'watched'; readonly breaker: Breaker; readonly ticket: number }
  | { readonly kind: 'diverted' };

export const UNWATCHED: Watch = { kind: 'unwatched' };
const DIVERTED: Watch = { kind: 'diverted' };

/** An override is a tester: their requests neither obey the breaker nor feed it. */
export function watch(
  isolate: Isolate,
  rollout: Rollout,
  { variant, reason }: Decision,
  canFailOver: boolean,
  now: number,
): Watch {
  const { breaker: settings, timeoutMs, failoverAfterMs } = rollout.proxy;
  if (variant.index === 0 || settings === null || reason === 'override') return UNWATCHED;
  const breaker = isolate.breakers.of(variant, settings);
  // As long as a probe is sure to take. An upload may take for ever: it must not keep a page load from probing.
  const leaseMs = canFailOver
    ? Math.max(settings.cooldownMs, failoverAfterMs ?? timeoutMs)
    : settings.cooldownMs;
  const ticket = breaker.admit(now, canFailOver, leaseMs);
  return ticket === undefined ? DIVERTED : { kind: 'watched', breaker, ticket };
}

/** @returns whether this outcome opened the breaker */
export function settle(watch: Watch, outcome: BreakerOutcome, now: number): boolean {
  return watch.kind === 'watched' && watch.breaker.settle(watch.ticket, outcome, now);
}
