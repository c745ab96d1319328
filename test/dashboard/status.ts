/** A status as the API answers it, with whatever a test is about laid over it. */
import { IDLE_DELIVERY } from '../support/idle-delivery.ts';
import type { Difference, RolloutStatus } from '../../dashboard/types.ts';

export const NOW = Date.parse('2026-11-23T12:00:00Z');

export interface Figures {
  readonly weight?: number;
  readonly inForce?: number | null;
  readonly requests?: number;
  readonly errors?: number;
  readonly p95?: number;
}

export const variant = ({ weight = 0, inForce = weight, requests = 0, errors = 0, p95 }: Figures = {}) => ({
  origin: 'https://a.example',
  weight,
  weightInForce: inForce,
  requests,
  errors,
  recent: {
    requests,
    errors,
    requestsPerSecond: requests / 60,
    errorRatio: requests > 0 ? errors / requests : null,
    p50: requests > 0 ? 0.02 : null,
    p95: requests > 0 ? (p95 ?? 0.1) : null,
    p99: requests > 0 ? 0.2 : null,
  },
});

export function statusOf(
  variants: Readonly<Record<string, Figures>>,
  change: Partial<RolloutStatus> = {},
): RolloutStatus {
  return {
    name: 'default',
    phase: 'idle',
    delivery: IDLE_DELIVERY,
    enabled: true,
    revision: 3,
    document: { source: 'kv' },
    weight: null,
    variants: Object.fromEntries(Object.entries(variants).map(([name, figures]) => [name, variant(figures)])),
    window: { seconds: 63 },
    lostOutcomes: 0,
    configErrors: 0,
    problems: [],
    lastCounts: new Date(NOW - 1000).toISOString(),
    comparisons: {},
    experiments: {},
    hub: 'ok',
    isolates: 1,
    sinks: {},
    ...change,
  };
}

/** A comparison of which only these intervals matter. */
export const compared = (errorRatio: Difference | null, p95: Difference | null = null) => ({
  errorRatio,
  p50: null,
  p95,
  p99: null,
});

/** @param clear whether the 99.99 % interval leaves out zero too */
export const between = (low: number, high: number, clear = low > 0 || high < 0): Difference => ({
  value: (low + high) / 2,
  low,
  high,
  clear,
});
