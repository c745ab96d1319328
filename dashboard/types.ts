/** What the API answers, as the Worker itself declares it. */
import type { ReportView } from '../src/core/delivery/report-view.ts';

export type { Difference } from '../src/core/analysis/difference.ts';
export type { Evidence, Verdict } from '../src/core/analysis/verdict.ts';
export type { DeliveryStatus, PlanStatus, RunStatus } from '../src/core/delivery/delivery-status.ts';
export type { Phase, WaitingFor } from '../src/core/delivery/phase.ts';
export type { Series, VariantSeries } from '../src/core/metrics/series.ts';
export type { FlagsView, FlagView } from '../src/core/flags/view.ts';
export type { Comparison, RolloutList, RolloutStatus } from '../src/core/rollout/status.ts';

export type { ReportView as Report };
/** A report in a list. */
export type ReportHead = Omit<ReportView, 'rollout' | 'plan' | 'steps' | 'decisions'>;

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
