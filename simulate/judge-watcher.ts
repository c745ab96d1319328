/** The real judge, told of a walk up the weights as the controller would tell it. */
import { latch } from '../src/core/analysis/failing.ts';
import { look } from '../src/core/analysis/look.ts';
import type { JudgeSettings } from '../src/core/analysis/settings.ts';
import { startJudging, type JudgeState } from '../src/core/analysis/state.ts';
import type { Tick } from './tally.ts';
import type { Watcher } from './watcher.ts';

export class Judge implements Watcher {
  readonly name: string;
  readonly #settings: JudgeSettings;
  #state: JudgeState;
  #step = { weight: 0, since: 0 };
  /** Criterion of the fail. */
  failedBy: string | undefined;
  /** The built-in A/A test has found a difference: roll-back by that criterion becomes a page. */
  isDistrusted = false;

  constructor(name: string, settings: JudgeSettings) {
    this.name = name;
    this.#settings = settings;
    this.#state = startJudging(settings);
  }

  see({ from, to, weight, interval }: Tick): boolean {
    if (weight !== this.#step.weight) this.#step = { weight, since: from * 1000 };
    const moment = {
      now: to * 1000,
      weight,
      // Higher than any step here: what an advance would need is not looked at.
      nextWeight: 100,
      raisedAt: this.#step.since,
      stepSince: this.#step.since,
      unreadableSince: null,
      excluded: [],
    };
    const state = latch(look(this.#state, interval, this.#settings, moment), this.#settings, moment);
    this.#state = state;
    this.failedBy = state.failed?.criterion;
    this.isDistrusted = state.distrusted.length > 0;
    return state.failed !== null;
  }
}
