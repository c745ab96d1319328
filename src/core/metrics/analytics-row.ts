/**
 * What Workers Analytics Engine gets: one row per variant and batch.
 *
 * Its documented limits hold for any batch: one index of at most 96 bytes, at most 20 blobs of 16,000
 * bytes together, at most 20 doubles. What is too long is cut, and the row says so. Every double is a
 * sum (or, the weight, a mean), so that `sum(_sample_interval * doubleN)` is right on sampled rows.
 */
import { countOf, countUpTo } from '../analysis/histogram.ts';
import type { Batch } from './batch.ts';
import { emptyCounts, errorsOf, fromRecord, mergeCounts, requestsOf, type Counts } from './counts.ts';
import { CODES, ERROR_KINDS } from './outcome.ts';
import { shorten } from './shorten.ts';

/** Changes when a column changes its meaning; a new column takes the next free one under the old name. */
export const ROW_SCHEMA = 'weir.1';

/** Latency bounds of double11 to double20 as powers of two: from 2^-6 s (15.6 ms) to 2^3 s. */
export const ROW_POWERS = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3] as const;

const MAX_INDEX_BYTES = 96;
/** Three names, the schema and the list of cuts stay below the 16,000 bytes of all blobs. */
const MAX_NAME_BYTES = 5000;

/**
 * One invocation may write 250 rows, and flushes for 20 s at most, once a second. A document has three
 * variants; more only come together in a batch that waited through many documents.
 */
const MAX_ROWS = 10;
/** The row of all the others: no variant can have this name. */
export const OTHER_VARIANTS = '(other)';

export interface AnalyticsRow {
  /** index1: `<rollout>:<variant>`. Rows are sampled by it, so a small canary stays whole beside a busy stable. */
  readonly index: string;
  /** blob1: {@link ROW_SCHEMA}. */
  readonly schema: typeof ROW_SCHEMA;
  /** blob2: the rollout. */
  readonly rollout: string;
  /** blob3: the variant; {@link OTHER_VARIANTS} for the rest, where a batch has more than twenty. */
  readonly variant: string;
  /** blob4: the isolate that counted. */
  readonly isolate: string;
  /** blob5: which of the columns above were cut, like `index1,blob2`; empty if none was. */
  readonly cut: string;
  /** double1: requests. */
  readonly requests: number;
  /** double2: errors of every kind. */
  readonly errors: number;
  /** double3: errors without an answer from the origin (`connect`, `timeout`). */
  readonly unanswered: number;
  /** double4: answers with a status from 400 to 499. */
  readonly clientErrors: number;
  /** double5: visitors who were drawn the variant. */
  readonly assignments: number;
  /** double6: requests that were sent once more, to stable. */
  readonly failovers: number;
  /** double7: requests that the breaker kept from the variant; they are errors too. */
  readonly diverted: number;
  /** double8: requests with a duration. */
  readonly durationCount: number;
  /** double9: the sum of their durations in seconds. */
  readonly durationSum: number;
  /** double10: the variant's weight in percent when the batch was made; not a sum. */
  readonly weight: number;
  /** double11 to double20: requests that took at most 2^power seconds, by position in {@link ROW_POWERS}. */
  readonly upTo: readonly number[];
}

/** A row for each variant that was counted or has a weight, and none for copies. */
export function rowsOf(batch: Batch): AnalyticsRow[] {
  const names = new Set([...Object.keys(batch.totals), ...Object.keys(batch.weights)]);
  const variants = [...names].map(name => ({
    name,
    counts: countsOf(batch, name),
    weight: (own(batch.weights, name) ?? 0) / 1000,
  }));
  if (variants.length > MAX_ROWS) {
    const counts = emptyCounts();
    for (const rest of variants.splice(MAX_ROWS - 1)) mergeCounts(counts, rest.counts);
    variants.push({ name: OTHER_VARIANTS, counts, weight: 0 });
  }
  return variants.map(({ name, counts, weight }) => rowOf(batch, name, counts, weight));
}

function countsOf(batch: Batch, variant: string): Counts {
  const record = own(batch.totals, variant);
  return record === undefined ? emptyCounts() : fromRecord(record);
}

/** A variant may be named like something that every object has (`constructor`). */
function own<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function rowOf(batch: Batch, variant: string, counts: Counts, weight: number): AnalyticsRow {
  // The runtime would write a lone surrogate as bytes that are no UTF-8.
  const blob2 = batch.rollout.toWellFormed();
  const blob3 = variant.toWellFormed();
  const blob4 = batch.isolate.toWellFormed();
  const whole = { index1: `${blob2}:${blob3}`, blob2, blob3, blob4 };
  const fitting = {
    index1: shorten(whole.index1, MAX_INDEX_BYTES),
    blob2: shorten(blob2, MAX_NAME_BYTES),
    blob3: shorten(blob3, MAX_NAME_BYTES),
    blob4: shorten(blob4, MAX_NAME_BYTES),
  };
  const columns = ['index1', 'blob2', 'blob3', 'blob4'] as const;
  const errorsOfKind = (kind: (typeof ERROR_KINDS)[number]): number =>
    counts.errors[ERROR_KINDS.indexOf(kind)] ?? 0;
  return {
    index: fitting.index1,
    schema: ROW_SCHEMA,
    rollout: fitting.blob2,
    variant: fitting.blob3,
    isolate: fitting.blob4,
    cut: columns.filter(column => fitting[column] !== whole[column]).join(','),
    requests: requestsOf(counts),
    errors: errorsOf(counts),
    unanswered: errorsOfKind('connect') + errorsOfKind('timeout'),
    clientErrors: counts.codes[CODES.indexOf('4xx')] ?? 0,
    assignments: counts.assignments,
    failovers: counts.failovers.reduce((sum, count) => sum + count, 0),
    diverted: counts.diverted,
    durationCount: countOf(counts.duration),
    durationSum: counts.duration.sumMs / 1000,
    weight,
    upTo: ROW_POWERS.map(power => countUpTo(counts.duration, power)),
  };
}

/** A row as `writeDataPoint` takes it. */
export function toDataPoint(row: AnalyticsRow): { indexes: [string]; blobs: string[]; doubles: number[] } {
  return {
    indexes: [row.index],
    blobs: [row.schema, row.rollout, row.variant, row.isolate, row.cut],
    doubles: [
      row.requests,
      row.errors,
      row.unanswered,
      row.clientErrors,
      row.assignments,
      row.failovers,
      row.diverted,
      row.durationCount,
      row.durationSum,
      row.weight,
      ...row.upTo,
    ],
  };
}
