/** Carries out what a change has set off, until it has succeeded: orders to the hub, questions to gates. */
import type { FlagsOff } from '../core/flags/off-list.ts';
import type { GateQuestion } from '../core/delivery/effect.ts';
import { unreachable } from '../core/result.ts';
import type { Cap } from '../core/rollout/cap.ts';
import type { DeliveryStore, Pending } from './delivery-store.ts';
import type { GateAnswer } from './gates.ts';
import { within } from './waiting.ts';

const ORDER_TIMEOUT_MS = 2000;
/** A cap, or a switch, is what keeps people from what is bad: never long between two tries. */
const ORDER_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;
/** Hubs of other rollouts are told so often; by then KV says it everywhere. */
const MAX_SPREADS = 60;

export interface EffectsWorld {
  /** @param isWatched a rollout is under way: the hub calls the controller if it hears nothing of it */
  setCap(rollout: string, cap: Cap, isWatched: boolean): Promise<void>;
  /** @throws if a hub that has to know doesn't take it */
  setFlagsOff(off: FlagsOff): Promise<void>;
  /**
   * Tells the hubs of other rollouts.
   * @param left those that haven't taken it yet; null: all that there are
   * @returns those that didn't take it now either
   * @throws if nobody says which there are
   */
  spreadFlagsOff(off: FlagsOff, left: readonly string[] | null): Promise<readonly string[]>;
  askGate(url: string, question: GateQuestion): Promise<GateAnswer>;
  /** Whether the rollout is under way. */
  isOpen(rollout: string): boolean;
  gateAnswered(rollout: string, key: string, answer: GateAnswer): void;
}

export class Effects {
  readonly #store: DeliveryStore;
  readonly #world: EffectsWorld;
  /** Under way in this very object: a gate may take longer than a tick. */
  readonly #running = new Set<string>();

  constructor(store: DeliveryStore, world: EffectsWorld) {
    this.#store = store;
    this.#world = world;
  }

  /** Never throws; resolves when orders that were due have been tried once. Looks go on while a gate thinks. */
  async carryOut(rollout: string): Promise<void> {
    const due = this.#store.duePending(Date.now()).filter(({ key }) => !this.#running.has(key));
    const tried = due.map(pending => ({ kind: pending.effect.kind, done: this.#try(rollout, pending) }));
    await Promise.all(tried.flatMap(({ kind, done }) => (kind === 'ask-gate' ? [] : [done])));
  }

  async #try(rollout: string, pending: Pending): Promise<void> {
    const { key, effect, attempts } = pending;
    this.#running.add(key);
    try {
      switch (effect.kind) {
        case 'set-cap':
          await within(
            ORDER_TIMEOUT_MS,
            this.#world.setCap(rollout, effect.cap, this.#world.isOpen(rollout)),
          );
          break;
        case 'set-flags-off':
          await within(ORDER_TIMEOUT_MS, this.#world.setFlagsOff(effect.off));
          break;
        case 'spread-flags-off': {
          const left = await within(ORDER_TIMEOUT_MS, this.#world.spreadFlagsOff(effect.off, effect.left));
          if (left.length === 0) break;
          this.#store.replace(key, { ...effect, left });
          throw new Error(`${left.length} hubs did not take it, ${left[0]} for one`);
        }
        case 'ask-gate':
          this.#world.gateAnswered(rollout, key, await this.#world.askGate(effect.url, effect.question));
          break;
        default:
          unreachable(effect);
      }
      this.#store.settle(key);
    } catch (error) {
      const wait =
        effect.kind === 'ask-gate'
          ? Math.min(1000 * 2 ** Math.min(attempts, 5), MAX_RETRY_MS)
          : ORDER_RETRY_MS;
      if (effect.kind === 'spread-flags-off' && attempts + 1 >= MAX_SPREADS) this.#store.settle(key);
      else this.#store.postpone(key, Date.now() + wait);
      console.warn(JSON.stringify({ message: `${effect.kind} of ${rollout} failed`, error: String(error) }));
    } finally {
      this.#running.delete(key);
    }
  }
}
