/** `pause` and `resume`: the hold stands still, the evidence goes on. */
import { elapsed, running, STOPPED } from '../clock.ts';
import type { Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import { pauseRun } from '../holding.ts';
import { decide } from '../journal.ts';
import { hasOther } from '../obstacle.ts';
import { done, refused, refusedIn } from '../refusal.ts';
import { isLast, openRun, setShare, shareOf } from '../run.ts';
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
  if (state.document?.enabled === false)
    return refused('Nothing was resumed: the document is disabled. `weir enable` first.');
  const plan = state.document?.plan ?? null;
  if (plan === null || plan.candidate !== run.candidate)
    return refused(
      'Nothing was resumed: its plan is no longer in the document. Put it back, or `weir rollback`.',
    );
  if (hasOther(run, state.shares))
    return refused(
      `Nothing was resumed: another candidate has a weight (${sharesText(state.shares)}). Set it to 0 first: \`weir weight\`.`,
    );
  draft.enter(isLast(run) ? 'baking' : 'progressing');
  // Who goes on after the deadline gives it a new one.
  const isOverdue = elapsed(run.open, draft.now) >= run.plan.maxHoldMs;
  draft.patchRun({
    reason: null,
    waitingFor: null,
    waitingSince: draft.now,
    hold: running(run.hold, run.step >= 0, draft.now),
    open: running(isOverdue ? STOPPED : run.open, true, draft.now),
  });
  const target = shareOf(run.plan, run.step);
  const text = `resumed at step ${run.step + 1}`;
  // A weight above the step's was never its own; one below is raised again once KV has settled.
  if (run.step < 0 || (state.shares[run.candidate] ?? 0) > target)
    setShare(draft, Math.min(target, state.shares[run.candidate] ?? 0), text);
  decide(draft, text);
  draft.audit('resume', text);
  return done(run.step < 0 ? 'Resumed before step one.' : `Resumed at step ${run.step + 1}.`);
}
