/** Judged counts of one of stable's lanes, or of one candidate, while they are added up. */
import type { FirstKind, JudgedCounts } from '../analysis/interval.ts';
import {
  addDense,
  emptyHistogram,
  mergeHistogram,
  toDense,
  toSparse,
  type Histogram,
} from '../analysis/histogram.ts';

/** By position in a cell's counts. */
export const STARTED = 0;
export const REQUESTS = 1;
export const ERRORS = 2;
export const STATUS_4XX = 3;
export const STATUS_3XX = 4;
export const COUNTS = 5;

export interface Cell {
  /** {@link COUNTS} numbers by position. */
  readonly counts: number[];
  readonly latency: Histogram;
  readonly firsts: Map<FirstKind, [day: number, tenMinutes: number]>;
}

/** {@link Cell} as plain JSON, small: it is sent and stored seventeen times a second. */
export interface CellRecord {
  /**
   * The counts, the sum of the latencies in milliseconds, the first bucket that holds something, and
   * the count of this bucket and of each that follows, to the last that holds something; `[]` is all 0.
   */
  readonly counts: readonly number[];
  readonly firsts?: Readonly<Partial<Record<FirstKind, readonly [day: number, tenMinutes: number]>>>;
}

export function emptyCell(): Cell {
  return { counts: new Array<number>(COUNTS).fill(0), latency: emptyHistogram(), firsts: new Map() };
}

export function addCell(into: Cell, { counts, firsts = {} }: CellRecord): void {
  for (const [kind, [day, tenMinutes]] of Object.entries(firsts) as [FirstKind, [number, number]][])
    addFirst(into, kind, day, tenMinutes);
  if (counts.length === 0) return;
  for (let i = 0; i < COUNTS; i++) into.counts[i]! += counts[i] ?? 0;
  into.latency.sumMs += counts[COUNTS] ?? 0;
  const [first = 0, ...buckets] = counts.slice(COUNTS + 1);
  addDense(into.latency, [first, ...buckets]);
}

export function mergeCell(into: Cell, from: Cell): void {
  for (let i = 0; i < COUNTS; i++) into.counts[i]! += from.counts[i]!;
  mergeHistogram(into.latency, from.latency);
  for (const [kind, [day, tenMinutes]] of from.firsts) addFirst(into, kind, day, tenMinutes);
}

export function addFirst(cell: Cell, kind: FirstKind, day: number, tenMinutes: number): void {
  const known = cell.firsts.get(kind);
  if (known === undefined) cell.firsts.set(kind, [day, tenMinutes]);
  else {
    known[0] += day;
    known[1] += tenMinutes;
  }
}

export function toCellRecord({ counts, latency, firsts }: Cell): CellRecord {
  const isEmpty = counts.every(count => count === 0) && latency.counts.every(count => count === 0);
  const row = isEmpty ? [] : [...counts, latency.sumMs, ...toDense(latency)];
  return firsts.size === 0 ? { counts: row } : { counts: row, firsts: Object.fromEntries(firsts) };
}

/** As the judge reads it. */
export function toJudgedCounts({ counts, latency, firsts }: Cell): JudgedCounts {
  return {
    started: counts[STARTED]!,
    requests: counts[REQUESTS]!,
    errors: counts[ERRORS]!,
    status4xx: counts[STATUS_4XX]!,
    status3xx: counts[STATUS_3XX]!,
    firsts: Object.fromEntries(firsts),
    latency: toSparse(latency),
  };
}
