/** What the API answers, as the Worker itself declares it. */
import type { DeliveryStatus } from '../src/core/delivery/delivery-status.ts';
import type * as core from '../src/core/rollout/status.ts';

export type { Difference } from '../src/core/analysis/difference.ts';
export type { Evidence, Verdict } from '../src/core/analysis/verdict.ts';
export type { DeliveryStatus, PlanStatus, RunStatus } from '../src/core/delivery/delivery-status.ts';
export type { Phase, WaitingFor } from '../src/core/delivery/phase.ts';
export type { Series, VariantSeries } from '../src/core/metrics/series.ts';
export type { Comparison } from '../src/core/rollout/status.ts';

export type RolloutStatus = core.RolloutStatus & { readonly delivery?: DeliveryStatus };
export type RolloutList = Omit<core.RolloutList, 'rollouts'> & { readonly rollouts: readonly RolloutStatus[] };

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
