/** Which visitors an isolate has named to the hub of late: each goes there at most once in ten minutes. */
import { SILENCE_MS } from '../core/metrics/first-failures.ts';

/** 40 kB; whoever is forgotten is named again, and the hub tells. */
const LIMIT = 1024;
/** Variants and kinds together stay below it; a bucket times it is an exact integer. */
export const MAX_CODES = 256;

export class NamedVisitors {
  /** When each was named, the latest last. */
  readonly #at = new Map<number, number>();

  /**
   * @param code stands for variant and kind, below {@link MAX_CODES}
   * @returns whether they are to be named now; they then count as named
   */
  take(bucket: number, code: number, now: number): boolean {
    const key = bucket * MAX_CODES + code;
    const last = this.#at.get(key);
    if (last !== undefined && now - last < SILENCE_MS) return false;
    this.#at.delete(key);
    this.#at.set(key, now);
    if (this.#at.size > LIMIT) {
      const oldest = this.#at.keys().next();
      if (oldest.done !== true) this.#at.delete(oldest.value);
    }
    return true;
  }

  /** For another generation, whose visitors and codes are others. */
  clear(): void {
    this.#at.clear();
  }
}
