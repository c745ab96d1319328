/** One look: what the evidence and the clock do to a rollout. Safety first, in every phase. */
import { running } from './clock.ts';
import type { Draft } from './draft.ts';
import type { Facts } from './event.ts';
import { closeRun, decide } from './journal.ts';
import { finishAdopting } from './adopting.ts';
import { askGates } from './gates.ts';
import { hold, watchDeadlines } from './holding.ts';
import { disbelief, hasOther, nextStep, obstacleOf } from './obstacle.ts';
import { frozen } from './freeze.ts';
import { rollBack } from './rollback.ts';
import { enterStep, isBelowStep, isLast, keepRecord, openRun, recordOf, setShare, shareOf } from './run.ts';
import { WHOLE } from '../rollout/weights.ts';
import type { Run } from './state.ts';
import { watch } from './watch.ts';

export function tick(draft: Draft, facts: Facts): void {
  const { freeze, phase } = draft.state;
  if (freeze !== null && draft.now >= freeze.until) draft.patch({ freeze: null });
  const verdict = draft.look?.verdict;
  const isJudged = openRun(draft.state) !== null || phase === 'adopting';
  if (isJudged && verdict?.kind === 'fail') {
    rollBack(draft, verdict.text, verdict);
    return;
  }
  if (phase === 'adopting') finishAdopting(draft, facts);
  if (openRun(draft.state) === null) return;
  watch(draft, facts);
  const run = openRun(draft.state);
  if (run === null || draft.state.phase === 'paused') return;
  if (isBelowStep(draft.state, run)) restore(draft, run, facts);
  else move(draft, run, facts);
}

/** A person resumed what was lowered: its step's weight again, which it had earned. */
function restore(draft: Draft, run: Run, facts: Facts): void {
  const { freeze, shares } = draft.state;
  const unbelieved = disbelief(draft, run);
  if (unbelieved !== null) hold(draft, unbelieved);
  else if (frozen(freeze, run.plan.freeze, draft.now) !== null) hold(draft, 'freeze');
  else if (hasOther(run, shares)) hold(draft, 'hand-weight');
  else if (!facts.isSettled) hold(draft, 'settle');
  else {
    draft.patchRun({ raisedAt: draft.now });
    setShare(draft, shareOf(run.plan, run.step), 'resumed: the weight of its step again');
    hold(draft, 'hold');
  }
  watchDeadlines(draft);
}

function move(draft: Draft, run: Run, facts: Facts): void {
  const obstacle = obstacleOf(draft, run, facts);
  if (obstacle === null) {
    if (isLast(run)) complete(draft, run);
    else {
      const why = run.promotion === null ? advanceText(draft, run) : promotionText(run);
      enterStep(draft, nextStep(run), why);
      const entered = openRun(draft.state);
      if (entered !== null) startClocks(draft, entered);
    }
    return;
  }
  if (obstacle.startsWith('gate:')) askGates(draft, nextStep(run));
  hold(draft, obstacle);
  watchDeadlines(draft);
}

function startClocks(draft: Draft, run: Run): void {
  draft.patchRun({
    hold: running(run.hold, true, draft.now),
    open: running(run.open, true, draft.now),
    waitingFor: 'hold',
    waitingSince: draft.now,
  });
}

function advanceText(draft: Draft, run: Run): string {
  if (run.step < 0) return 'nothing holds the start';
  const approved = run.approvedBy === null ? '' : `; approved by ${run.approvedBy}`;
  return `${draft.look?.verdict.text ?? 'pass'}${approved}`;
}

function promotionText({ promotion }: Run): string {
  return `promoted by ${promotion?.by ?? 'weir'}${promotion?.isForced === true ? ', by force' : ''}`;
}

/** The last step's hold is over, and nothing speaks against it: everybody, without a holdback. */
export function complete(draft: Draft, run: Run): void {
  const version = run.version === null ? '' : ` version ${run.version}`;
  const text = `completed: ${run.candidate}${version} has all traffic`;
  decide(draft, text, draft.look?.verdict ?? null);
  draft.enter('completed');
  const record = recordOf(draft.state, run.candidate, run.hash);
  const attempts = record?.attempts ?? run.attempt;
  keepRecord(draft, { variant: run.candidate, hash: run.hash, attempts, failure: null });
  setShare(draft, WHOLE, text);
  draft.audit('complete', text);
  draft.notify('completed', text, { advice: 'weir adopt makes it the stable one; weir rollback goes back' });
  closeRun(draft, 'completed', null);
}
