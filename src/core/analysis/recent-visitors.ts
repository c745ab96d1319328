/**
 * Different visitors that failed of late. The hub counts a visitor at most once in so long, so within a
 * window that is no longer all that it counts are different ones, and three broken clients never make five.
 */

/** Plain JSON. */
export interface RecentVisitors {
  /** Number of the last slot, counted from 1970. */
  readonly slot: number;
  /** By slot, the last one last. */
  readonly counts: readonly number[];
}

export interface Window {
  readonly slotMs: number;
  readonly slots: number;
}

/** As the hub's two spans: who fails seldom is found by the long one, who failed before by the short one. */
export const TEN_MINUTES: Window = { slotMs: 60_000, slots: 10 };
export const DAY: Window = { slotMs: 3_600_000, slots: 24 };

export function startRecent({ slotMs, slots }: Window, now: number): RecentVisitors {
  return { slot: Math.floor(now / slotMs), counts: new Array<number>(slots).fill(0) };
}

/**
 * Filed where the interval begins, forgotten where it ends: whenever in it they failed, none is in the
 * window twice. @param from ms @param to ms
 */
export function addRecent(
  { slot, counts }: RecentVisitors,
  { slotMs, slots }: Window,
  { from, to }: { readonly from: number; readonly to: number },
  visitors: number,
): RecentVisitors {
  const last = Math.max(slot, Math.floor(to / slotMs));
  const kept = counts.slice(Math.min(last - slot, slots));
  const after = [...kept, ...new Array<number>(slots - kept.length).fill(0)];
  const position = slots - 1 - (last - Math.min(Math.floor(from / slotMs), last));
  if (position >= 0) after[position]! += visitors;
  return { slot: last, counts: after };
}

export function recentCount({ counts }: RecentVisitors): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
