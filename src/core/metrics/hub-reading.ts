/** What a hub tells the controller of its rollout. */
import type { Interval } from '../analysis/interval.ts';

export interface HubReading {
  /** To be stored, and given with the next reading: each record is then in exactly one. */
  readonly cursor: number;
  /** What came after the cursor that was given, in one, the oldest first if it is much; null if nothing did. */
  readonly interval: Interval | null;
  /** When a batch came last, whatever was in it; null before the first. Milliseconds since 1970. */
  readonly lastBatchAt: number | null;
  /** When an isolate last reported each generation of the configuration; the latest 64. */
  readonly generations: Readonly<Record<string, number>>;
  /** What each variant last said of itself in its `versionHeader`. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A tail goes no further back: the hub keeps no more. */
export const MAX_TAIL_SECONDS = 3600;
