/**
 * What came of flags, as the hub keeps it: how often each variant was served, and for experiments how many
 * units had it and how many of those reached a goal.
 */
import type { ExperimentState } from '../flags/experiment.ts';
import { mergeExposures, OTHER_FLAGS, type ExposureCounts } from '../flags/exposure.ts';

/** Labels that are told apart per rollout: documents have 8 experiments, and are edited for ever. */
export const MAX_EXPERIMENT_LABELS = 500;
/** Flags whose comparison is kept; of more, a new one takes the place of the one that was silent for longest. */
export const MAX_COMPARED = 16;

/** Its labels, and how often. */
export type Labelled = readonly [...labels: string[], count: number];

/** {@link FlagCounts} as plain JSON. */
export interface FlagCountsRecord {
  /** By `<flag>=<variant>`: served in the header to an origin, or to an app that asked for this flag alone. */
  readonly exposures: readonly (readonly [pair: string, count: number])[];
  /** flag, variant, count: units that had that variant of an experiment, as many as a sample stands for. */
  readonly units: readonly Labelled[];
  /** flag, variant, goal, count: those of them that reached it. */
  readonly goals: readonly Labelled[];
  /** The same by coin, for the comparison; what is forgotten here stays in the totals above. */
  readonly experiments: readonly (readonly [flag: string, state: ExperimentState])[];
}

interface Entry {
  readonly labels: readonly string[];
  count: number;
}

/** Counts by labels; what is new when there are too many is counted together. */
export class LabelledCounts {
  readonly #counts = new Map<string, Entry>();

  add(labels: readonly string[], count: number): void {
    const isKnown = this.#counts.has(labels.join('\n')) || this.#counts.size < MAX_EXPERIMENT_LABELS - 1;
    const told = isKnown ? labels : labels.map(() => OTHER_FLAGS);
    const key = told.join('\n');
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { labels: told, count });
    else entry.count += count;
  }

  addAll(records: readonly Labelled[]): void {
    for (const record of records) this.add(record.slice(0, -1) as string[], record.at(-1) as number);
  }

  toRecord(): Labelled[] {
    return [...this.#counts.values()].map(({ labels, count }) => [...labels, count]);
  }
}

export class FlagCounts {
  readonly exposures: ExposureCounts = new Map();
  readonly units = new LabelledCounts();
  readonly goals = new LabelledCounts();
  readonly #experiments = new Map<string, ExperimentState>();

  /** By flag, the one that was silent for longest first. */
  get experiments(): ReadonlyMap<string, ExperimentState> {
    return this.#experiments;
  }

  /** @returns what is forgotten for it */
  compare(flag: string, state: ExperimentState): Forgotten[] {
    const before = this.#experiments.get(flag) ?? [];
    const forgotten = coinsOf(flag, before).filter(({ coin }) => !state.some(each => each.coin === coin));
    // Set anew, so that the one that was silent for longest stands first.
    this.#experiments.delete(flag);
    this.#experiments.set(flag, state);
    const [silent] = this.#experiments;
    if (this.#experiments.size > MAX_COMPARED && silent !== undefined) {
      this.#experiments.delete(silent[0]);
      forgotten.push(...coinsOf(...silent));
    }
    return forgotten;
  }

  /** The same of less units: nothing was heard of it. */
  narrow(flag: string, state: ExperimentState): void {
    this.#experiments.set(flag, state);
  }

  /** Takes these for all that there is. */
  restore(experiments: FlagCountsRecord['experiments']): void {
    this.#experiments.clear();
    for (const [flag, state] of experiments) this.#experiments.set(flag, state);
  }

  add({ exposures, units, goals, experiments }: FlagCountsRecord): void {
    mergeExposures(this.exposures, exposures);
    this.units.addAll(units);
    this.goals.addAll(goals);
    this.restore(experiments);
  }
}

/** A coin whose counts are gone. */
export interface Forgotten {
  readonly flag: string;
  readonly coin: string;
}

function coinsOf(flag: string, state: ExperimentState): Forgotten[] {
  return state.map(({ coin }) => ({ flag, coin }));
}
