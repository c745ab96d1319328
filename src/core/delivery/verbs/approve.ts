/** `approve` and `promote`: what a person may hasten. */
import type { Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import { decide } from '../journal.ts';
import { hasOther, needsApproval } from '../obstacle.ts';
import { done, refused, refusedIn } from '../refusal.ts';
import { isLast, openRun } from '../run.ts';
import type { Run } from '../state.ts';
import { complete } from '../tick.ts';
import { sharesText } from '../words.ts';

export function approve(draft: Draft): Answer {
  const { state } = draft;
  const run = openRun(state);
  if (run === null) return refusedIn(state, 'Nothing can be approved');
  const next = run.step + 1;
  if (isLast(run)) return refusedIn(state, 'Nothing waits for an approval');
  if (run.approvedBy !== null) return done(`Step ${next + 1} is approved already.`, false);
  if (!needsApproval(run, next))
    return refusedIn(state, `Nothing waits for an approval: step ${next + 1} needs none`);
  if (state.phase !== 'paused' && run.waitingFor !== 'approval')
    return refused(
      `Nothing waits for an approval yet: step ${next + 1} needs one, and still waits for ${run.waitingFor ?? 'the next look'}.`,
    );
  if (isOwn(run, next, draft.by))
    return refused(
      `Step ${next + 1} needs the approval of another person: ${draft.by} has started this rollout.`,
    );
  draft.patchRun({ approvedBy: draft.by });
  const text = `step ${next + 1} approved`;
  decide(draft, text);
  draft.audit('approve', text);
  return done(
    state.phase === 'paused'
      ? `Approved: step ${next + 1} follows after \`weir resume\`.`
      : `Approved: step ${next + 1} follows when nothing else holds it.`,
  );
}

export function promote(draft: Draft, isForced: boolean, reason: string | undefined): Answer {
  const { state } = draft;
  const run = openRun(state);
  if (state.phase === 'completed') return done('It has all traffic already.', false);
  if (run === null || state.phase === 'adopting') return refusedIn(state, 'Nothing can be promoted');
  if (isForced && reason === undefined)
    return refused('`--force` needs a reason: `weir promote --force --reason "…"`.');
  if (isLast(run) && state.phase === 'baking') {
    complete(draft, run);
    draft.audit('promote', reason ?? 'the last step was cut short');
    return done('Completed: the candidate has all traffic.');
  }
  const problem = isForced ? null : problemOf(draft, run);
  if (problem !== null) return refused(problem);
  if (run.promotion !== null && run.promotion.isForced === isForced)
    return done('It is being promoted already.', false);
  if (state.document?.enabled === false)
    return refused('Nothing was promoted: the document is disabled. `weir enable` first.');
  if (hasOther(run, state.shares))
    return refused(
      `Nothing was promoted: another candidate has a weight (${sharesText(state.shares)}). Set it to 0 first: \`weir weight\`.`,
    );
  draft.enter(isLast(run) ? 'baking' : 'progressing');
  if (!isLast(run)) draft.patchRun({ promotion: { by: draft.by, isForced } });
  const text = `promoted to 100 %${isForced ? ` by force: ${reason ?? ''}` : ''}`;
  decide(draft, text, draft.look?.verdict ?? null);
  draft.audit('promote', text);
  return done(
    isForced
      ? 'Promoted by force: 100 % follows as soon as KV has settled.'
      : 'Promoted: 100 % follows when no gate or freeze holds it.',
  );
}

function problemOf(draft: Draft, run: Run): string | null {
  const verdict = draft.look?.verdict;
  const help = 'By force: `weir promote --force --reason "…"`.';
  if (run.step < 0)
    return `Not promoted: step one has not begun, so nothing is known of this version yet. ${help}`;
  if (verdict?.kind !== 'pass')
    return `Not promoted: the verdict is ${verdict?.kind ?? 'not there yet'}${verdict === undefined ? '' : ` (${verdict.text})`}. ${help}`;
  const own = run.plan.steps.findIndex((_, step) => step > run.step && isOwn(run, step, draft.by));
  if (own < 0) return null;
  return `Not promoted: step ${own + 1} needs the approval of another person than ${draft.by}, who has started this rollout. ${help}`;
}

/** Whether the approval of a step must come from someone else. */
function isOwn(run: Run, step: number, by: string): boolean {
  return run.plan.steps[step]?.approval === 'other' && run.startedBy === by;
}
