/**
 * Token buckets, one per caller: whoever asks faster than theirs fills up waits. Of one isolate, and
 * bounded: what is limited is what one isolate is made to work, not what a caller does worldwide.
 */
import { BoundedMap } from './bounded-map.ts';

export interface Pace {
  /** So many at once. */
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  tokens: number;
  /** Milliseconds since 1970. */
  at: number;
}

export class TokenBuckets {
  readonly #buckets: BoundedMap<Bucket>;

  /** @param limit of callers; the one heard of longest ago is forgotten, and has a full bucket again */
  constructor(limit: number) {
    this.#buckets = new BoundedMap(limit);
  }

  /** @returns 0 if the caller may go on; else the seconds, whole ones, after which they may */
  take(caller: string, { burst, perSecond }: Pace, now: number): number {
    const known = this.#buckets.get(caller);
    const since = known === undefined ? 0 : Math.max(now - known.at, 0);
    const tokens = Math.min((known?.tokens ?? burst) + (since * perSecond) / 1000, burst);
    const isFull = tokens < 1;
    this.#buckets.set(caller, { tokens: isFull ? tokens : tokens - 1, at: now });
    return isFull ? Math.ceil((1 - tokens) / perSecond) : 0;
  }
}
