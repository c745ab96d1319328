/** Back to stable: never refused, never delayed, the same for a person and for the evidence. */
import type { Verdict } from '../analysis/verdict.ts';
import type { Draft } from './draft.ts';
import { closeRun, decide } from './journal.ts';
import type { DeliveryState } from './state.ts';
import { keepRecord, openRun, recordOf } from './run.ts';
import { bounded } from './words.ts';

/** How soon a cap is obeyed (DESIGN.md, section 9; KV's own delay for who has no traffic). */
export const OBEYED = 'isolates with traffic obey within 2 s, idle ones within 90 s';

const AFTER = 'find the cause, then weir start --version …';

/**
 * Every candidate to 0, rules included; after an adopt that is under way, the stable before it comes back.
 * @param why one sentence @param verdict what it was decided on, if it was
 */
export function rollBack(draft: Draft, why: string, verdict: Verdict | null): void {
  const { state } = draft;
  const { adoption, phase, run } = state;
  if (phase === 'adopting' && adoption !== null) {
    draft.emit({
      kind: 'write-document',
      stable: adoption.previous,
      actor: draft.actor ?? { by: adoption.by, channel: 'api' },
      reason: bounded(why),
    });
    draft.patch({ adoption: null });
  }
  const isOpen = openRun(state) !== null;
  draft.enter('rolled-back');
  draft.limit(draft.barred());
  draft.write(Object.fromEntries(draft.candidates().map(name => [name, 0])), why, true);
  draft.audit('rollback', why);
  const wasMoved = isOpen || phase === 'completed' || phase === 'adopting';
  if (run !== null && wasMoved) {
    const record = recordOf(state, run.candidate, run.hash);
    const attempts = record?.attempts ?? run.attempt;
    keepRecord(draft, { variant: run.candidate, hash: run.hash, attempts, failure: bounded(why) });
    decide(draft, `rolled back: ${why}`, verdict);
    draft.notify('rolled-back', `rolled back: ${why}`, { reason: bounded(why), advice: AFTER });
    if (isOpen) closeRun(draft, 'rolled-back', bounded(why));
    else reopenAsRolledBack(draft, why);
  } else {
    for (const name of meant(state, draft.candidates())) {
      const hash = draft.hashOf(name);
      const attempts = recordOf(state, name, hash)?.attempts ?? 0;
      keepRecord(draft, { variant: name, hash, attempts, failure: bounded(why) });
    }
    draft.notify('rolled-back', `rolled back: ${why}`, { reason: bounded(why), advice: AFTER });
  }
}

/** Whom a person takes back where nothing is under way: those with a weight; without any, those that rules serve. */
function meant({ shares, phase }: DeliveryState, candidates: readonly string[]): readonly string[] {
  const names = candidates.filter(name => (shares[name] ?? 0) > 0);
  return names.length > 0 || phase !== 'idle' ? names : candidates;
}

/** What had completed is taken back after all: its report says so. */
function reopenAsRolledBack(draft: Draft, why: string): void {
  draft.patchRun({ endedAt: null });
  closeRun(draft, 'rolled-back', bounded(why));
}
