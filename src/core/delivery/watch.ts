/** What is looked at in every phase of an open run, paused or not: blindness, mismatches, the judge's pages. */
import { STOPPED } from './clock.ts';
import type { Draft } from './draft.ts';
import type { Facts } from './event.ts';
import { decide } from './journal.ts';
import { inForce } from './limits.ts';
import { rollBack } from './rollback.ts';
import { openRun, startOver } from './run.ts';
import type { DeliveryState, Run } from './state.ts';
import { durationText } from './words.ts';

const BLIND_AGAIN_MS = 15 * 60_000;
/** A version that changed by itself is shown as a mismatch for so long: a deployment settles meanwhile. */
const MISMATCH_MS = 60_000;
/** Above this weight blindness rolls back by default; thousandths of a percent. */
const BLIND_SHARE = 5000;
const MAX_PAGES = 8;

export function watch(draft: Draft, facts: Facts): void {
  watchVersion(draft, facts);
  if (!isSeen(draft.state)) {
    // Nobody is sent there: an earlier look says nothing about now.
    if (draft.state.run?.blindSince != null) draft.patchRun({ blindSince: null });
    return;
  }
  page(draft);
  watchMismatch(draft);
  watchBlind(draft);
}

/** Whether visitors meet the candidate by its weight: only then its silence means anything. */
export function isSeen(state: DeliveryState): boolean {
  const { document, run } = state;
  return document?.enabled !== false && run !== null && inForce(state, run.candidate) > 0;
}

/**
 * Another build answers behind the same origin: what was learnt is not about this one. It goes back to
 * step one at once; as long as versions take turns it is a mismatch, and what speaks for a roll-back is
 * kept; a version that stays is judged from nothing.
 */
function watchVersion(draft: Draft, facts: Facts): void {
  const run = openRun(draft.state);
  if (run === null) return;
  const seen = facts.versions[run.candidate] ?? run.seenVersion;
  if (seen === run.seenVersion) {
    if (run.mismatchUntil !== null && draft.now >= run.mismatchUntil) judgeAnew(draft, run);
    return;
  }
  draft.patchRun({ seenVersion: seen });
  const isMismatch = run.mismatchUntil !== null;
  if (run.seenVersion === null || (run.step < 0 && !isMismatch)) return;
  draft.patchRun({ mismatchUntil: draft.now + MISMATCH_MS });
  if (isMismatch) return;
  const text = `mismatch: ${run.candidate} says it is version ${seen}, and was ${run.seenVersion}`;
  startOver(draft, 'advance', text);
  draft.notify('mismatch', text);
}

function judgeAnew(draft: Draft, run: Run): void {
  draft.emit({ kind: 'restart-judge', run: run.id, what: 'start' });
  draft.patchRun({
    mismatchUntil: null,
    stepSince: draft.now,
    hold: STOPPED,
    approvedBy: null,
    // What was said on evidence of the version before holds no more.
    promotion: run.promotion?.isForced === true ? run.promotion : null,
  });
  const text = `it says version ${run.seenVersion ?? ''} for a while now: judged from nothing`;
  draft.audit('restart', text);
  decide(draft, text);
}

function page(draft: Draft): void {
  const { run } = draft.state;
  if (run === null) return;
  const pages = (draft.look?.pages ?? []).slice(0, MAX_PAGES);
  const told = pages.filter(text => run.told.pages.includes(text));
  if (pages.length === told.length && told.length === run.told.pages.length) return;
  draft.patchRun({ told: { ...run.told, pages } });
  for (const text of pages) if (!told.includes(text)) draft.notify('attention', text);
}

function watchMismatch(draft: Draft): void {
  const { run } = draft.state;
  const verdict = draft.look?.verdict;
  const isMismatch = verdict?.kind === 'mismatch';
  if (run === null || run.told.isMismatch === isMismatch) return;
  draft.patchRun({ told: { ...run.told, isMismatch } });
  if (isMismatch) draft.notify('mismatch', verdict.text);
}

function watchBlind(draft: Draft): void {
  const { run } = draft.state;
  if (run === null) return;
  const verdict = draft.look?.verdict;
  if (verdict?.kind !== 'blind') {
    if (run.blindSince !== null) draft.patchRun({ blindSince: null, told: { ...run.told, blindAt: null } });
    return;
  }
  const blindSince = run.blindSince ?? draft.now;
  const isDue = run.told.blindAt === null || draft.now - run.told.blindAt >= BLIND_AGAIN_MS;
  if (isDue || run.blindSince === null) {
    draft.patchRun({ blindSince, told: { ...run.told, blindAt: draft.now } });
    draft.notify('blind', verdict.text);
  }
  if (draft.now - blindSince >= run.plan.maxBlindMs && rollsBackBlind(draft.state, run)) {
    const text = `deadline: blind for ${durationText(run.plan.maxBlindMs)}. ${verdict.text}`;
    rollBack(draft, text, verdict);
  }
}

function rollsBackBlind(state: DeliveryState, run: Run): boolean {
  if (run.plan.onBlind !== 'auto') return run.plan.onBlind === 'rollback';
  return inForce(state, run.candidate) > BLIND_SHARE;
}
