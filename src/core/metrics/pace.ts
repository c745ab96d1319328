/** How often isolates flush: once a second, and less often as a hub gets busy. Milliseconds. */
export const FLUSH_MS = 1000;
export const MAX_FLUSH_MS = 30_000;

/** Batches a second that one hub takes without strain (the platform's soft limit is 1,000 requests). */
const BATCHES_PER_SECOND = 200;

/** A busy hub slows its writers from 1 s to 30 s instead of being sharded. */
export function nextFlushMs(activeIsolates: number): number {
  return Math.min(Math.max((activeIsolates / BATCHES_PER_SECOND) * 1000, FLUSH_MS), MAX_FLUSH_MS);
}

/** Hubs that one scrape asks themselves; with more of them it reads what they pushed to the index. */
export const MAX_ASKED = 20;
