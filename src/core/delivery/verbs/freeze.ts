/** `freeze`: no advance until a time. */
import type { Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import { MAX_FREEZE_DAYS, MAX_FREEZE_MS } from '../freeze.ts';
import { done, refused } from '../refusal.ts';
import { bounded, durationText, timeText } from '../words.ts';

/** @param until milliseconds since 1970; null ends it */
export function freeze(draft: Draft, until: number | null, reason: string | undefined): Answer {
  const { state, now } = draft;
  if (until === null) {
    if (state.freeze === null) return done('Nothing was frozen by hand.', false);
    draft.patch({ freeze: null });
    draft.audit('freeze', 'ended');
    return done('The freeze is ended.');
  }
  if (!(until > now && until <= now + MAX_FREEZE_MS))
    return refused(`A freeze ends in the future, at most ${MAX_FREEZE_DAYS} days from now.`);
  const why = bounded(reason ?? `by ${draft.by}`);
  draft.patch({ freeze: { until, reason: why, by: draft.by } });
  draft.audit('freeze', `until ${timeText(until)}: ${why}`);
  return done(
    `Frozen for ${durationText(until - now)}, until ${timeText(until)}: nothing advances. A rollback is never held.`,
  );
}
