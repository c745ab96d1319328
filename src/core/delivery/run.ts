/** The moves of a run: it begins, enters a step, starts over, ends. Every change of its weight is here. */
import type { Limit } from '../rollout/cap.ts';
import { WHOLE } from '../rollout/weights.ts';
import { STOPPED } from './clock.ts';
import type { Draft } from './draft.ts';
import { closeRun, closeStep, decide, openStep } from './journal.ts';
import { barredBut, inForce } from './limits.ts';
import type { Plan } from './plan.ts';
import type { Outcome } from './report.ts';
import { MAX_RECORDS, type DeliveryState, type Run, type Told, type TrackRecord } from './state.ts';
import { durationText, percentText } from './words.ts';

const TOLD_NOTHING: Told = {
  approvalAt: null,
  blindAt: null,
  isHeld: false,
  isMismatch: false,
  pages: [],
};

/** The run that is under way, if one is. */
export function openRun(state: DeliveryState): Run | null {
  return state.run === null || state.run.endedAt !== null ? null : state.run;
}

/** Share in the split that a step sets: the last one leaves the holdback on stable. */
export function shareOf(plan: Plan, step: number): number {
  if (step < 0) return 0;
  const share = plan.steps[step]?.share ?? 0;
  return Math.min(share, WHOLE - (step === plan.steps.length - 1 ? plan.holdback : 0));
}

/** Whether the last step's weight is set: what is left is its hold. */
export function isLast(run: Run): boolean {
  return run.step === run.plan.steps.length - 1;
}

/** Whether it has the weight of its step: only then its hold goes on. */
export function isAtStep(state: DeliveryState, run: Run): boolean {
  return run.step >= 0 && !isBelowStep(state, run);
}

/** What was lowered by hand and resumed is below its step's weight. */
export function isBelowStep(state: DeliveryState, run: Run): boolean {
  return run.step >= 0 && inForce(state, run.candidate) < shareOf(run.plan, run.step);
}

/**
 * A run begins at weight 0, whatever is in KV; the first step's weight follows when nothing holds it.
 * The document must have a plan and its candidate.
 */
export function beginRun(draft: Draft, plan: Plan): void {
  const facts = draft.state.document?.candidates[plan.candidate];
  if (facts === undefined) return;
  const { hash, wire } = facts;
  const record = recordOf(draft.state, plan.candidate, hash);
  const attempt = (record?.attempts ?? 0) + 1;
  const id = draft.state.runs + 1;
  const run: Run = {
    id,
    attempt,
    candidate: plan.candidate,
    hash,
    version: wire.version ?? null,
    seenVersion: null,
    plan,
    startedAt: draft.now,
    startedBy: draft.by,
    endedAt: null,
    outcome: null,
    reason: null,
    step: -1,
    stepSince: draft.now,
    raisedAt: null,
    hold: STOPPED,
    open: STOPPED,
    approvedBy: null,
    gates: {},
    gateRound: 0,
    promotion: null,
    waitingFor: null,
    waitingSince: draft.now,
    stuckSince: null,
    mismatchUntil: null,
    blindSince: null,
    told: TOLD_NOTHING,
    steps: [],
    decisions: [],
  };
  draft.patch({ run, runs: id });
  keepRecord(draft, { variant: plan.candidate, hash, attempts: attempt, failure: null });
  setShare(draft, 0, `attempt ${attempt} begins`);
  draft.emit({ kind: 'restart-judge', run: id, what: 'start' });
  const version = run.version === null ? '' : ` version ${run.version}`;
  const text = `started: ${plan.candidate}${version}, attempt ${attempt}`;
  decide(draft, text);
  draft.notify('started', text);
}

/** Sets the candidate's weight and what holds it to that; other candidates keep theirs. */
export function setShare(draft: Draft, share: number, reason: string): void {
  const { run, shares } = draft.state;
  if (run === null) return;
  holdTo(draft, share);
  const others = Object.fromEntries(draft.candidates().map(name => [name, shares[name] ?? 0]));
  draft.write({ ...others, [run.candidate]: share }, reason);
}

