/**
 * Outcomes that are counted once per visitor. An isolate names the visitor at most once in ten
 * minutes; the hub, which hears of all of them, counts each at most once in ten minutes and once in a day.
 *
 * All of it under one coin: were they remembered over a raise, those who were just moved would all be
 * first again, those who stayed not, and any canary looked worse.
 */
import type { FirstKind } from '../analysis/interval.ts';

/** A visitor (the bucket of the coin that drew them), the variant, and what happened to them. */
export type FirstFailure = readonly [unit: number, variant: string, kind: FirstKind];

export const DAY_MS = 86_400_000;
export const TEN_MINUTES_MS = 600_000;
/**
 * How long an isolate names nobody twice: longer than the ten minutes, or of a visitor who always fails
 * every second naming would come a moment too early for the hub.
 */
export const SILENCE_MS = TEN_MINUTES_MS + 30_000;

/** When a visitor's outcome of one kind was last counted, in milliseconds since 1970. */
export interface LastCounted {
  readonly day: number;
  readonly tenMinutes: number;
}

/** @returns when it is last counted now, as which of the two it counts (0 or 1 each) */
export function countFirst(
  last: LastCounted | undefined,
  now: number,
): { readonly last: LastCounted; readonly day: 0 | 1; readonly tenMinutes: 0 | 1 } {
  const isDay = last === undefined || now - last.day >= DAY_MS;
  const isTenMinutes = last === undefined || now - last.tenMinutes >= TEN_MINUTES_MS;
  return {
    last: { day: isDay ? now : last.day, tenMinutes: isTenMinutes ? now : last.tenMinutes },
    day: isDay ? 1 : 0,
    tenMinutes: isTenMinutes ? 1 : 0,
  };
}
