import { errorRatioDifference, quantileDifference } from '../analysis/difference.ts';
import type { Comparison } from '../rollout/status.ts';
import type { Tally } from './tally.ts';

/** Both over the same window. */
export function compare(candidate: Tally, stable: Tally): Comparison {
  const [a, b] = [candidate.duration, stable.duration];
  return {
    errorRatio: errorRatioDifference(candidate, stable),
    p50: quantileDifference(a, b, 0.5),
    p95: quantileDifference(a, b, 0.95),
    p99: quantileDifference(a, b, 0.99),
  };
}
