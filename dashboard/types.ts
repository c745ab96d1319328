/** What the API answers, as the Worker itself declares it. */
export type { Difference } from '../src/core/analysis/difference.ts';
export type { Series, VariantSeries } from '../src/core/metrics/series.ts';
export type { Comparison, RolloutList, RolloutStatus } from '../src/core/rollout/status.ts';

/** An entry of the audit log. */
export interface LoggedEvent {
  readonly id: number;
  /** ISO 8601 */
  readonly at: string;
  readonly by: string;
  readonly channel: string;
  readonly action: string;
  readonly detail: string;
}
