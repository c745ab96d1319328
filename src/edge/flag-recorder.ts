/** Counts what came of flags in the isolate, by compiled flag: names are looked up when it is emptied. */
import type { Flag, FlagVariant } from '../core/flags/flag.ts';
import { FlagCounts, type FlagCountsRecord } from '../core/metrics/flag-counts.ts';
import type { Goal } from '../core/rollout/goals.ts';

export class FlagRecorder {
  /** By position of the variant. */
  readonly #exposures = new Map<Flag, number[]>();
  readonly #trials = new Map<Flag, Trials[]>();
  #isTouched = false;

  get isEmpty(): boolean {
    return !this.#isTouched && this.#exposures.size === 0 && this.#trials.size === 0;
  }

  /** Flags were used, though there may be nothing to count: the hub is told, for its reply says which are off. */
  touch(): void {
    this.#isTouched = true;
  }

  /** Somebody was given that variant, and may show it. */
  readonly exposed = (flag: Flag, variant: FlagVariant): void => {
    let counts = this.#exposures.get(flag);
    if (counts === undefined) this.#exposures.set(flag, (counts = flag.variants.map(() => 0)));
    counts[variant.index]! += 1;
  };

  /** A proxied request of a visitor who has that variant of an experiment. @param goals that it reached */
  tried(flag: Flag, variant: FlagVariant, goals: readonly Goal[]): void {
    let trials = this.#trials.get(flag);
    if (trials === undefined)
      this.#trials.set(flag, (trials = flag.variants.map(() => ({ count: 0, goals: new Map() }))));
    const trial = trials[variant.index]!;
    trial.count++;
    for (const { name } of goals) trial.goals.set(name, (trial.goals.get(name) ?? 0) + 1);
  }

  /** Takes everything out, as plain data; undefined if there is nothing. */
  drain(): FlagCountsRecord | undefined {
    if (this.isEmpty) return undefined;
    const counts = new FlagCounts();
    for (const [{ key, variants }, exposures] of this.#exposures)
      for (const { name, index } of variants) {
        const count = exposures[index] ?? 0;
        if (count > 0) counts.exposures.add([key, name], count);
      }
    for (const [{ key, variants }, trials] of this.#trials)
      for (const { name, index } of variants) {
        const { count, goals } = trials[index]!;
        if (count > 0) counts.trials.add([key, name], count);
        for (const [goal, reached] of goals) counts.goals.add([key, name, goal], reached);
      }
    this.#isTouched = false;
    this.#exposures.clear();
    this.#trials.clear();
    return counts.toRecord();
  }
}

interface Trials {
  count: number;
  readonly goals: Map<string, number>;
}
