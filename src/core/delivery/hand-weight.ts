/** A weight that someone wrote into KV: lower wins at once, higher never beats the cap. */
import type { Draft } from './draft.ts';
import { sameShares } from './draft.ts';
import { pauseRun } from './holding.ts';
import { openRun } from './run.ts';
import type { Shares } from './state.ts';
import { sharesText } from './words.ts';

export function meetHandWeight(draft: Draft, shares: Shares): void {
  const { state } = draft;
  if (sameShares(shares, state.shares)) return;
  const text = `${sharesText(shares)} written by hand (was ${sharesText(state.shares)})`;
  const run = openRun(state);
  draft.patch({ shares });
  if (run !== null) {
    const limit = state.limits[run.candidate]?.share ?? 0;
    const share = shares[run.candidate] ?? 0;
    const held = Math.min(limit, share);
    draft.limit({ [run.candidate]: { candidate: run.hash, share: held, isBarred: false } });
    const isHeld = share > held ? `: held at ${held / 1000} %, the highest that the plan has reached` : '';
    pauseRun(draft, `${text}${isHeld}`, 'hand-weight');
    if (isHeld !== '') draft.notify('weight-without-effect', `${text}${isHeld}`);
    return;
  }
  draft.audit('hand-weight', text);
  if (state.phase === 'rolled-back') {
    if (Object.values(shares).every(share => share === 0)) return;
    draft.notify(
      'weight-without-effect',
      `${text}, without effect: held at 0 by the rollback (${state.run?.reason ?? 'by hand'})`,
      {
        advice: 'weir start, or weir weight --force',
      },
    );
    return;
  }
  // Nothing moves by itself: whoever writes the weight answers for it, also for a raise.
  draft.limit({});
}
