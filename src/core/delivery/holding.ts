/** While a run waits: its clocks, its deadline, and who is told that it waits. */
import { elapsed, running } from './clock.ts';
import type { Draft } from './draft.ts';
import { decide } from './journal.ts';
import type { WaitingFor } from './phase.ts';
import { rollBack } from './rollback.ts';
import { isAtStep, openRun } from './run.ts';
import { durationText } from './words.ts';

const HELD_MS = 15 * 60_000;
const APPROVAL_AGAIN_MS = 30 * 60_000;

/** Writes down what is waited for, and lets go on the clocks that go on meanwhile. */
export function hold(draft: Draft, waitingFor: WaitingFor): void {
  const { run } = draft.state;
  if (run === null) return;
  const isPerson = waitingFor === 'approval' || waitingFor.startsWith('gate:') || waitingFor === 'freeze';
  const isTime = waitingFor === 'hold' || waitingFor === 'settle';
  const isSame = run.waitingFor === waitingFor;
  const clock = running(run.hold, isAtStep(draft.state, run), draft.now);
  const open = running(run.open, !isPerson, draft.now);
  const stuckSince = isTime ? null : (run.stuckSince ?? draft.now);
  if (isSame && clock === run.hold && open === run.open && stuckSince === run.stuckSince) return;
  draft.patchRun({
    waitingFor,
    waitingSince: isSame ? run.waitingSince : draft.now,
    stuckSince,
    hold: clock,
    open,
    told: stuckSince === null ? { ...run.told, isHeld: false } : run.told,
  });
}

/** Reminders, and `maxHold`: no step stands for ever without anyone knowing. */
export function watchDeadlines(draft: Draft): void {
  remind(draft);
  const run = openRun(draft.state);
  if (run === null || elapsed(run.open, draft.now) < run.plan.maxHoldMs) return;
  const where = run.step < 0 ? 'before step one' : `at step ${run.step + 1}`;
  const text = `deadline: ${where} for ${durationText(run.plan.maxHoldMs)}, waiting for ${run.waitingFor ?? 'hold'}`;
  if (run.plan.onMaxHold === 'rollback') rollBack(draft, text, null);
  else pauseRun(draft, text);
}

function remind(draft: Draft): void {
  const { run } = draft.state;
  if (run === null) return;
  const { told, waitingFor, stuckSince } = run;
  if (waitingFor === 'approval') {
    const isDue = told.approvalAt === null || draft.now - told.approvalAt >= APPROVAL_AGAIN_MS;
    if (!isDue) return;
    draft.patchRun({ told: { ...told, approvalAt: draft.now } });
    const step = run.step + 2;
    const other = run.plan.steps[run.step + 1]?.approval === 'other' ? `, not from ${run.startedBy}` : '';
    draft.notify('approval-needed', `step ${step} needs an approval${other}`, { advice: 'weir approve' });
    return;
  }
  // A freeze was meant; blindness to what people meet and mismatches are told by themselves.
  const isToldElsewhere =
    waitingFor === 'freeze' || waitingFor === 'mismatch' || (waitingFor === 'blind' && run.step >= 0);
  if (told.isHeld || stuckSince === null || isToldElsewhere || draft.now - stuckSince < HELD_MS) return;
  draft.patchRun({ told: { ...told, isHeld: true } });
  const progress = draft.look?.progress ?? draft.look?.verdict.text ?? '';
  const text = `held for ${durationText(draft.now - stuckSince)}, waiting for ${waitingFor ?? 'hold'}`;
  draft.notify('held', progress === '' ? text : `${text}: ${progress}`);
}

/** What has completed is under way again, at its last step: its weight is no longer that of completion. */
export function reopen(draft: Draft): void {
  draft.patchRun({ endedAt: null, outcome: null });
  draft.enter('baking');
}

/** A run stands still, with its weight; the evidence goes on. */
export function pauseRun(draft: Draft, reason: string, waitingFor: WaitingFor | null = null): void {
  const run = openRun(draft.state);
  if (run === null) return;
  const wasPaused = draft.state.phase === 'paused';
  draft.enter('paused');
  draft.patchRun({
    hold: running(run.hold, false, draft.now),
    open: running(run.open, false, draft.now),
    waitingFor,
    waitingSince: draft.now,
    stuckSince: null,
    reason,
  });
  decide(draft, `paused: ${reason}`, draft.look?.verdict ?? null);
  draft.audit(draft.actor?.channel === 'kv' ? 'hand-weight' : 'pause', reason);
  if (!wasPaused)
    draft.notify('paused', `paused: ${reason}`, { reason, advice: 'weir resume, or weir rollback' });
}
