/** `approve` and `promote`: what a person may hasten. */
import type { Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import { decide } from '../journal.ts';
import { inForce } from '../limits.ts';
import { needsApproval } from '../obstacle.ts';
import { done, refused, refusedIn } from '../refusal.ts';
import { isBelowStep, isLast, openRun } from '../run.ts';
import type { Run } from '../state.ts';
import { complete } from '../tick.ts';
import { percentText } from '../words.ts';
import { goOn, standstill } from './pause.ts';

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
  if (isLast(run) && state.phase === 'baking') return cutShort(draft, run, reason);
  const problem = problemOf(draft, run, isForced);
  if (problem !== null) return refused(problem);
  const why = standstill(state, run);
  if (why !== null) return refused(`Nothing was promoted: ${why}`);
  if (isLast(run)) {
    if (isBelowStep(state, run))
      return refused(
        `Not promoted: its weight was lowered to ${percentText(inForce(state, run.candidate))}. \`weir resume\` raises it again first.`,
      );
    return cutShort(draft, run, reason);
  }
  const isSame = run.promotion !== null && run.promotion.isForced === isForced;
  if (isSame && state.phase !== 'paused') return done('It is being promoted already.', false);
  if (state.phase === 'paused') goOn(draft, run);
  draft.patchRun({ promotion: { by: draft.by, isForced } });
  const text = `promoted to 100 %${isForced ? ` by force: ${reason ?? ''}` : ''}`;
  decide(draft, text, draft.look?.verdict ?? null);
  draft.audit('promote', text);
  return done(
    `Promoted${isForced ? ' by force, whatever the verdict' : ''}: 100 % follows when no gate or freeze holds it.`,
  );
}

/** The hold of the last step is not waited for. */
function cutShort(draft: Draft, run: Run, reason: string | undefined): Answer {
  complete(draft, run);
  draft.audit('promote', reason ?? 'the last step was cut short');
  return done('Completed: the candidate has all traffic.');
}

function problemOf(draft: Draft, run: Run, isForced: boolean): string | null {
  const verdict = draft.look?.verdict;
  const help = 'By force: `weir promote --force --reason "…"`.';
  if (run.step < 0 && !isForced)
    return `Not promoted: step one has not begun, so nothing is known of this version yet. ${help}`;
  if (verdict?.kind !== 'pass' && !isForced)
    return `Not promoted: the verdict is ${verdict?.kind ?? 'not there yet'}${verdict === undefined ? '' : ` (${verdict.text})`}. ${help}`;
  const own = ownStep(run, draft.by);
  if (own === null) return null;
  return `Not promoted: step ${own + 1} needs the approval of another person than ${draft.by}, who has started this rollout.`;
}

/** Position of a step ahead whose approval can't be that of who started, if they ask; null if there is none. */
export function ownStep(run: Run, by: string): number | null {
  const own = run.plan.steps.findIndex((_, step) => step > run.step && isOwn(run, step, by));
  return own < 0 ? null : own;
}

/** Whether the approval of a step must come from someone else. */
function isOwn(run: Run, step: number, by: string): boolean {
  return run.plan.steps[step]?.approval === 'other' && run.startedBy === by;
}
