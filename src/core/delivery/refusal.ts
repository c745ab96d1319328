/** Why a phase doesn't allow a verb, and the verb that would help: the text of a 409. */
import { unreachable } from '../result.ts';
import type { Answer } from './effect.ts';
import type { Phase } from './phase.ts';
import type { DeliveryState } from './state.ts';

export function refused(detail: string): Answer {
  return { kind: 'refused', detail };
}

export function done(message: string, changed = true): Answer {
  return { kind: 'done', message, changed };
}

/** @param what "Nothing can be paused" */
export function refusedIn(state: DeliveryState, what: string): Answer {
  return refused(`${what}: the rollout is ${phaseText(state.phase)}. ${helpIn(state)}`);
}

export function phaseText(phase: Phase): string {
  switch (phase) {
    case 'idle':
      return 'idle';
    case 'progressing':
      return 'progressing';
    case 'paused':
      return 'paused';
    case 'baking':
      return 'baking (at the last step)';
    case 'completed':
      return 'completed';
    case 'adopting':
      return 'adopting (what completed is becoming stable)';
    case 'rolled-back':
      return 'rolled back';
    default:
      return unreachable(phase);
  }
}

function helpIn(state: DeliveryState): string {
  switch (state.phase) {
    case 'idle':
      return state.document?.plan === null || state.document === null
        ? 'The document has no plan: `weir weight` sets a weight.'
        : '`weir start` begins a rollout.';
    case 'progressing':
    case 'baking':
      return '`weir pause` holds it, `weir rollback` ends it.';
    case 'paused':
      return '`weir resume` goes on, `weir rollback` ends it.';
    case 'completed':
      return '`weir adopt` makes the candidate stable, `weir rollback` goes back, `weir start` begins with another version.';
    case 'adopting':
      return 'It ends by itself within some minutes; `weir rollback` goes back.';
    case 'rolled-back':
      return '`weir start` begins with another version, `weir start --again` with the same.';
    default:
      return unreachable(state.phase);
  }
}
