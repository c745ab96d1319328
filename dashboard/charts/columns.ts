/** A series as charts draw it: one column for each variant, with gaps where nothing is known. */
import { changeWords } from '../text/change.ts';
import type { LoggedEvent, Series, VariantSeries } from '../types.ts';

export type Column = (number | null)[];

/** How one figure of one variant is read from its buckets. */
export type Measure = (variant: VariantSeries, bucket: number, seconds: number) => number | null;

export const MEASURES = {
  rate: ({ requests }, i, seconds) => requests[i]! / seconds,
  // No traffic is not an error ratio of zero.
  errors: ({ requests, errors }, i) => (requests[i]! > 0 ? errors[i]! / requests[i]! : null),
  p50: ({ p50 }, i) => p50[i] ?? null,
  p95: ({ p95 }, i) => p95[i] ?? null,
  p99: ({ p99 }, i) => p99[i] ?? null,
  weight: ({ weight }, i) => weight[i] ?? null,
} satisfies Readonly<Record<string, Measure>>;

export interface Columns {
  /** Epoch seconds: the end of each bucket, when all of it was known. */
  readonly at: number[];
  /** By variant, in the order asked for. */
  readonly values: readonly Column[];
  /** The largest value that enough requests stand behind; undefined where none has. */
  readonly ceiling: number | undefined;
}

/** One failure among three requests is no error ratio of 33 % that a whole chart should be scaled to. */
const ENOUGH_REQUESTS = 20;

/** The bucket that is still filling is left out: half of its requests would look like half of the traffic. */
export function columnsOf(series: Series, variants: readonly string[], measure: Measure): Columns {
  const isFilling = (series.seconds.at(-1) ?? 0) < (series.seconds.at(-2) ?? Infinity);
  const length = series.at.length - (isFilling ? 1 : 0);
  const at = series.at.slice(0, length).map((start, i) => start + series.seconds[i]!);
  const values = variants.map(name => {
    const variant = series.variants[name];
    return at.map((_, i) => (variant === undefined ? null : measure(variant, i, series.seconds[i]!)));
  });
  const sound = values.flatMap((column, v) =>
    column.filter((_, i) => (series.variants[variants[v]!]?.requests[i] ?? 0) >= ENOUGH_REQUESTS),
  );
  const known = sound.filter(value => value !== null);
  return { at, values, ceiling: known.length === 0 ? undefined : max(known) };
}

export interface Mark {
  /** Epoch seconds. */
  readonly at: number;
  readonly text: string;
}

/** Weight changes within the time shown, by hand and by the plan. */
export function marksOf(events: readonly LoggedEvent[], from: number, to: number): Mark[] {
  return events
    .filter(({ action }) => action === 'weight' || action === 'hand-weight')
    .map(({ at, detail, by }) => ({ at: Date.parse(at) / 1000, text: `${changeWords(detail)} by ${by}` }))
    .filter(({ at }) => at >= from && at <= to);
}

/** For those who can't see the lines: where each is, and between what it was. */
export function summaryOf(column: Column, format: (value: number) => string): string {
  const known = column.filter(value => value !== null);
  const last = column.at(-1);
  if (known.length === 0) return 'nothing known';
  const now = last == null ? 'nothing now' : `${format(last)} now`;
  return `${now}, lowest ${format(min(known))}, highest ${format(max(known))}`;
}

function min(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function max(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}

/** Positions of values between two gaps: there is nothing to draw a line to. */
export function lonelyIn(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, i) =>
    value != null && values[i - 1] == null && values[i + 1] == null ? [i] : [],
  );
}
