/** A weight that someone wrote into KV: lower wins at once, higher never beats the cap. */
import type { Limit } from '../rollout/cap.ts';
import { sameShares, type Draft } from './draft.ts';
import { pauseRun, reopen } from './holding.ts';
import { inForce, weighted } from './limits.ts';
import { rollBack } from './rollback.ts';
import { limitsAt, openRun } from './run.ts';
import type { DeliveryState, Run, Shares } from './state.ts';
import { percentText, sharesText } from './words.ts';

export function meetHandWeight(draft: Draft, shares: Shares): void {
  const before = draft.state;
  if (sameShares(shares, before.shares)) return;
  const text = `${sharesText(shares)} written by hand (was ${sharesText(before.shares)})`;
  draft.patch({ shares });
  const { run, phase } = draft.state;
  const isLower = run !== null && inForce(draft.state, run.candidate) < inForce(before, run.candidate);
  if (phase === 'adopting' && isLower) {
    draft.audit('hand-weight', text);
    rollBack(draft, text, null);
    return;
  }
  // Of what has completed, not of a newer candidate by that name.
  if (phase === 'completed' && isLower && draft.hashOf(run.candidate) === run.hash) reopen(draft);
  const open = openRun(draft.state);
  if (open === null) meetFree(draft, before, text);
  else stand(draft, before, open, text);
}

/** The run stands still; nobody gets more than the evidence has allowed. */
function stand(draft: Draft, before: DeliveryState, run: Run, text: string): void {
  const { shares } = draft.state;
  const own = limitsAt(draft.state, run, inForce(draft.state, run.candidate));
  draft.limit({ ...othersHeld(draft, before, run), ...own });
  const held = Object.keys(shares).filter(name => (shares[name] ?? 0) > inForce(draft.state, name));
  const why = held
    .map(name => `${name} is held at ${percentText(inForce(draft.state, name))}`)
    .concat(held.length === 0 ? [] : 'the plan has allowed no more')
    .join(', ');
  const said = why === '' ? text : `${text}: ${why}`;
  pauseRun(draft, said, 'hand-weight');
  if (held.length > 0) draft.notify('weight-without-effect', said);
}

/** A plan moves one candidate: what another one has more than before would be seen by no judge. */
function othersHeld(draft: Draft, before: DeliveryState, run: Run): Record<string, Limit> {
  const { shares } = draft.state;
  const raised = Object.keys(shares).filter(
    name => name !== run.candidate && (shares[name] ?? 0) > inForce(before, name),
  );
  return Object.fromEntries(
    raised.map(name => [
      name,
      { candidate: draft.hashOf(name), share: inForce(before, name), isBarred: false },
    ]),
  );
}

/** Nothing moves by itself: whoever writes the weight answers for it, also for a raise. */
function meetFree(draft: Draft, before: DeliveryState, text: string): void {
  const { phase, shares, run, limits } = draft.state;
  draft.audit('hand-weight', text);
  if (phase !== 'rolled-back') {
    const isRaised = (name: string): boolean => (shares[name] ?? 0) > inForce(before, name);
    draft.limit(Object.fromEntries(Object.entries(limits).filter(([name]) => !isRaised(name))));
  } else if (weighted(shares).length > 0) {
    const why = `held at 0 by the rollback (${run?.reason ?? 'by hand'})`;
    draft.notify('weight-without-effect', `${text}, without effect: ${why}`, {
      advice: 'weir start, or weir weight --force',
    });
  }
}
