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
import { NO_GOAL, UnitNames, type UnitName } from '../core/flags/unit-names.ts';
import type { FlagDelta } from '../core/metrics/flag-delta.ts';
import type { Goal } from '../core/rollout/goals.ts';
import { SeenLately } from './seen-lately.ts';

/** Among the bits of what is remembered of a unit; the others are goals, of which a document has at most 16. */
const EXPOSED = 1;
const MAX_BITS = 31;

export class FlagRecorder {
  /** By position of the variant. */
  readonly #served = new Map<Flag, number[]>();
  readonly #asked: ExposureCounts = new Map();
  /** Of the flags that were asked for, those that are experiments. */
  readonly #askedExperiments = new Set<string>();
  readonly #names = new UnitNames();
  readonly #seen = new SeenLately();
  /** Their bits, by name. */
  readonly #goals = new Map<string, number>();
  /** By rule, none for the default: working out a coin takes a while, and there are few. */
  readonly #coins = new WeakMap<Flag, Map<string, Drawn | null>>();
  #isTouched = false;

  get isEmpty(): boolean {
    return !this.#isTouched && this.#served.size === 0 && this.#asked.size === 0 && this.#names.isEmpty;
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
    if (evaluation.flag?.experiment === true) this.#askedExperiments.add(evaluation.key);
  }

  /**
   * A unit made a request: the hub is to hear of it, once for each coin and once for each goal. What is
   * forgotten here is said again; it counts once.
   * @param goals that the request reached
   */
  tried(evaluation: Evaluation, unit: string, goals: readonly Goal[]): void {
    const drawn = this.#drawn(evaluation);
    if (drawn === null || evaluation.variant === null) return;
    const { coin, hashOf } = drawn;
    const variant = evaluation.variant.name;
    const hash = hashOf(unit);
    const bits = this.#bitsOf(goals);
    const news = this.#seen.news(
      hash,
      bits.reduce((all, bit) => all | bit, EXPOSED),
    );
    if (news === 0) return;
    const names: UnitName[] = (news & EXPOSED) === 0 ? [] : [[hash, variant, NO_GOAL]];
    goals.forEach(({ name }, i) => {
      if ((news & bits[i]!) !== 0) names.push([hash, variant, name]);
    });
    this.#names.add(coin, names);
  }

  /** Of each goal, in what is remembered of a unit. */
  #bitsOf(goals: readonly Goal[]): number[] {
    const isNew = goals.some(({ name }) => !this.#goals.has(name));
    if (isNew && this.#goals.size + goals.length > MAX_BITS) {
      this.#goals.clear();
      this.#seen.clear();
    }
    return goals.map(({ name }) => {
      const bit = this.#goals.get(name) ?? EXPOSED << (this.#goals.size + 1);
      this.#goals.set(name, bit);
      return bit;
    });
  }

  #drawn(evaluation: Evaluation): Drawn | null {
    const { flag, rule, reason, gate } = evaluation;
    if (flag === undefined || gate !== undefined || (reason !== 'SPLIT' && reason !== 'DEFAULT')) return null;
    let coins = this.#coins.get(flag);
    if (coins === undefined) this.#coins.set(flag, (coins = new Map<string, Drawn | null>()));
    let drawn = coins.get(rule);
    if (drawn === undefined) coins.set(rule, (drawn = drawnFor(evaluation) ?? null));
    return drawn;
  }

  /** Takes everything out, as plain data; undefined if there is nothing to count. */
  drain(): FlagDelta | undefined {
    this.#isTouched = false;
    if (this.isEmpty) return undefined;
    const exposures: ExposureCounts = new Map();
    const experiments = new Set(this.#askedExperiments);
    for (const [{ key, variants, experiment }, served] of this.#served) {
      if (experiment) experiments.add(key);
      mergeExposures(
        exposures,
        variants
          .filter(({ index }) => (served[index] ?? 0) > 0)
          .map(({ name, index }) => [`${key}=${name}`, served[index]!]),
      );
    }
    mergeExposures(exposures, this.#asked);
    const delta = {
      exposures: [...exposures],
      experiments: [...experiments],
      named: this.#names.toRecord(),
    };
    this.#served.clear();
    this.#asked.clear();
    this.#askedExperiments.clear();
    this.#names.clear();
    return delta;
  }
}
