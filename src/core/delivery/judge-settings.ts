/** What the judge is told of a run: its plan's part, and the moment at which it looks. */
import type { SparseHistogram } from '../analysis/histogram.ts';
import type { JudgeSettings, Moment } from '../analysis/settings.ts';
import type { Sticky } from '../rollout/compile.ts';
import { inForce } from './limits.ts';
import type { Plan } from './plan.ts';
import { isLast, shareOf } from './run.ts';
import type { DeliveryState, Run } from './state.ts';
import { isSeen } from './watch.ts';

/**
 * @param baseline stable's latencies of the 24 h before the start; null if there are none
 * @param sticky what is hashed: draws are counted for visitors with cookies only
 */
export function judgeSettings(
  plan: Plan,
  baseline: SparseHistogram | null,
  sticky: Pick<Sticky, 'by'>,
): JudgeSettings {
  const { candidate, criteria, falseRollbackRate, falsePromotionRate, blastRadius } = plan;
  const { minRequests, warmupMs, reaction, onSharedFailure } = plan;
  return {
    candidate,
    criteria,
    falseRollbackRate,
    falsePromotionRate,
    blastRadius,
    minRequests,
    warmupMs,
    reaction,
    onSharedFailure,
    sticky: true,
    countsDraws: sticky.by === 'cookie',
    baseline,
  };
}

/** @returns null while no visitor is sent to the candidate by its weight: there is nothing to judge */
export function momentOf(
  state: DeliveryState,
  run: Run,
  now: number,
  seen: Pick<Moment, 'unreadableSince' | 'excluded'>,
): Moment | null {
  if (!isSeen(state)) return null;
  return {
    now,
    weight: inForce(state, run.candidate) / 1000,
    nextWeight: isLast(run) ? null : shareOf(run.plan, run.step + 1) / 1000,
    raisedAt: run.raisedAt,
    stepSince: run.stepSince,
    ...seen,
  };
}
