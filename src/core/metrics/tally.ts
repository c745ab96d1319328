/** What charts and comparisons need of a variant's counts, small enough to be kept for months. */
import {
  addDense,
  emptyHistogram,
  toDense,
  type DenseHistogram,
  type Histogram,
} from '../analysis/histogram.ts';
import { errorsOf, requestsOf, type Counts } from './counts.ts';

export interface Tally {
  requests: number;
  errors: number;
  /** Of the requests that were sent; its sum is not kept. */
  readonly duration: Histogram;
}

/** {@link Tally} as plain JSON. */
export type TallyRecord = readonly [requests: number, errors: number, duration: DenseHistogram];

export function emptyTally(): Tally {
  return { requests: 0, errors: 0, duration: emptyHistogram() };
}

export function tallyOf(counts: Counts): Tally {
  return { requests: requestsOf(counts), errors: errorsOf(counts), duration: counts.duration };
}

export function addTallyRecord(into: Tally, [requests, errors, duration]: TallyRecord): void {
  into.requests += requests;
  into.errors += errors;
  addDense(into.duration, duration);
}

export function fromTallyRecord(record: TallyRecord): Tally {
  const tally = emptyTally();
  addTallyRecord(tally, record);
  return tally;
}

export function toTallyRecord({ requests, errors, duration }: Tally): TallyRecord {
  return [requests, errors, toDense(duration)];
}
