/** What the judge is told in the tables: the statistics by themselves, and the product's default plan. */
import type { SparseHistogram } from '../src/core/analysis/histogram.ts';
import type { Criterion, JudgeSettings } from '../src/core/analysis/settings.ts';

export function errors(ratio: number, absolute: number): Criterion {
  return { kind: 'tolerance', metric: 'errors', ratio, absolute, require: true };
}

export function latency(ratio: number): Criterion {
  // Required, it would be asked for from the first step on, and that takes longest of all.
  return { kind: 'latency', ratio, require: false };
}

const DEFAULT_MARGIN = errors(1.1, 0.0001);
/** The plan's default criteria (DESIGN.md, section 3). */
const DEFAULT_CRITERIA: readonly Criterion[] = [
  DEFAULT_MARGIN,
  latency(1.1),
  { kind: 'tolerance', metric: '4xx', ratio: 1.5, absolute: 0.01, require: false },
  { kind: 'limit', metric: 'errors', limit: 0.5 },
];

const SHARED = {
  candidate: 'canary',
  falseRollbackRate: 0.01,
  falsePromotionRate: 0.05,
  blastRadius: 0.001,
  minRequests: 50,
  reaction: 'fast',
  onSharedFailure: 'auto',
} as const;

/** Every request is drawn by itself, and nothing is left out: the claims of the mathematics. */
export function perRequest(criteria: readonly Criterion[], baseline: SparseHistogram | null): JudgeSettings {
  return { ...SHARED, criteria, baseline, sticky: false, countsDraws: true, warmupMs: 0 };
}

/** As the product comes. */
export function productDefault(baseline: SparseHistogram | null): JudgeSettings {
  return {
    ...SHARED,
    criteria: DEFAULT_CRITERIA,
    baseline,
    sticky: true,
    countsDraws: true,
    warmupMs: 30_000,
  };
}

export const NO_MARGIN = [errors(1, 0), latency(1)];
export const ERRORS_ALONE = [errors(1, 0)];
export const ERRORS_WITH_MARGIN = [DEFAULT_MARGIN];
