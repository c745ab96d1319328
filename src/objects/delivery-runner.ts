/**
 * Moves one rollout: what happened goes through the pure `transition`; its state, and what it sets off,
 * are stored in one transaction, and then carried out until each effect has succeeded (effects.ts). A
 * crash at any moment costs at most a repetition, and every effect may be repeated.
 */
import type { DeliveryEvent } from '../core/delivery/event.ts';
import type { Effect } from '../core/delivery/effect.ts';
import { withStable } from '../core/delivery/document-facts.ts';
import type { DeliveryState, WireVariant } from '../core/delivery/state.ts';
import { transition, type Transition } from '../core/delivery/transition.ts';
import { unreachable } from '../core/result.ts';
import type { Actor } from '../core/rollout/control.ts';
import { addEvent, NAME, readFact, readKept, writeFact } from './controller-store.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { Notifier } from './notifier.ts';
import type { InForce } from './in-force.ts';
import { restarted, type Judging } from '../core/delivery/judging.ts';
import { ITSELF, type RolloutValues } from './rollout-values.ts';

/** Long enough for whoever stored an effect to carry it out. */
const WAKE_MS = 1000;
/** Fact: the document that an adopt writes, until KV has taken it. */
const ADOPTING = 'adopting';

export class DeliveryRunner {
  readonly #storage: DurableObjectStorage;
  readonly #store: DeliveryStore;
  readonly #values: RolloutValues;
  readonly #notifier: Notifier;
  readonly #inForce: InForce;

  constructor(
    storage: DurableObjectStorage,
    parts: {
      readonly store: DeliveryStore;
      readonly values: RolloutValues;
      readonly notifier: Notifier;
      readonly inForce: InForce;
    },
  ) {
    this.#storage = storage;
    this.#store = parts.store;
    this.#values = parts.values;
    this.#notifier = parts.notifier;
    this.#inForce = parts.inForce;
  }

  state(rollout: string): DeliveryState {
    return this.#store.state(rollout);
  }

  /**
   * @param judging the judge's memory after the look that the event tells of: stored with it, or not at all
   */
  apply(rollout: string, event: DeliveryEvent, now: number, judging?: Judging): Transition {
    return this.#storage.transactionSync(() => {
      const before = this.#store.state(rollout);
      const moved = transition(before, event, now);
      const { state, effects } = moved;
      if (state !== before) this.#store.saveState(state);
      if (judging !== undefined) this.#store.saveJudging(judging);
      for (const effect of effects) this.#take(rollout, effect, now);
      // The hub asks for the controller while a rollout is open, and only then.
      if (isOpen(state) !== isOpen(before))
        this.#store.addPending(`watch:${now}`, { kind: 'set-cap', cap: state.cap }, now);
      if (effects.length > 0) this.#wakeSoon(rollout, now);
      return moved;
    });
  }

  /** Part of the same write: whoever dies before carrying it out is woken for it. */
  #wakeSoon(rollout: string, now: number): void {
    writeFact(this.#storage.sql, NAME, rollout);
    void this.#storage.setAlarm(now + WAKE_MS);
  }

  /** What storing it does is done here; what needs the world is kept until it has succeeded. */
  #take(rollout: string, effect: Effect, now: number): void {
    const { sql } = this.#storage;
    switch (effect.kind) {
      case 'set-cap':
      case 'ask-gate': {
        const { key, ...body } = effect;
        this.#store.addPending(key, body, now);
        return;
      }
      case 'write-weight':
        this.#values.putShares(effect);
        return;
      case 'write-document':
        this.#writeDocument(rollout, effect.key, effect.stable, effect.actor);
        return;
      case 'audit': {
        const { by, channel } = effect.actor ?? ITSELF;
        addEvent(sql, { at: now, by, channel, action: effect.action, detail: effect.detail });
        return;
      }
      case 'notify':
        this.#notifier.enqueue(effect.notification, effect.targets);
        return;
      case 'restart-judge':
        this.#store.saveJudging(restarted(this.#store.judging(), effect.run, effect.what));
        return;
      case 'store-report':
        this.#store.saveReport(effect.report);
        return;
      default:
        unreachable(effect);
    }
  }

  #writeDocument(rollout: string, key: string, stable: WireVariant, actor: Actor): void {
    const document = this.#inForce.document(rollout);
    if (document === undefined) return;
    const revision = this.#values.put('document', withStable(document.text, stable), actor);
    writeFact(this.#storage.sql, ADOPTING, JSON.stringify({ key, revision }));
  }

  /** Tells the state machine that KV has taken the document that it wrote, once it has. */
  noteWritten(rollout: string): void {
    const { sql } = this.#storage;
    const fact = readFact(sql, ADOPTING) ?? '';
    const kept = readKept(sql, 'document');
    if (fact === '' || kept?.written !== true) return;
    const { key, revision } = JSON.parse(fact) as { readonly key: string; readonly revision: number };
    // By hand (0) is newer: nobody's is taken before KV has the one that was put.
    if (kept.revision !== 0 && kept.revision < revision) return;
    this.#storage.transactionSync(() => {
      this.apply(rollout, { kind: 'written', key }, Date.now());
      writeFact(sql, ADOPTING, '');
    });
  }
}

/** Whether there is something to look after: ticks go on, and the hub calls when they don't. */
export function isOpen({ phase }: DeliveryState): boolean {
  return phase === 'progressing' || phase === 'baking' || phase === 'paused' || phase === 'adopting';
}
