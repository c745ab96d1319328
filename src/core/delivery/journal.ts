/** A run writes down what happens to it, bounded, so that a report can be made of it at any time. */
import type { Evidence, Verdict } from '../analysis/verdict.ts';
import { elapsed } from './clock.ts';
import type { Draft } from './draft.ts';
import { MAX_DECISIONS, MAX_STEP_REPORTS, type Outcome, type RunReport, type StepReport } from './report.ts';
import type { Run } from './state.ts';
import { bounded } from './words.ts';

/** The first ones tell how it began, the last ones how it ended. */
const FIRST_DECISIONS = 20;
const MAX_STEP_EVIDENCE = 32;

/** @param verdict what it was decided on, if it was */
export function decide(draft: Draft, text: string, verdict: Verdict | null = null): void {
  const { run } = draft.state;
  if (run === null) return;
  const decisions = [...run.decisions, { at: draft.now, by: draft.by, text: bounded(text, 1000), verdict }];
  if (decisions.length > MAX_DECISIONS) decisions.splice(FIRST_DECISIONS, 1);
  draft.patchRun({ decisions });
}

/** A stay at a step's weight begins. */
export function openStep(draft: Draft, step: number, share: number): void {
  const { run } = draft.state;
  if (run === null) return;
  const opened: StepReport = {
    step,
    share,
    enteredAt: draft.now,
    leftAt: null,
    heldMs: 0,
    verdict: null,
    evidence: [],
  };
  draft.patchRun({ steps: [...run.steps, opened].slice(-MAX_STEP_REPORTS) });
}

/** It ends, with the figures as they stand. */
export function closeStep(draft: Draft): void {
  const { run } = draft.state;
  const last = run?.steps.at(-1);
  if (run === null || last === undefined || last.leftAt !== null) return;
  const closed: StepReport = {
    ...last,
    leftAt: draft.now,
    heldMs: elapsed(run.hold, draft.now),
    verdict: draft.look?.verdict ?? null,
    evidence: boundedEvidence(draft.look?.evidence ?? []),
  };
  draft.patchRun({ steps: [...run.steps.slice(0, -1), closed] });
}

function boundedEvidence(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.slice(0, MAX_STEP_EVIDENCE);
}

/** The run is over: its report is stored. */
export function closeRun(draft: Draft, outcome: Outcome, reason: string | null): void {
  const { run } = draft.state;
  if (run === null || run.endedAt !== null) return;
  closeStep(draft);
  draft.patchRun({
    endedAt: draft.now,
    outcome,
    reason,
    hold: { ms: elapsed(run.hold, draft.now), since: null },
    open: { ms: elapsed(run.open, draft.now), since: null },
    waitingFor: null,
    stuckSince: null,
    promotion: null,
  });
  const ended = draft.state.run;
  if (ended !== null) draft.emit({ kind: 'store-report', report: reportOf(draft.state.rollout, ended) });
}

/** Of a run that is over, or as far as it has come. */
export function reportOf(rollout: string, run: Run): RunReport {
  const { id, candidate, hash, version, attempt, startedAt, startedBy, endedAt } = run;
  const { outcome, reason, plan, steps, decisions } = run;
  return {
    id,
    rollout,
    candidate,
    hash,
    version,
    attempt,
    startedAt,
    startedBy,
    endedAt,
    outcome,
    reason,
    plan,
    steps,
    decisions,
  };
}
