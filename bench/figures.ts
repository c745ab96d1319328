/** A measured figure: its value in every round, and what it is held against. */

export interface Target {
  readonly direction: 'at least' | 'at most';
  readonly value: number;
  /** The one after it. */
  readonly next?: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: 'requests/s' | 'ratio' | 'µs' | 'ns' | 'ms' | 'KB';
  /** One for each round, in order. */
  readonly values: readonly number[];
  readonly target?: Target;
}

export interface Section {
  readonly title: string;
  /** Exactly what is measured. */
  readonly note: string;
  readonly figures: readonly Figure[];
}

export function atLeast(value: number, next?: number): Target {
  return { direction: 'at least', value, ...(next === undefined ? {} : { next }) };
}

export function atMost(value: number, next?: number): Target {
  return { direction: 'at most', value, ...(next === undefined ? {} : { next }) };
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly reached: boolean | null;
  readonly reachedNext: boolean | null;
}

export function summaryOf({ values, target }: Figure): Summary {
  const middle = median(values);
  const isReached = (wanted: number | undefined): boolean | null => {
    if (target === undefined || wanted === undefined) return null;
    return target.direction === 'at least' ? middle >= wanted : middle <= wanted;
  };
  return {
    median: middle,
    min: Math.min(...values),
    max: Math.max(...values),
    reached: isReached(target?.value),
    reachedNext: isReached(target?.next),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new Error('there is no median of nothing');
  return (upper + lower) / 2;
}
