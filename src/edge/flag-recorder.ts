/** Counts what came of flags in the isolate, by compiled flag: names are looked up when it is emptied. */
import type { Evaluation } from '../core/flags/evaluation.ts';
import {
  addExposure,
  drawnFor,
  mergeExposures,
  type Drawn,
  type ExposureCounts,
} from '../core/flags/exposure.ts';
import type { Flag, FlagVariant } from '../core/flags/flag.ts';
import { FlagCounts, type FlagCountsRecord } from '../core/metrics/flag-counts.ts';
import type { Goal } from '../core/rollout/goals.ts';
import { SeenLately } from './seen-lately.ts';

export class FlagRecorder {
  /** By position of the variant. */
  readonly #served = new Map<Flag, number[]>();
  readonly #asked: ExposureCounts = new Map();
  #experiments = new FlagCounts();
  #hasExperiments = false;
  readonly #seen = new SeenLately();
  /** Working out a coin takes a while, and there are few. */
  readonly #coins = new WeakMap<Flag, Map<string, Drawn | undefined>>();
  #isTouched = false;

  get isEmpty(): boolean {
    return !this.#isTouched && this.#served.size === 0 && this.#asked.size === 0 && !this.#hasExperiments;
  }

  /** Flags were used, though there may be nothing to count: the hub is told, for its reply says which are off. */
  touch(): void {
    this.#isTouched = true;
  }

  /** An origin was told of it in its header. */
  readonly served = (flag: Flag, variant: FlagVariant): void => {
    let counts = this.#served.get(flag);
    if (counts === undefined) this.#served.set(flag, (counts = flag.variants.map(() => 0)));
    counts[variant.index]! += 1;
  };

  /** An app asked for this flag alone. */
  asked(evaluation: Evaluation): void {
    addExposure(this.#asked, evaluation);
  }

  /**
   * A unit made a request. It counts once for each coin, and once for each goal: as far as this isolate
   * remembers it.
   * @param goals that the request reached
   */
  tried(evaluation: Evaluation, unit: string, goals: readonly Goal[]): void {
    const drawn = this.#drawn(evaluation);
    if (drawn === undefined) return;
    const { flag, variant, coin, weights } = drawn;
    const who = `${unit}\n${flag.key}\n${coin}`;
    const units = this.#seen.isNew(who) ? 1 : 0;
    const reached = goals.filter(({ name }) => this.#seen.isNew(`${who}\n${name}`)).map(({ name }) => name);
    if (units === 0 && reached.length === 0) return;
    this.#hasExperiments = true;
    const arm = { units, goals: Object.fromEntries(reached.map(goal => [goal, 1])) };
    if (units > 0) this.#experiments.units.add([flag.key, variant], units);
    for (const goal of reached) this.#experiments.goals.add([flag.key, variant, goal], 1);
    this.#experiments.compare(flag.key, [{ coin, weights, arms: { [variant]: arm } }]);
  }

  #drawn(evaluation: Evaluation): Drawn | undefined {
    const { flag, variant, rule, reason } = evaluation;
    if (flag === undefined || variant === null) return undefined;
    const coins = this.#coins.get(flag) ?? new Map<string, Drawn | undefined>();
    this.#coins.set(flag, coins);
    const key = `${reason}\n${variant.name}\n${rule}`;
    if (!coins.has(key)) coins.set(key, drawnFor(evaluation));
    return coins.get(key);
  }

  /** Takes everything out, as plain data; undefined if there is nothing to count. */
  drain(): FlagCountsRecord | undefined {
    this.#isTouched = false;
    if (this.isEmpty) return undefined;
    const counts = this.#experiments;
    for (const [{ key, variants }, served] of this.#served)
      mergeExposures(
        counts.exposures,
        variants
          .filter(({ index }) => (served[index] ?? 0) > 0)
          .map(({ name, index }) => [`${key}=${name}`, served[index]!]),
      );
    mergeExposures(counts.exposures, this.#asked);
    this.#served.clear();
    this.#asked.clear();
    this.#experiments = new FlagCounts();
    this.#hasExperiments = false;
    return counts.toRecord();
  }
}
