/** What a finished rollout leaves: every step, its figures, every decision and why. */
import type { Evidence, Verdict } from '../analysis/verdict.ts';
import type { Plan } from './plan.ts';

export type Outcome =
  | 'completed'
  | 'rolled-back'
  /** Another candidate or version took its place. */
  | 'superseded'
  /** A person set a weight by force. */
  | 'ended';

/** One stay at one weight. Times are milliseconds since 1970. */
export interface StepReport {
  /** Position in the plan's steps. */
  readonly step: number;
  /** Thousandths of a percent, as set. */
  readonly share: number;
  readonly enteredAt: number;
  /** Null while it is under way. */
  readonly leftAt: number | null;
  /** Of the hold: pauses don't count. */
  readonly heldMs: number;
  /** As they stood when the step was left. */
  readonly verdict: Verdict | null;
  readonly evidence: readonly Evidence[];
}

/** One thing that was decided, by whom or on what evidence. */
export interface Decision {
  readonly at: number;
  /** A person, or `weir` where the evidence or the clock decided. */
  readonly by: string;
  /** One sentence. */
  readonly text: string;
  readonly verdict: Verdict | null;
}

export interface RunReport {
  readonly id: number;
  readonly rollout: string;
  readonly candidate: string;
  /** Of origin, version and headers. */
  readonly hash: string;
  readonly version: string | null;
  readonly attempt: number;
  readonly startedAt: number;
  readonly startedBy: string;
  /** Null while it is under way. */
  readonly endedAt: number | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  /** As fixed at the start. */
  readonly plan: Plan;
  /** In order; the last {@link MAX_STEP_REPORTS}. */
  readonly steps: readonly StepReport[];
  /** In order; the first and the last of them where there were more than {@link MAX_DECISIONS}. */
  readonly decisions: readonly Decision[];
}

export const MAX_STEP_REPORTS = 64;
export const MAX_DECISIONS = 120;
