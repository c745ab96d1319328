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
import { CODES, ERROR_KINDS, type ErrorKind } from './outcome.ts';

export interface Counts {
  /** Requests by position in {@link CODES}. */
  readonly codes: number[];
  /** Errors by position in {@link ERROR_KINDS}. */
  readonly errors: number[];
  /** Draws of visitors without a valid cookie. */
  assignments: number;
  /** Answers that came from Cloudflare's cache. */
  cached: number;
  /** Time to response headers of every request. */
  readonly duration: Histogram;
}

export function emptyCounts(): Counts {
  return {
    codes: CODES.map(() => 0),
    errors: ERROR_KINDS.map(() => 0),
    assignments: 0,
    cached: 0,
    duration: emptyHistogram(),
  };
}

/** @param code position in {@link CODES} @param ms time to response headers */
export function addOutcome(counts: Counts, code: number, error: ErrorKind | undefined, ms: number): void {
  counts.codes[code]! += 1;
  if (error !== undefined) counts.errors[ERROR_KINDS.indexOf(error)]! += 1;
  observe(counts.duration, ms);
}

export function mergeCounts(into: Counts, from: Counts): void {
  for (let i = 0; i < CODES.length; i++) into.codes[i]! += from.codes[i] ?? 0;
  for (let i = 0; i < ERROR_KINDS.length; i++) into.errors[i]! += from.errors[i] ?? 0;
  into.assignments += from.assignments;
  into.cached += from.cached;
  mergeHistogram(into.duration, from.duration);
}

export function requestsOf(counts: Counts): number {
  return counts.codes.reduce((sum, count) => sum + count, 0);
}

export function errorsOf(counts: Counts): number {
  return counts.errors.reduce((sum, count) => sum + count, 0);
}

/** {@link Counts} as plain JSON, for the wire and for storage. */
export interface CountsRecord {
  readonly codes: readonly number[];
  readonly errors: readonly number[];
  readonly assignments: number;
  readonly cached: number;
  readonly duration: SparseHistogram;
}

export function toRecord(counts: Counts): CountsRecord {
  return {
    codes: [...counts.codes],
    errors: [...counts.errors],
    assignments: counts.assignments,
    cached: counts.cached,
    duration: toSparse(counts.duration),
  };
}

export function fromRecord(record: CountsRecord): Counts {
  const counts = emptyCounts();
  mergeCounts(counts, {
    codes: [...record.codes],
    errors: [...record.errors],
    assignments: record.assignments,
    cached: record.cached,
    duration: fromSparse(record.duration),
  });
  return counts;
}
