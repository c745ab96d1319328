/**
 * Whether stable itself fails just now, by its raw counts under one limit: then what the canary does says
 * nothing about the canary alone. Quicker than stable's own evidence against the limit, which retries and
 * breakers can let the canary's overtake by far: without this a good canary was rolled back in an incident
 * of both (e-value 541, stable's below 20).
 */

/** Of one limit. Plain JSON. */
export interface OwnFailure {
  /** Number of the last slot, counted from 1970. */
  readonly slot: number;
  /** The last minute by slot, the last one last: over the limit, and all. */
  readonly over: readonly number[];
  readonly all: readonly number[];
  /** Since the start; little of it from failures. */
  readonly usual: Tally;
  readonly isFailing: boolean;
}

interface Tally {
  /** Over the limit. */
  readonly x: number;
  readonly n: number;
}

const SLOT_MS = 10_000;
const SLOTS = 6;
/** Fewer are no failure of stable: they may be those who always fail. */
const LEAST = 5;
const PART_OF_LIMIT = 0.5;
/** A limit that stable is near of all days is not broken by both, as long as stable is as usual. */
const TIMES_USUAL = 2;
/** Requests until it is known what is usual. */
const LEARNED = 100;
/** Of what happens in a failure: a change that stays becomes usual. */
const LEARNING = 0.1;

export function startOwnFailure(): OwnFailure {
  const empty = new Array<number>(SLOTS).fill(0);
  return { slot: 0, over: empty, all: empty, usual: { x: 0, n: 0 }, isFailing: false };
}

/** @param limit highest share, in (0, 1) @param at ms, of the look */
export function addToOwnFailure(state: OwnFailure, { x, n }: Tally, limit: number, at: number): OwnFailure {
  const slot = Math.max(state.slot, Math.floor(at / SLOT_MS));
  const over = shifted(state.over, slot - state.slot);
  const all = shifted(state.all, slot - state.slot);
  over[SLOTS - 1]! += x;
  all[SLOTS - 1]! += n;
  const { usual } = state;
  const least = Math.max(PART_OF_LIMIT * limit, (TIMES_USUAL * usual.x) / Math.max(usual.n, 1));
  const isAbove = (failed: number, of: number): boolean =>
    usual.n >= LEARNED && failed >= LEAST && failed > least * of;
  // The look alone too: a minute that was well until now would hide how an incident begins.
  const minute = lastMinute({ over, all });
  const isFailing = isAbove(x, n) || isAbove(minute.x, minute.n);
  const part = isFailing ? LEARNING : 1;
  return { slot, over, all, usual: { x: usual.x + part * x, n: usual.n + part * n }, isFailing };
}

export function lastMinute({ over, all }: Pick<OwnFailure, 'over' | 'all'>): Tally {
  return { x: sum(over), n: sum(all) };
}

function shifted(values: readonly number[], by: number): number[] {
  const kept = values.slice(Math.min(by, SLOTS));
  return [...kept, ...new Array<number>(SLOTS - kept.length).fill(0)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
