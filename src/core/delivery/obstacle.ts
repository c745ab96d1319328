/** What stands between a run and its next weight: the first thing, in the order in which they are dealt with. */
import { elapsed } from './clock.ts';
import type { Draft } from './draft.ts';
import type { Facts } from './event.ts';
import { frozen } from './freeze.ts';
import { closedGate, hostOf } from './gates.ts';
import { inForce } from './limits.ts';
import type { WaitingFor } from './phase.ts';
import { isLast } from './run.ts';
import type { Run } from './state.ts';

/**
 * @returns null if the next step's weight can be set (after the last step: if it is complete)
 */
export function obstacleOf(draft: Draft, run: Run, facts: Facts): WaitingFor | null {
  const { now, state } = draft;
  // Force stands for the verdict, and for nothing else (judging.md, section 5).
  const judged = run.promotion?.isForced === true ? null : fromJudge(draft, run);
  if (judged !== null) return judged;
  if (frozen(state.freeze, run.plan.freeze, now) !== null) return 'freeze';
  if (hasOther(run, state.shares)) return 'hand-weight';
  // Nobody is sent to a candidate that nobody could watch.
  if (run.step < 0 && !facts.isHeard) return 'blind';
  if (!facts.isSettled) return 'settle';
  if (isLast(run)) return null;
  const next = nextStep(run);
  if (needsApproval(run, next)) return 'approval';
  const gate = closedGate(run, next);
  return gate === undefined ? null : `gate:${hostOf(gate.url)}`;
}

/** The evidence first: approvals and gates are asked when everything else is in. */
function fromJudge(draft: Draft, run: Run): WaitingFor | null {
  const { now, look, state } = draft;
  const unbelieved = disbelief(draft, run);
  if (unbelieved !== null) return unbelieved;
  // Before step one nobody meets the candidate: nothing is known, and nothing is asked.
  const isMet = run.step >= 0 || inForce(state, run.candidate) > 0;
  if (run.promotion !== null || !isMet) return null;
  const verdict = look?.verdict.kind ?? 'inconclusive';
  const holdMs = run.plan.steps[run.step]?.holdMs ?? 0;
  if (elapsed(run.hold, now) < holdMs) return 'hold';
  // Leaving 100 needs no new evidence; but what a person must look at first holds it all the same.
  if (isLast(run)) return (look?.pages.length ?? 0) > 0 ? 'evidence:all' : null;
  if (verdict === 'pass') return null;
  return look?.waitsFor ?? `evidence:${look?.verdict.criterion ?? 'all'}`;
}

/** Why what is seen says nothing about the candidate, if so: no weight rises meanwhile. */
export function disbelief({ now, look }: Draft, run: Run): 'mismatch' | 'blind' | null {
  const verdict = look?.verdict.kind;
  if (verdict === 'mismatch' || (run.mismatchUntil !== null && now < run.mismatchUntil)) return 'mismatch';
  return verdict === 'blind' ? 'blind' : null;
}

/** Position of the step whose weight would be set next. */
export function nextStep(run: Run): number {
  return run.promotion === null ? run.step + 1 : run.plan.steps.length - 1;
}

/** A promotion by a person is their approval: it was refused where theirs isn't enough. */
export function needsApproval(run: Run, step: number): boolean {
  const approval = run.plan.steps[step]?.approval ?? 'none';
  return approval !== 'none' && run.approvedBy === null && run.promotion === null;
}

/** Another candidate has a weight: raising this one would move its visitors, too. */
export function hasOther(run: Run, shares: Readonly<Record<string, number>>): boolean {
  return Object.entries(shares).some(([name, share]) => name !== run.candidate && share > 0);
}
