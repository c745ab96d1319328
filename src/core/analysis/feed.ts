/** Whether the judge still sees: what is lost on the way, and silence (judging.md, section 3). */
import type { Interval } from './interval.ts';
import { tally } from './log-sum.ts';

const SLOT_MS = 10_000;
/** Ten minutes. */
const SLOTS = 60;
/** Of which this many are the minute in which outcomes may be lost. */
const LOSS_SLOTS = 6;
const LOSS = 0.01;
/** So many requests were to be expected in the silence. */
const EXPECTED = 50;
/** Isolates may keep their counts for some seconds, whatever the traffic. */
const SILENCE_MS = 15_000;
const UNREADABLE_MS = 15_000;

/** Plain JSON. */
export interface FeedState {
  readonly since: number;
  /** Number of the last slot, counted from 1970. */
  readonly slot: number;
  /** By slot, the last one last. */
  readonly requests: readonly number[];
  readonly lost: readonly number[];
  readonly lastRequestAt: number | null;
  /** Requests a millisecond in the ten minutes up to the last one. */
  readonly rate: number;
}

export function startFeed(now: number): FeedState {
  const empty = new Array<number>(SLOTS).fill(0);
  return {
    since: now,
    slot: Math.floor(now / SLOT_MS),
    requests: empty,
    lost: empty,
    lastRequestAt: null,
    rate: 0,
  };
}

export function addToFeed(state: FeedState, interval: Interval | null, now: number): FeedState {
  const slot = Math.max(state.slot, Math.floor(now / SLOT_MS));
  const requests = shifted(state.requests, slot - state.slot);
  const lost = shifted(state.lost, slot - state.slot);
  if (interval === null) return { ...state, slot, requests, lost };
  const seen = requestsIn(interval);
  requests[SLOTS - 1]! += seen;
  lost[SLOTS - 1]! += tally(interval.lost);
  if (seen === 0) return { ...state, slot, requests, lost };
  const windowMs = Math.min(Math.max(now - state.since, SLOT_MS), SLOTS * SLOT_MS);
  const rate = requests.reduce((sum, count) => sum + count, 0) / windowMs;
  return { ...state, slot, requests, lost, lastRequestAt: now, rate };
}

function shifted(values: readonly number[], by: number): number[] {
  if (by === 0) return [...values];
  const kept = values.slice(Math.min(by, SLOTS));
  return [...kept, ...new Array<number>(SLOTS - kept.length).fill(0)];
}

function requestsIn({ strata }: Interval): number {
  return strata
    .flatMap(({ arms }) => Object.values(arms))
    .reduce((sum, { requests }) => sum + tally(requests), 0);
}

/** Why nothing can be said just now, in one sentence; null while there is nothing to complain of. */
export function blindness(state: FeedState, now: number, unreadableSince: number | null): string | null {
  if (unreadableSince !== null && now - unreadableSince >= UNREADABLE_MS) {
    return `the metrics could not be read for ${seconds(now - unreadableSince)} s`;
  }
  const [lost, seen] = [lastMinute(state.lost), lastMinute(state.requests)];
  if (lost > LOSS * (lost + seen)) {
    const percent = ((lost / (lost + seen)) * 100).toFixed(1);
    return `${percent} % of the last minute's outcomes were lost on their way (${lost} of ${lost + seen}; 1 % is borne)`;
  }
  const silentMs = state.lastRequestAt === null ? 0 : now - state.lastRequestAt;
  if (silentMs < SILENCE_MS || state.rate * silentMs < EXPECTED) return null;
  return `no request of either variant for ${seconds(silentMs)} s, where the ten minutes before had ${Math.round(state.rate * silentMs)} in that time`;
}

function lastMinute(slots: readonly number[]): number {
  return slots.slice(-LOSS_SLOTS).reduce((sum, count) => sum + count, 0);
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
