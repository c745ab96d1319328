/** Asks the index which rollouts there are, before a controller is woken for a host nobody knows. */
import { INDEX } from '../core/rollout/control.ts';
import type { Env } from './env.ts';
import { attempt, within } from './waiting.ts';

/** Anyone can make up host names: an isolate asks about so many a second. */
const ASKS_PER_SECOND = 20;
const TIMEOUT_MS = 5000;

export class Registry {
  #second = 0;
  #asks = 0;

  /** Whether a rollout of that name is known; undefined if that can't be asked just now. */
  async knows(name: string, env: Env): Promise<boolean | undefined> {
    const second = Math.floor(Date.now() / 1000);
    if (this.#second !== second) {
      this.#second = second;
      this.#asks = 0;
    }
    if (++this.#asks > ASKS_PER_SECOND) return undefined;
    return attempt('asking the index', () =>
      within(TIMEOUT_MS, env.METRICS_HUB.getByName(INDEX).knows(name)),
    );
  }
}
