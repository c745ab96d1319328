/** What is kept of one stretch of time: the weights in force at its end, and counts by variant. */
import { fromRecord, mergeCounts, toPlainRecord, type Counts, type CountsRecord } from './counts.ts';

export interface BucketRecord {
  /** Thousandths of a percent by variant, as last reported; empty where no isolate has said. */
  readonly weights: Readonly<Record<string, number>>;
  /** Without decisions: those are in the totals only. */
  readonly counts: Readonly<Record<string, CountsRecord>>;
}

/**
 * Variants that a bucket tells apart. A document has three; more come only from documents that were
 * put one after the other, and the totals have them all.
 */
export const MAX_VARIANTS = 8;

/** One bucket of several; addition, so any grouping gives the same. @param buckets oldest first */
export function mergeBuckets(buckets: Iterable<BucketRecord>): BucketRecord {
  let weights: BucketRecord['weights'] = {};
  const merged = new Map<string, Counts>();
  for (const bucket of buckets) {
    if (Object.keys(bucket.weights).length > 0) weights = bucket.weights;
    for (const [variant, record] of Object.entries(bucket.counts)) {
      const known = merged.get(variant);
      if (known === undefined) merged.set(variant, fromRecord(record));
      else mergeCounts(known, fromRecord(record));
    }
  }
  return bucketOf(weights, merged);
}

/** Of too many variants those are kept that have a weight, then the busiest. */
export function bucketOf(
  weights: BucketRecord['weights'],
  counts: ReadonlyMap<string, Counts>,
): BucketRecord {
  const records = [...counts].map(([variant, own]) => [variant, toPlainRecord(own)] as const);
  const rank = ([variant, record]: (typeof records)[number]) =>
    Object.hasOwn(weights, variant) ? Infinity : requestsIn(record);
  const kept =
    records.length <= MAX_VARIANTS
      ? records
      : records.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a))).slice(0, MAX_VARIANTS);
  return { weights, counts: Object.fromEntries(kept) };
}

export function requestsIn(record: CountsRecord): number {
  return record.codes.reduce((sum, count) => sum + count, 0);
}

export function errorsIn(record: CountsRecord): number {
  return record.errors.reduce((sum, count) => sum + count, 0);
}