/** The cap alone: for a weight that someone else has written. */
export function holdTo(draft: Draft, share: number): void {
  const { run } = draft.state;
  if (run !== null) draft.limit(limitsAt(draft.state, run, share));
}

/** What holds candidates back while a run is at a share; what was rolled back before stays there. */
export function limitsAt(state: DeliveryState, run: Run, share: number): Record<string, Limit> {
  return {
    ...barredBut(state, [run.candidate]),
    [run.candidate]: { candidate: run.hash, share, isBarred: false },
  };
}

/** A step's weight is set, and its hold begins. */
export function enterStep(draft: Draft, step: number, why: string): void {
  const { run } = draft.state;
  if (run === null) return;
  closeStep(draft);
  const share = shareOf(run.plan, step);
  const isRaised = share > inForce(draft.state, run.candidate);
  // The same step once more is no news, and no other question for its gates.
  const isAgain = step === run.step;
  draft.patchRun({
    step,
    stepSince: draft.now,
    raisedAt: isRaised ? draft.now : run.raisedAt,
    hold: STOPPED,
    open: STOPPED,
    approvedBy: null,
    gates: {},
    gateRound: isAgain ? run.gateRound : run.gateRound + 1,
    promotion: null,
    reason: null,
    waitingFor: null,
    waitingSince: draft.now,
    stuckSince: null,
    told: { ...run.told, approvalAt: null, isHeld: false },
  });
  openStep(draft, step, share);
  const isEnd = step === run.plan.steps.length - 1;
  const hold = durationText(run.plan.steps[step]?.holdMs ?? 0);
  const text = `step ${step + 1} of ${run.plan.steps.length}: ${run.candidate} at ${percentText(share)}, held for ${hold}`;
  decide(draft, `${text}. ${why}`, draft.look?.verdict ?? null);
  if (draft.state.phase !== 'paused') draft.enter(isEnd ? 'baking' : 'progressing');
  setShare(draft, share, text);
  draft.audit('advance', `${text}. ${why}`);
  if (!isAgain) draft.notify('step', `${text}. ${why}`);
}

/**
 * Back to step one within the same run; from a weight below that of step one, to 0 until nothing holds
 * it: nobody meets a candidate that has no step. @param what of the evidence is collected anew
 */
export function startOver(draft: Draft, what: 'start' | 'advance', why: string): void {
  const { run, phase } = draft.state;
  if (run === null) return;
  draft.emit({ kind: 'restart-judge', run: run.id, what });
  draft.audit('restart', `back to step one: ${why}`);
  decide(draft, `back to step one: ${why}`, draft.look?.verdict ?? null);
  if (phase === 'baking') draft.enter('progressing');
  const isBelow = inForce(draft.state, run.candidate) < shareOf(run.plan, 0);
  if (!isBelow) {
    enterStep(draft, 0, why);
    return;
  }
  closeStep(draft);
  draft.patchRun({
    step: -1,
    stepSince: draft.now,
    hold: STOPPED,
    open: STOPPED,
    approvedBy: null,
    gates: {},
    gateRound: run.gateRound + 1,
    promotion: null,
  });
  setShare(draft, 0, `back to step one: ${why}`);
}

/** Another candidate, or none, takes its place: nothing of it is left in force. */
export function supersede(draft: Draft, outcome: Outcome, why: string): void {
  decide(draft, why);
  setShare(draft, 0, why);
  closeRun(draft, outcome, why);
}

export function recordOf(state: DeliveryState, variant: string, hash: string): TrackRecord | undefined {
  return state.records.find(record => record.variant === variant && record.hash === hash);
}

export function keepRecord(draft: Draft, record: TrackRecord): void {
  const others = draft.state.records.filter(
    ({ variant, hash }) => variant !== record.variant || hash !== record.hash,
  );
  draft.patch({ records: [record, ...others].slice(0, MAX_RECORDS) });
}
