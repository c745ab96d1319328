import { errorRatioDifference, quantileDifference } from '../analysis/difference.ts';
import { fromSparse } from '../analysis/histogram.ts';
import type { Comparison } from '../rollout/status.ts';
import { errorsIn, requestsIn } from './buckets.ts';
import type { CountsRecord } from './counts.ts';

/** Both over the same window. */
export function compare(candidate: CountsRecord, stable: CountsRecord): Comparison {
  const errors = (record: CountsRecord) => ({ requests: requestsIn(record), errors: errorsIn(record) });
  const [a, b] = [fromSparse(candidate.duration), fromSparse(stable.duration)];
  return {
    errorRatio: errorRatioDifference(errors(candidate), errors(stable)),
    p50: quantileDifference(a, b, 0.5),
    p95: quantileDifference(a, b, 0.95),
    p99: quantileDifference(a, b, 0.99),
  };
}
