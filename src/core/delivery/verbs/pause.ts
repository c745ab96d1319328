/** `pause` and `resume`: the hold stands still, the evidence goes on. */
import { elapsed, running, STOPPED } from '../clock.ts';
import type { Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import { pauseRun } from '../holding.ts';
import { decide } from '../journal.ts';
import { inForce } from '../limits.ts';
import { hasOther } from '../obstacle.ts';
import { done, refused, refusedIn } from '../refusal.ts';
import { isAtStep, isLast, openRun, setShare, shareOf } from '../run.ts';
import type { DeliveryState, Run } from '../state.ts';
import { percentText, sharesText } from '../words.ts';

export function pause(draft: Draft, reason: string | undefined): Answer {
  const run = openRun(draft.state);
  if (run === null || draft.state.phase === 'adopting')
    return refusedIn(draft.state, 'Nothing can be paused');
  if (draft.state.phase === 'paused') return done('It is paused already.', false);
  pauseRun(draft, reason ?? `by ${draft.by}`);
  const share = draft.state.shares[run.candidate] ?? 0;
  return done(
    `Paused at ${percentText(share)}. A failing verdict still rolls back; \`weir resume\` goes on.`,
  );
}

export function resume(draft: Draft): Answer {
  const { state } = draft;
  const run = openRun(state);
  if (run !== null && (state.phase === 'progressing' || state.phase === 'baking'))
    return done('It is under way already.', false);
  if (run === null || state.phase !== 'paused') return refusedIn(state, 'Nothing can be resumed');
  const problem = standstill(state, run);
  if (problem !== null) return refused(`Nothing was resumed: ${problem}`);
  goOn(draft, run);
  const target = shareOf(run.plan, run.step);
  const text = `resumed at step ${run.step + 1}`;
  // A weight above the step's was never its own; one below is raised again once KV has settled.
  if (run.step < 0 || (state.shares[run.candidate] ?? 0) > target)
    setShare(draft, Math.min(target, inForce(state, run.candidate)), text);
  decide(draft, text);
  draft.audit('resume', text);
  return done(run.step < 0 ? 'Resumed before step one.' : `Resumed at step ${run.step + 1}.`);
}

/** Why a run can't go on by its plan now, and what would help; null if it can. */
export function standstill({ document, shares }: DeliveryState, run: Run): string | null {
  if (document?.enabled === false) return 'the document is disabled. `weir enable` first.';
  const plan = document?.plan ?? null;
  if (plan === null || plan.candidate !== run.candidate)
    return 'its plan is no longer in the document. Put it back, or `weir rollback`.';
  if (hasOther(run, shares))
    return `another candidate has a weight (${sharesText(shares)}). Set it to 0 first: \`weir weight\`.`;
  return null;
}

/** From a pause, with the clocks where they stood. */
export function goOn(draft: Draft, run: Run): void {
  draft.enter(isLast(run) ? 'baking' : 'progressing');
  // Who goes on after the deadline gives it a new one.
  const isOverdue = elapsed(run.open, draft.now) >= run.plan.maxHoldMs;
  draft.patchRun({
    reason: null,
    waitingFor: null,
    waitingSince: draft.now,
    hold: running(run.hold, isAtStep(draft.state, run), draft.now),
    open: running(isOverdue ? STOPPED : run.open, true, draft.now),
  });
}
