/** What is kept of one stretch of time: the weights in force at its end, and a tally by variant. */
import { addTallyRecord, emptyTally, toTallyRecord, type Tally, type TallyRecord } from './tally.ts';

export interface BucketRecord {
  /** Thousandths of a percent by variant, as last reported; empty where no isolate has said. */
  readonly weights: Readonly<Record<string, number>>;
  readonly tallies: Readonly<Record<string, TallyRecord>>;
}

/**
 * Variants that a bucket tells apart. A document has three; more come only from documents that were
 * put one after the other, and the totals have them all.
 */
export const MAX_VARIANTS = 8;

/** One bucket of several; addition, so any grouping gives the same. @param buckets oldest first */
export function mergeBuckets(buckets: Iterable<BucketRecord>): BucketRecord {
  let weights: BucketRecord['weights'] = {};
  const merged = new Map<string, Tally>();
  for (const bucket of buckets) {
    if (Object.keys(bucket.weights).length > 0) weights = bucket.weights;
    for (const [variant, record] of Object.entries(bucket.tallies)) {
      let tally = merged.get(variant);
      if (tally === undefined) {
        tally = emptyTally();
        merged.set(variant, tally);
      }
      addTallyRecord(tally, record);
    }
  }
  return bucketOf(weights, merged);
}

/** Of too many variants those are kept that have a weight, then the busiest. */
export function bucketOf(
  weights: BucketRecord['weights'],
  tallies: Iterable<readonly [variant: string, Tally]>,
): BucketRecord {
  const rank = ([variant, { requests }]: readonly [string, Tally]): number =>
    Object.hasOwn(weights, variant) ? Infinity : requests;
  const all = [...tallies];
  const kept =
    all.length <= MAX_VARIANTS
      ? all
      : all.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a))).slice(0, MAX_VARIANTS);
  return {
    weights,
    tallies: Object.fromEntries(kept.map(([variant, tally]) => [variant, toTallyRecord(tally)])),
  };
}
