/** What completed becomes the stable variant, in the order that never sends a visitor to the old one. */
import type { Draft } from './draft.ts';
import type { Facts } from './event.ts';
import { sameVariant } from './document-facts.ts';
import { decide } from './journal.ts';
import { barredBut } from './limits.ts';
import type { DeliveryState, DocumentFacts } from './state.ts';
import { timeText } from './words.ts';

/** So long an adopt can be taken back. */
export const UNDO_MS = 7 * 86_400_000;

/** Said where someone may look for the stable before: empty if no adopt can be taken back. */
export function undoText({ adoption, phase }: DeliveryState, now: number): string {
  if (adoption === null || phase === 'adopting' || now - adoption.at > UNDO_MS) return '';
  return ` The stable is the adopted one: \`weir adopt --undo\` goes back to ${adoption.previous.origin}.`;
}

/** Whether a document would bring back a stable that an adopt replaced, as a file from before it does. */
export function isFromBefore(
  { adoption, document, phase }: DeliveryState,
  { stable }: DocumentFacts,
): boolean {
  if (adoption === null || phase === 'adopting') return false;
  if (document !== null && sameVariant(document.stable, stable)) return false;
  return [adoption.previous, ...adoption.earlier].some(replaced => sameVariant(replaced, stable));
}

/** @returns why a person has to confirm that document first; null if nobody has to */
export function staleText(state: DeliveryState, document: DocumentFacts): string | null {
  const { adoption } = state;
  if (adoption === null || !isFromBefore(state, document)) return null;
  const now = state.document?.stable.origin ?? 'the adopted one';
  const version = document.stable.version === undefined ? '' : ` version ${document.stable.version}`;
  return (
    `Nothing was changed: this document is from before the adopt of ${timeText(adoption.at)} and sends everybody on ${now} ` +
    `back to ${document.stable.origin}${version}. Take the stable in force into your file: \`weir diff FILE\` shows it. ` +
    'If you mean it, and that one is still scaled up: `weir apply --yes FILE` (`?confirmed=1`).'
  );
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
