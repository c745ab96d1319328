/** `rollback`: never refused. */
import { undoText } from '../adopting.ts';
import type { Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import { done } from '../refusal.ts';
import { OBEYED, rollBack } from '../rollback.ts';

export function rollback(draft: Draft, reason: string | undefined): Answer {
  const { state } = draft;
  const hasWeight = Object.values(state.shares).some(share => share > 0);
  if (state.phase === 'rolled-back' && !hasWeight && isAllBarred(draft))
    return done(`It is rolled back already.${undoText(state, draft.now)}`, false);
  const returns = state.phase === 'completed' || state.phase === 'adopting';
  const before = state.phase === 'adopting' ? state.adoption?.previous : state.document?.stable;
  const stable = before?.origin;
  rollBack(draft, reason === undefined ? `by ${draft.by}` : `by ${draft.by}: ${reason}`, null);
  const where =
    returns && stable !== undefined
      ? ` All visitors return to ${stable}: see that it is still scaled up.`
      : '';
  return done(
    `Rolled back: every candidate is at 0, rules included; ${OBEYED}.${where}${undoText(draft.state, draft.now)}`,
  );
}

/** Also candidates that came into the document since. */
function isAllBarred(draft: Draft): boolean {
  return draft.candidates().every(name => draft.state.limits[name]?.isBarred === true);
}
