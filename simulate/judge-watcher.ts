/** The real judge, told of a walk up the weights as the controller would tell it. */
import { judge } from '../src/core/analysis/judge.ts';
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

  constructor(name: string, settings: JudgeSettings) {
    this.name = name;
    this.#settings = settings;
    this.#state = startJudging(settings);
  }

  see({ from, to, weight, interval }: Tick): boolean {
    if (weight !== this.#step.weight) this.#step = { weight, since: from * 1000 };
    const { state, verdict } = judge(this.#state, interval, this.#settings, {
      now: to * 1000,
      weight,
      // Higher than any step here: what an advance would need is not looked at.
      nextWeight: 100,
      raisedAt: this.#step.since,
      stepSince: this.#step.since,
      unreadableSince: null,
      excluded: [],
    });
    this.#state = state;
    if (verdict.kind === 'fail') this.failedBy = verdict.criterion;
    return verdict.kind === 'fail';
  }
}
