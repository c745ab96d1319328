/** `adopt`: what completed becomes stable; `--undo` brings the stable before it back, for 7 days. */
import { UNDO_MS } from '../adopting.ts';
import type { Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import type { Probe } from '../event.ts';
import { decide } from '../journal.ts';
import { done, refused, refusedIn } from '../refusal.ts';
import { MAX_REPLACED } from '../state.ts';

export function adopt(draft: Draft): Answer {
  const { state } = draft;
  const { run, document } = state;
  if (state.phase !== 'completed' || run === null || document === null)
    return refusedIn(state, 'Nothing can be adopted');
  const candidate = document.candidates[run.candidate];
  if (candidate?.hash !== run.hash)
    return refused(
      `Nothing can be adopted: ${run.candidate} in the document is no longer what completed. \`weir history\` and \`weir apply --revision N\` bring that back.`,
    );
  const actor = draft.actor ?? { by: 'weir', channel: 'api' as const };
  const text = `adopt ${run.candidate}: ${candidate.wire.origin} becomes stable`;
  const key = draft.emit({ kind: 'write-document', stable: candidate.wire, actor, reason: text });
  const replaced = state.adoption === null ? [] : [state.adoption.previous, ...state.adoption.earlier];
  draft.patch({
    adoption: {
      candidate: run.candidate,
      previous: document.stable,
      earlier: replaced.slice(0, MAX_REPLACED),
      by: actor.by,
      at: draft.now,
      key,
      writtenAt: null,
    },
  });
  draft.enter('adopting');
  decide(draft, text);
  draft.audit('adopt', text);
  return done(
    `Adopting: ${candidate.wire.origin} becomes the stable origin; weight 0 follows when no isolate has used the old document for some minutes. Take the changed document into your repository.`,
  );
}

/** @param isConfirmed the old stable is still scaled up, says who asks */
export function undoAdopt(draft: Draft, isConfirmed: boolean, probe: Probe | null): Answer {
  const { adoption, phase } = draft.state;
  if (phase !== 'idle' && phase !== 'rolled-back')
    return refusedIn(draft.state, 'An adopt is undone while idle or rolled back');
  if (adoption === null) return refused('There is no adopt to undo.');
  if (draft.now - adoption.at > UNDO_MS)
    return refused('The last adopt is more than 7 days old: put a document with the old origin instead.');
  const { previous } = adoption;
  if (!isConfirmed)
    return refused(
      `All visitors would go back to ${previous.origin}: is it still scaled up? \`weir adopt --undo --yes\` says so.`,
    );
  if (probe === null) return { kind: 'probe', target: previous };
  if (!probe.answers) return refused(`Nothing was undone: no answer at ${previous.origin} (${probe.text}).`);
  const text = `undo the adopt of ${adoption.candidate}: ${previous.origin} is stable again`;
  const actor = draft.actor ?? { by: 'weir', channel: 'api' as const };
  draft.emit({ kind: 'write-document', stable: previous, actor, reason: text });
  draft.patch({ adoption: null });
  draft.write(Object.fromEntries(draft.candidates().map(name => [name, 0])), text);
  draft.audit('adopt', text);
  return done(`Undone: ${previous.origin} is the stable origin again.`);
}
