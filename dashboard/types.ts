export type { Series, VariantSeries } from '../src/core/metrics/series.ts';
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
