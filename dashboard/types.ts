import type { RolloutStatus as Core } from '../src/core/rollout/status.ts';
export interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
export interface Comparison {
  readonly errorRatio: Difference | null;
  readonly p50: Difference | null;
  readonly p95: Difference | null;
  readonly p99: Difference | null;
}
export interface RolloutStatus extends Core {
  readonly comparisons: Readonly<Record<string, Comparison>>;
  readonly hub: 'ok' | 'unreachable';
  readonly isolates: number;
}
export interface Series {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly at: readonly number[];
  readonly seconds: readonly number[];
  readonly variants: Readonly<Record<string, SeriesOfVariant>>;
}
export interface SeriesOfVariant {
  readonly weight: readonly (number | null)[];
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}
