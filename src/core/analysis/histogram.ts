/**
 * Exponential histogram of durations, base 2^(1/8): the scale-3 layout that OpenTelemetry
 * (metrics data model, "ExponentialHistogram") and Prometheus native histograms share. Bucket i
 * holds (2^(i/8), 2^((i+1)/8)] seconds, so merging is addition, powers of two are exact classic
 * bounds, and a quantile is off by at most 4.5 %.
 *
 * Durations are whole milliseconds, as the runtime's clock gives them.
 */

/** Upper bounds are inclusive; everything from 2^-10 s (0.98 ms) down is in the first bucket. */
export const FIRST = -81;
/** Everything above 2^10 s (17 min) is in the last one: no timeout is longer. */
const LAST = 80;
export const BUCKETS = LAST - FIRST + 1;

/** Classic bounds in seconds: the powers of two from 2^-10 (about 1 ms) to 64. */
export const CLASSIC_BOUNDS: readonly number[] = Array.from({ length: 17 }, (_, power) => 2 ** (power - 10));

export interface Histogram {
  /** Count by bucket; position 0 is bucket {@link FIRST}. */
  readonly counts: number[];
  sumMs: number;
}

export function emptyHistogram(): Histogram {
  return { counts: new Array<number>(BUCKETS).fill(0), sumMs: 0 };
}

/** @param ms duration in milliseconds; below zero (a clock that stepped back) counts as zero */
export function observe(histogram: Histogram, ms: number): void {
  histogram.counts[positionOfMs(ms)]! += 1;
  if (ms > 0) histogram.sumMs += ms;
}

/** @returns position in {@link Histogram.counts}, see {@link observe} */
export function positionOfMs(ms: number): number {
  if (!(ms > 0)) return 0;
  // Math.log2 is exact for powers of two; no other whole number of milliseconds is near a bound.
  const index = Math.ceil(Math.log2(ms / 1000) * 8) - 1;
  return Math.min(Math.max(index, FIRST), LAST) - FIRST;
}

export function mergeHistogram(into: Histogram, from: Histogram): void {
  for (let i = 0; i < BUCKETS; i++) into.counts[i]! += from.counts[i] ?? 0;
  into.sumMs += from.sumMs;
}

export function countOf(histogram: Histogram): number {
  let sum = 0;
  for (const count of histogram.counts) sum += count;
  return sum;
}

/** How many observations are at most `2^power` seconds, exactly. */
export function countUpTo(histogram: Histogram, power: number): number {
  const end = Math.min(Math.max(power * 8 - FIRST, 0), BUCKETS);
  let sum = 0;
  for (let i = 0; i < end; i++) sum += histogram.counts[i]!;
  return sum;
}

/**
 * Quantile of the nearest rank, as the geometric middle of its bucket (at most 4.5 % off).
 * @param q in [0, 1]
 * @returns seconds; null without observations
 */
export function quantile(histogram: Histogram, q: number): number | null {
  return quantiles(histogram, [q])[0]!;
}

/**
 * Several quantiles in one pass, for charts of thousands of buckets.
 * @param qs ascending, each in [0, 1]
 */
export function quantiles(histogram: Histogram, qs: readonly number[]): (number | null)[] {
  const total = countOf(histogram);
  if (total === 0) return qs.map(() => null);
  let position = 0;
  let seen = histogram.counts[0]!;
  return qs.map(q => {
    const rank = nearestRank(total, q);
    while (seen < rank && position < BUCKETS - 1) seen += histogram.counts[++position]!;
    return middleOf(position);
  });
}

export function nearestRank(total: number, q: number): number {
  return Math.max(1, Math.ceil(q * total));
}

/**
 * The observation of that rank, as the geometric middle of its bucket.
 * @param rank 1 is the smallest observation
 * @returns seconds
 */
export function valueAt(histogram: Histogram, rank: number): number {
  return middleOf(positionOf(histogram, rank));
}

function middleOf(position: number): number {
  return position === 0 ? 0 : 2 ** ((position + FIRST + 0.5) / 8);
}

/** What the observation of that rank lies between: its bucket's bounds in seconds. */
export function boundsAt(histogram: Histogram, rank: number): { low: number; high: number } {
  const bucket = positionOf(histogram, rank) + FIRST;
  return { low: bucket === FIRST ? 0 : 2 ** (bucket / 8), high: 2 ** ((bucket + 1) / 8) };
}

function positionOf(histogram: Histogram, rank: number): number {
  let seen = 0;
  let position = 0;
  for (; position < BUCKETS - 1; position++) {
    seen += histogram.counts[position]!;
    if (seen >= rank) break;
  }
  return position;
}

/** Only the buckets that hold something, as `[bucket, count]`, for the wire and for storage. */
export type SparseHistogram = {
  readonly buckets: readonly (readonly [number, number])[];
  readonly sumMs: number;
};

export function toSparse(histogram: Histogram): SparseHistogram {
  const buckets = histogram.counts.flatMap((count, position) =>
    count > 0 ? [[position + FIRST, count] as const] : [],
  );
  return { buckets, sumMs: histogram.sumMs };
}

export function fromSparse(sparse: SparseHistogram): Histogram {
  const histogram = emptyHistogram();
  for (const [bucket, count] of sparse.buckets) {
    histogram.counts[Math.min(Math.max(bucket, FIRST), LAST) - FIRST]! += count;
  }
  histogram.sumMs = sparse.sumMs;
  return histogram;
}

/** Counts from the first bucket that holds something to the last, for where many are kept: no sum. */
export type DenseHistogram = readonly [first: number, ...counts: number[]];

export function toDense({ counts }: Histogram): DenseHistogram {
  const first = counts.findIndex(count => count > 0);
  if (first < 0) return [0];
  return [first + FIRST, ...counts.slice(first, counts.findLastIndex(count => count > 0) + 1)];
}

export function addDense(into: Histogram, dense: DenseHistogram): void {
  const start = Math.min(Math.max(dense[0], FIRST), LAST) - FIRST;
  for (let i = 1; i < dense.length; i++) into.counts[Math.min(start + i - 1, BUCKETS - 1)]! += dense[i]!;
}
