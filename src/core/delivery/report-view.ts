/** A report as the API answers it: times in ISO 8601, weights in percent, no address of a hook or gate. */
import type { Evidence, Verdict } from '../analysis/verdict.ts';
import type { Plan } from './plan.ts';
import type { Decision, Outcome, RunReport, StepReport } from './report.ts';

export interface StepView {
  readonly step: number;
  /** Percent. */
  readonly weight: number;
  readonly enteredAt: string;
  readonly leftAt: string | null;
  readonly heldSeconds: number;
  readonly verdict: Verdict | null;
  readonly evidence: readonly Evidence[];
}

export interface DecisionView {
  readonly at: string;
  readonly by: string;
  readonly text: string;
  readonly verdict: Verdict | null;
}

export interface ReportView {
  readonly id: number;
  readonly rollout: string;
  readonly candidate: string;
  readonly version: string | null;
  readonly attempt: number;
  readonly startedAt: string;
  readonly startedBy: string;
  readonly endedAt: string | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly plan: {
    readonly steps: readonly { readonly weight: number; readonly holdSeconds: number }[];
    readonly falseRollbackRate: number;
    readonly falsePromotionRate: number;
    readonly blastRadius: number;
  };
  readonly steps: readonly StepView[];
  readonly decisions: readonly DecisionView[];
}

export function reportView(report: RunReport): ReportView {
  return {
    id: report.id,
    rollout: report.rollout,
    candidate: report.candidate,
    version: report.version,
    attempt: report.attempt,
    startedAt: iso(report.startedAt),
    startedBy: report.startedBy,
    endedAt: report.endedAt === null ? null : iso(report.endedAt),
    outcome: report.outcome,
    reason: report.reason,
    plan: planView(report.plan),
    steps: report.steps.map(stepView),
    decisions: report.decisions.map(decisionView),
  };
}

function planView({ steps, falseRollbackRate, falsePromotionRate, blastRadius }: Plan): ReportView['plan'] {
  return {
    steps: steps.map(({ share, holdMs }) => ({ weight: share / 1000, holdSeconds: holdMs / 1000 })),
    falseRollbackRate,
    falsePromotionRate,
    blastRadius,
  };
}

function stepView({ step, share, enteredAt, leftAt, heldMs, verdict, evidence }: StepReport): StepView {
  return {
    step,
    weight: share / 1000,
    enteredAt: iso(enteredAt),
    leftAt: leftAt === null ? null : iso(leftAt),
    heldSeconds: heldMs / 1000,
    verdict,
    evidence,
  };
}

function decisionView({ at, by, text, verdict }: Decision): DecisionView {
  return { at: iso(at), by, text, verdict };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
