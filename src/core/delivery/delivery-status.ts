/** The rollout that moves itself, as the API answers and CLI and dashboard show. Times are ISO 8601. */
import type { Evidence, Verdict } from '../analysis/verdict.ts';
import type { Phase, WaitingFor } from './phase.ts';

export interface DeliveryStatus {
  readonly phase: Phase;
  /** When it entered the phase; null while it was never started. */
  readonly since: string | null;
  /** What to do now, for a person: "waits for your approval: weir approve". */
  readonly advice: string;
  /** Of the document in force; null without one. */
  readonly plan: PlanStatus | null;
  /** The rollout under way, or the last one; null if there was none. */
  readonly run: RunStatus | null;
  /** Highest weight allowed right now in percent, by candidate; not named: not held back. */
  readonly caps: Readonly<Record<string, { readonly percent: number; readonly isBarred: boolean }>>;
  readonly waitingFor: WaitingFor | null;
  readonly waitingSince: string | null;
  readonly verdict: Verdict | null;
  readonly evidence: readonly Evidence[];
  /** A freeze said by `weir freeze`, or of the plan, that holds advances just now. */
  readonly freeze: { readonly until: string | null; readonly reason: string } | null;
  /** Why automatic rollback is off, by the built-in A/A test; null while it is on. */
  readonly distrust: string | null;
  /** What can't be tested here, and why: draws of visitors without a cookie; null where all can, or nothing is judged. */
  readonly untestable: string | null;
  /** When the controller last looked; null while nothing is open. */
  readonly lastTick: string | null;
}

export interface PlanStatus {
  readonly candidate: string;
  readonly steps: readonly {
    readonly weight: number;
    readonly holdSeconds: number;
    readonly approval: boolean;
  }[];
  readonly criteria: readonly { readonly name: string; readonly margin: string }[];
  readonly falseRollbackRate: number;
  readonly falsePromotionRate: number;
}

export interface RunStatus {
  readonly id: number;
  /** Of this same candidate: 3 has spent the false rollback rate three times. */
  readonly attempt: number;
  readonly candidate: string;
  readonly version: string | null;
  readonly startedAt: string;
  readonly startedBy: string;
  readonly endedAt: string | null;
  /** Position in the plan's steps, from 0, of the weight that was set last; -1 before the first. */
  readonly step: number;
  readonly steps: PlanStatus['steps'];
  /** Percent, of the split, as the controller last set it. */
  readonly weight: number;
  readonly stepSince: string;
  /** Of the hold, so far: pauses don't count. */
  readonly heldSeconds: number;
  /** The earliest; null while something else than time is waited for. */
  readonly nextStepAt: string | null;
  /** At present traffic, in words: "about 12 min to go: 340 of 1100 requests without an error more". */
  readonly estimate: string | null;
  /** Why it ended, or stands still, if it does. */
  readonly reason: string | null;
}
