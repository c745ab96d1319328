/**
 * Counts over time as charts want them: one grid of buckets, and a column of figures per variant.
 * The page imports the types from here.
 */
import { addSparse, emptyHistogram, quantile, type Histogram } from '../analysis/histogram.ts';
import { errorsIn, requestsIn, type BucketRecord } from './buckets.ts';
import { beginOf, finestAt, keptFrom, LEVELS } from './levels.ts';

export interface VariantSeries {
  /** Percent in force at the end of the bucket; null where no isolate has said. */
  readonly weight: (number | null)[];
  readonly requests: number[];
  readonly errors: number[];
  /** Seconds; null without requests. */
  readonly p50: (number | null)[];
  readonly p95: (number | null)[];
  readonly p99: (number | null)[];
}

/** All times in seconds since 1970. */
export interface Series {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Begin of each bucket: ascending and gapless from the first bucket that holds anything. */
  readonly at: number[];
  /** Length of each bucket in seconds; the last one's is what has passed of it. */
  readonly seconds: number[];
  readonly variants: Readonly<Record<string, VariantSeries>>;
}

/** About so many buckets are given where nobody asked for a length. */
const MAX_POINTS = 1500;
/** Variants that a series tells apart; of more than that, those that were seen last. */
export const MAX_SERIES = 12;

/** Lengths in seconds. Those below a level's divide it, the others are multiples of it, so grids meet without a seam. */
const LENGTHS = [10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** The buckets that a series is made of; everything in milliseconds. */
export interface Grid {
  readonly from: number;
  readonly now: number;
  /** Length of the bucket that begins at that time. */
  readonly lengthAt: (at: number) => number;
}

/**
 * @param windowMs how far back, at most what the longest level keeps
 * @param stepMs the least length wanted, rounded up to one of {@link LENGTHS}; undefined: the finest
 *   that covers the whole window in about 1,500 buckets
 */
export function gridOf(windowMs: number, stepMs: number | undefined, now: number): Grid {
  const least = lengthOf(stepMs ?? Math.max(windowMs / MAX_POINTS, uniform(windowMs)));
  const lengthAt = (at: number): number => Math.max(least, finestAt(at, now));
  const start = Math.max(now - windowMs, keptFrom(LEVELS.length - 1, now));
  return { from: beginOf(start, lengthAt(start)), now, lengthAt };
}

function uniform(windowMs: number): number {
  return (LEVELS.find(({ keptMs }) => keptMs >= windowMs) ?? LEVELS.at(-1)!).ms;
}

function lengthOf(ms: number): number {
  return (LENGTHS.find(seconds => seconds * 1000 >= ms) ?? LENGTHS.at(-1)!) * 1000;
}

export interface Row {
  readonly at: number;
  readonly record: BucketRecord;
}

/** @param rows oldest first, each within one bucket of the grid */
export function seriesOf(rows: Iterable<Row>, { from, now, lengthAt }: Grid): Omit<Series, 'name'> {
  const columns = new Columns();
  let begin = from;
  let end = from + lengthAt(from);
  // Nothing is known before the first row.
  let isKnown = false;
  const closeUntil = (at: number): void => {
    while (at >= end) {
      if (isKnown) columns.close(begin, end);
      begin = end;
      end += lengthAt(begin);
    }
  };
  for (const { at, record } of rows) {
    closeUntil(at);
    isKnown = true;
    columns.add(record);
  }
  closeUntil(now);
  if (isKnown && begin < now) columns.close(begin, now);
  return { from: from / 1000, to: now / 1000, ...columns.done() };
}

interface Column {
  readonly series: VariantSeries;
  readonly duration: Histogram;
  requests: number;
  errors: number;
  weight: number | null;
  seen: number;
}

class Columns {
  readonly #at: number[] = [];
  readonly #seconds: number[] = [];
  readonly #columns = new Map<string, Column>();

  add({ weights, counts }: BucketRecord): void {
    for (const [variant, record] of Object.entries(counts)) {
      const column = this.#column(variant);
      column.requests += requestsIn(record);
      column.errors += errorsIn(record);
      addSparse(column.duration, record.duration);
    }
    const shares = Object.entries(weights);
    if (shares.length === 0) return;
    for (const column of this.#columns.values()) column.weight = null;
    for (const [variant, share] of shares) this.#column(variant).weight = share / 1000;
  }

  close(begin: number, end: number): void {
    this.#at.push(begin / 1000);
    this.#seconds.push((end - begin) / 1000);
    for (const column of this.#columns.values()) {
      const { series, duration, requests, errors, weight } = column;
      series.weight.push(weight);
      series.requests.push(requests);
      series.errors.push(errors);
      series.p50.push(quantile(duration, 0.5));
      series.p95.push(quantile(duration, 0.95));
      series.p99.push(quantile(duration, 0.99));
      duration.counts.fill(0);
      Object.assign(column, { requests: 0, errors: 0, weight: null });
    }
  }

  done(): Pick<Series, 'at' | 'seconds' | 'variants'> {
    const variants = [...this.#columns].map(([name, { series }]) => [name, series] as const);
    return { at: this.#at, seconds: this.#seconds, variants: Object.fromEntries(variants) };
  }

  #column(variant: string): Column {
    let column = this.#columns.get(variant);
    if (column === undefined) {
      if (this.#columns.size >= MAX_SERIES) this.#forgetLongestUnseen();
      column = {
        series: emptySeries(this.#at.length),
        duration: emptyHistogram(),
        requests: 0,
        errors: 0,
        weight: null,
        seen: 0,
      };
      this.#columns.set(variant, column);
    }
    column.seen = this.#at.length;
    return column;
  }

  #forgetLongestUnseen(): void {
    const [oldest] = [...this.#columns].toSorted(([, a], [, b]) => a.seen - b.seen);
    if (oldest !== undefined) this.#columns.delete(oldest[0]);
  }
}

/** Before it was first seen a variant had no requests. */
function emptySeries(length: number): VariantSeries {
  const zeros = () => new Array<number>(length).fill(0);
  const nulls = () => new Array<number | null>(length).fill(null);
  return {
    weight: nulls(),
    requests: zeros(),
    errors: zeros(),
    p50: nulls(),
    p95: nulls(),
    p99: nulls(),
  };
}
