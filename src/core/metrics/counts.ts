/** Counters of one variant. Merging is addition, so any grouping of deltas gives the same totals. */
import {
  emptyHistogram,
  fromSparse,
  mergeHistogram,
  observe,
  toSparse,
  type Histogram,
  type SparseHistogram,
} from '../analysis/histogram.ts';
import {
  emptyDecisions,
  mergeDecisions,
  toDecisionsRecord,
  type DecisionCounts,
  type DecisionsRecord,
} from './decisions.ts';
import { CODES, ERROR_KINDS, FAILOVER_RESULTS, FAULT_KINDS, type ErrorKind } from './outcome.ts';

/** Different goals that are told apart per variant; a document has 16 and may be edited for ever. */
export const MAX_GOAL_LABELS = 50;
/** The label of all the others: no goal can have this name. */
export const OTHER_GOALS = 'other';

export interface Counts {
  /** Requests by position in {@link CODES}. */
  readonly codes: number[];
  /** Errors by position in {@link ERROR_KINDS}. */
  readonly errors: number[];
  /** Draws of visitors without a valid cookie. */
  assignments: number;
  /** Answers that came from Cloudflare's cache. */
  cached: number;
  readonly decisions: DecisionCounts;
  /** Second attempts, on stable, by position in {@link FAILOVER_RESULTS}. */
  readonly failovers: number[];
  /** Requests that the breaker kept from the variant. */
  diverted: number;
  /** How often the breaker opened. */
  breakerOpen: number;
  /** Rehearsed failures by position in {@link FAULT_KINDS}. */
  readonly faults: number[];
  /** Requests that reached a goal, by its name. */
  readonly goals: Map<string, number>;
  /** Time to response headers of every request that was sent. */
  readonly duration: Histogram;
}

export function emptyCounts(): Counts {
  return {
    codes: CODES.map(() => 0),
    errors: ERROR_KINDS.map(() => 0),
    assignments: 0,
    cached: 0,
    decisions: emptyDecisions(),
    failovers: FAILOVER_RESULTS.map(() => 0),
    diverted: 0,
    breakerOpen: 0,
    faults: FAULT_KINDS.map(() => 0),
    goals: new Map(),
    duration: emptyHistogram(),
  };
}

/**
 * @param code position in {@link CODES}
 * @param ms time to response headers; undefined for a request that was never sent
 */
export function addOutcome(
  counts: Counts,
  code: number,
  error: ErrorKind | undefined,
  ms: number | undefined,
): void {
  counts.codes[code]! += 1;
  if (error !== undefined) counts.errors[ERROR_KINDS.indexOf(error)]! += 1;
  if (ms !== undefined) observe(counts.duration, ms);
}

export function addGoal({ goals }: Counts, goal: string, count: number): void {
  const label = goals.has(goal) || goals.size < MAX_GOAL_LABELS - 1 ? goal : OTHER_GOALS;
  goals.set(label, (goals.get(label) ?? 0) + count);
}

export function mergeCounts(into: Counts, from: Counts): void {
  addCounters(into, from);
  mergeDecisions(into.decisions, toDecisionsRecord(from.decisions));
  for (const [goal, count] of from.goals) addGoal(into, goal, count);
  mergeHistogram(into.duration, from.duration);
}

/** Everything that is a plain number; what a record from before lacks is 0. */
function addCounters(into: Counts, from: Counts | CountsRecord): void {
  addEach(into.codes, from.codes);
  addEach(into.errors, from.errors);
  into.assignments += from.assignments;
  into.cached += from.cached;
  addEach(into.failovers, from.failovers);
  into.diverted += from.diverted ?? 0;
  into.breakerOpen += from.breakerOpen ?? 0;
  addEach(into.faults, from.faults);
}

function addEach(into: number[], from: readonly number[] = []): void {
  for (let i = 0; i < into.length; i++) into[i]! += from[i] ?? 0;
}

export function requestsOf(counts: Counts): number {
  return counts.codes.reduce((sum, count) => sum + count, 0);
}

export function errorsOf(counts: Counts): number {
  return counts.errors.reduce((sum, count) => sum + count, 0);
}

/**
 * {@link Counts} as plain JSON, for the wire and for storage. Totals are kept for ever, so what is
 * optional here was not counted yet when some of them were written.
 */
export interface CountsRecord {
  readonly codes: readonly number[];
  readonly errors: readonly number[];
  readonly assignments: number;
  readonly cached: number;
  readonly decisions?: DecisionsRecord;
  readonly failovers?: readonly number[];
  readonly diverted?: number;
  readonly breakerOpen?: number;
  readonly faults?: readonly number[];
  readonly goals?: readonly (readonly [goal: string, count: number])[];
  readonly duration: SparseHistogram;
}

export function toRecord(counts: Counts): CountsRecord {
  return {
    codes: [...counts.codes],
    errors: [...counts.errors],
    assignments: counts.assignments,
    cached: counts.cached,
    decisions: toDecisionsRecord(counts.decisions),
    failovers: [...counts.failovers],
    diverted: counts.diverted,
    breakerOpen: counts.breakerOpen,
    faults: [...counts.faults],
    goals: [...counts.goals],
    duration: toSparse(counts.duration),
  };
}

export function fromRecord(record: CountsRecord): Counts {
  const counts = emptyCounts();
  addCounters(counts, record);
  if (record.decisions !== undefined) mergeDecisions(counts.decisions, record.decisions);
  for (const [goal, count] of record.goals ?? []) addGoal(counts, goal, count);
  mergeHistogram(counts.duration, fromSparse(record.duration));
  return counts;
}
