/** What a person does now, in a sentence or two; the first thing that `weir status` says. */
import { unreachable } from '../result.ts';
import { undoText } from './adopting.ts';
import { gateAnswer } from './gates.ts';
import type { WaitingFor } from './phase.ts';
import { openRun } from './run.ts';
import type { DeliveryState, Run } from './state.ts';
import { durationText, percentText, sharesText } from './words.ts';

export function adviceFor(state: DeliveryState, now: number): string {
  const { phase, document, run } = state;
  if (document?.enabled === false)
    return 'Everybody is on stable: the document is disabled. `weir enable` ends that.';
  const open = openRun(state);
  switch (phase) {
    case 'idle':
      return idleAdvice(state, now);
    case 'progressing':
    case 'baking':
      return open === null ? '' : waitingAdvice(open, open.waitingFor, state);
    case 'paused':
      return `Paused: ${run?.reason ?? 'by hand'}. \`weir resume\` goes on, \`weir rollback\` goes back.`;
    case 'completed':
      return 'It has all traffic. `weir adopt` makes it the stable one; `weir rollback` goes back to the one before.';
    case 'adopting':
      return 'Nothing to do: what completed is becoming stable, which takes some minutes. Take the changed document into your repository.';
    case 'rolled-back':
      return `Find the cause. A new version starts with \`weir start --version …\`, this one with \`weir start --again\`.${undoText(state, now)}`;
    default:
      return unreachable(phase);
  }
}

function idleAdvice(state: DeliveryState, now: number): string {
  const { document, shares } = state;
  const undo = undoText(state, now);
  if (document === null || document.plan === null)
    return `Weights move by hand: ${sharesText(shares)}; a plan in the document moves them on evidence.${undo}`;
  const { candidate } = document.plan;
  const wire = document.candidates[candidate]?.wire;
  if (wire?.origin === document.stable.origin && wire.version === document.stable.version)
    return `Nothing is under way: ${candidate} is the stable version. Put the next one into the document, then \`weir start\`.${undo}`;
  return `Nothing is under way: \`weir start\` begins a rollout.${undo}`;
}

function waitingAdvice(run: Run, waitingFor: WaitingFor | null, state: DeliveryState): string {
  const next = run.step + 2;
  switch (waitingFor) {
    case null:
      return 'Nothing to do: the next look follows.';
    case 'hold':
      return 'Nothing to do: the hold goes on.';
    case 'requests':
      return `Too few requests to judge it yet: it holds. After ${durationText(run.plan.maxHoldMs)} at a step: ${run.plan.onMaxHold}.`;
    case 'approval': {
      const isOther = run.plan.steps[run.step + 1]?.approval === 'other';
      const who = isOther ? ` of someone else than ${run.startedBy}` : '';
      return `Step ${next} waits for an approval${who}: \`weir approve\`.`;
    }
    case 'freeze':
      return 'Frozen: it goes on by itself when the freeze is over. `weir freeze --end` ends one that was said by hand.';
    case 'blind':
      if (run.step < 0)
        return 'Nobody is sent to the candidate before it can be watched: look after the hub.';
      return `Nothing can be seen of the variants: look after the hub and the traffic. After ${durationText(run.plan.maxBlindMs)}: ${blindText(run)}.`;
    case 'mismatch':
      return 'What visitors get is not what the weights say: nothing is believed until that is mended.';
    case 'hand-weight':
      return `Another weight is in KV than the plan's (${sharesText(state.shares)}): set the other candidate to 0, or \`weir rollback\`.`;
    case 'settle':
      return 'Nothing to do: KV is taking the last weight, up to 90 s.';
    default:
      if (waitingFor.startsWith('gate:')) return gateAdvice(run, waitingFor);
      return `Not evident yet: ${waitingFor.slice('evidence:'.length)}. It goes on by itself; \`weir promote --force --reason …\` doesn't wait.`;
  }
}

function gateAdvice(run: Run, waitingFor: WaitingFor): string {
  const answer = gateAnswer(run);
  const host = waitingFor.slice('gate:'.length);
  return `The gate ${host} ${answer === null ? 'has not answered yet' : `holds: ${answer}`}. It is asked again every 30 s.`;
}

function blindText({ plan }: Run): string {
  if (plan.onBlind !== 'auto') return plan.onBlind;
  return `rollback above ${percentText(5000)}, else hold`;
}
