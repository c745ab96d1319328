/** `weight`: a person sets it. Lower is obeyed at once; higher than the evidence has allowed needs force. */
import type { Limit } from '../../rollout/cap.ts';
import { parseWeights } from '../../rollout/weights.ts';
import { sameShares, type Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import { pauseRun, reopen } from '../holding.ts';
import { closeRun, decide } from '../journal.ts';
import { barredBut, inForce, weighted } from '../limits.ts';
import { done, refused, refusedIn } from '../refusal.ts';
import { holdTo, openRun } from '../run.ts';
import { OBEYED } from '../rollback.ts';
import type { Shares } from '../state.ts';
import { ownStep } from './approve.ts';
import { sharesText } from '../words.ts';

/** @param weights percent by candidate; one that isn't named gets 0 */
export function weigh(
  draft: Draft,
  weights: Readonly<Record<string, number>>,
  isForced: boolean,
  reason: string | undefined,
): Answer {
  const { state } = draft;
  if (state.phase === 'adopting') return refusedIn(state, 'No weight can be set');
  const candidates = draft.candidates();
  const parsed = parseWeights(weights, candidates);
  if (!parsed.ok) return { kind: 'invalid', problems: parsed.error };
  const shares = Object.fromEntries(candidates.map(name => [name, parsed.value.get(name) ?? 0]));
  const isHigher = candidates.some(name => (shares[name] ?? 0) > inForce(state, name));
  const isFree = state.phase === 'idle';
  if (!isFree && isHigher) {
    if (!isForced || reason === undefined) return needsForce(draft);
    const run = openRun(state);
    const own = run === null ? null : ownStep(run, draft.by);
    if (own !== null)
      return refused(
        `Not set: step ${own + 1} needs the approval of another person than ${draft.by}, who has started this rollout.`,
      );
    return force(draft, shares, reason);
  }
  if (sameShares(shares, state.shares)) return done(`The weight is ${sharesText(shares)} already.`, false);
  const text = `${sharesText(state.shares)} → ${sharesText(shares)}${reason === undefined ? '' : `: ${reason}`}`;
  if (isFree) draft.limit(loweredLimits(draft, shares));
  else lower(draft, shares, text);
  draft.write(shares, text);
  // Whoever keeps the weight notes what it was and is.
  if (reason !== undefined) draft.audit('weight', text);
  return done(`The weight is ${sharesText(shares)}${isHigher ? '' : `: ${OBEYED}`}.`);
}

function needsForce({ state }: Draft): Answer {
  if (state.document?.enabled === false)
    return refused('Not set: the document is disabled, and everybody is on stable. `weir enable` first.');
  const why =
    state.phase === 'rolled-back'
      ? `held at 0 by the rollback (${state.run?.reason ?? 'by hand'}). \`weir start\` begins anew`
      : 'higher than the plan has allowed so far. `weir promote` skips steps';
  return refused(
    `Not set: it is ${why}; \`weir weight --force --reason "…"\` sets it all the same${openRun(state) === null ? '' : ' and ends the plan'}.`,
  );
}

function force(draft: Draft, shares: Shares, reason: string): Answer {
  const wasOpen = openRun(draft.state) !== null;
  const text = `${sharesText(draft.state.shares)} → ${sharesText(shares)} by force: ${reason}`;
  if (wasOpen) {
    decide(draft, `ended: ${text}`, draft.look?.verdict ?? null);
    closeRun(draft, 'ended', text);
  }
  draft.enter('idle');
  draft.limit(barredBut(draft.state, weighted(shares)));
  draft.write(shares, text, true);
  draft.audit('weight', text);
  return done(
    `The weight is ${sharesText(shares)}, by force${wasOpen ? '. The plan is ended: nothing rolls back by itself now' : ''}.`,
  );
}

/** A cap is as fast as a rollback, where KV takes a minute. What is raised is free. */
function loweredLimits(draft: Draft, shares: Shares): Record<string, Limit> {
  const limits: Record<string, Limit> = {};
  for (const [name, share] of Object.entries(shares)) {
    const before = inForce(draft.state, name);
    if (share < before) limits[name] = { candidate: draft.hashOf(name), share, isBarred: false };
    else if (share === before && draft.state.limits[name] !== undefined)
      limits[name] = draft.state.limits[name];
  }
  return limits;
}

/** The run, or what has completed, stands still at that weight. */
function lower(draft: Draft, shares: Shares, text: string): void {
  const { run, phase } = draft.state;
  if (phase === 'rolled-back' || run === null) return;
  if (phase === 'completed') reopen(draft);
  holdTo(draft, shares[run.candidate] ?? 0);
  pauseRun(draft, `weight set: ${text}`);
}
