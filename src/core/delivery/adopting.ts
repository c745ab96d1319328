/** What completed becomes the stable variant, in the order that never sends a visitor to the old one. */
import type { Draft } from './draft.ts';
import type { Facts } from './event.ts';
import { decide } from './journal.ts';
import { barredBut } from './limits.ts';
import type { DeliveryState } from './state.ts';

/** So long an adopt can be taken back. */
export const UNDO_MS = 7 * 86_400_000;

/** Said where someone may look for the stable before: empty if no adopt can be taken back. */
export function undoText({ adoption, phase }: DeliveryState, now: number): string {
  if (adoption === null || phase === 'adopting' || now - adoption.at > UNDO_MS) return '';
  return ` The stable is the adopted one: \`weir adopt --undo\` goes back to ${adoption.previous.origin}.`;
}

/** Weight 0 sends everybody to stable: only once that is the new one everywhere. */
export function finishAdopting(draft: Draft, facts: Facts): void {
  const { adoption } = draft.state;
  if (adoption === null || adoption.writtenAt === null) return;
  const quietSince = Math.max(adoption.writtenAt, facts.otherGenerationAt ?? 0);
  if (draft.now - quietSince < facts.quietMs) return;
  const text = `adopted: what was ${adoption.candidate} is stable now`;
  draft.enter('idle');
  draft.limit(barredBut(draft.state, []));
  draft.write(Object.fromEntries(draft.candidates().map(name => [name, 0])), text);
  draft.audit('adopt', text);
  decide(draft, text);
  draft.notify('adopted', text, { advice: 'weir adopt --undo goes back, for 7 days' });
}
