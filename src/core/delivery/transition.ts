/**
 * The rollout that moves itself: what happens, to what it does (DESIGN.md, section 7; judging.md,
 * section 5). Pure and total: any event in any state gives a state and effects, and nothing throws.
 *
 * idle → progressing → baking → completed → adopting → idle; paused from and to the two in the middle;
 * rolled-back from anywhere. docs/operations.md draws it.
 */
import { unreachable } from '../result.ts';
import type { Actor } from '../rollout/control.ts';
import { obey } from './command.ts';
import { changeDocument } from './document-change.ts';
import { Draft } from './draft.ts';
import type { Answer, Effect } from './effect.ts';
import type { DeliveryEvent, Look } from './event.ts';
import { hearGate } from './gates.ts';
import { meetHandWeight } from './hand-weight.ts';
import { MAX_SEEN, type DeliveryState } from './state.ts';
import { tick } from './tick.ts';

export interface Transition {
  /** The same object if nothing changed. */
  readonly state: DeliveryState;
  /** In the order in which they are to be carried out. */
  readonly effects: readonly Effect[];
  /** To a command or a document; null for other events. */
  readonly answer: Answer | null;
  /** What a document does, in sentences for who puts it: "the candidate changed: …". */
  readonly notes: readonly string[];
}

/** @param now milliseconds since 1970 */
export function transition(state: DeliveryState, event: DeliveryEvent, now: number): Transition {
  if (event.kind !== 'tick' && state.seen.includes(event.key)) {
    const isAnswered = event.kind === 'command' || event.kind === 'document';
    const answer: Answer | null = isAnswered
      ? { kind: 'done', message: 'Done already.', changed: false }
      : null;
    return { state, effects: [], answer, notes: [] };
  }
  const draft = new Draft(state, now, actorOf(event), lookOf(event));
  const answer = apply(draft, event);
  // What was refused has not happened, and may be said again.
  const isDone = answer === null || answer.kind === 'done';
  if (!isDone) return { state, effects: [], answer, notes: [] };
  // The key of a gate's question comes with every answer to it: hearGate tells them apart.
  if (
    event.kind === 'command' ||
    event.kind === 'document' ||
    event.kind === 'hand-weight' ||
    event.kind === 'config-refused'
  )
    draft.patch({ seen: [...draft.state.seen, event.key].slice(-MAX_SEEN) });
  return { state: draft.state, effects: draft.effects, answer, notes: draft.notes };
}

function apply(draft: Draft, event: DeliveryEvent): Answer | null {
  switch (event.kind) {
    case 'tick':
      tick(draft, event.facts);
      return null;
    case 'command':
      return obey(draft, event.command, event.probe);
    case 'document':
      return changeDocument(draft, event.document);
    case 'config-refused':
      draft.notify('config-refused', `not in force: ${event.text}`, { advice: 'weir status' });
      return null;
    case 'hand-weight':
      meetHandWeight(draft, event.shares);
      return null;
    case 'gate-answer':
      hearGate(draft, event.key, event.passes, event.answer);
      return null;
    case 'written': {
      const { adoption } = draft.state;
      if (adoption?.key === event.key && adoption.writtenAt === null)
        draft.patch({ adoption: { ...adoption, writtenAt: draft.now } });
      return null;
    }
    default:
      return unreachable(event);
  }
}

const BY_HAND: Actor = { by: 'unknown', channel: 'kv' };

function actorOf(event: DeliveryEvent): Actor | null {
  if (event.kind === 'command' || event.kind === 'document') return event.actor;
  return event.kind === 'hand-weight' ? BY_HAND : null;
}

function lookOf(event: DeliveryEvent): Look | null {
  return event.kind === 'tick' || event.kind === 'command' ? event.look : null;
}
