/**
 * What came of flags: how often each variant was served, and for experiments how many units had it and how
 * many of those reached a goal. Merging is addition, like that of `counts.ts`.
 */
import { addToExperiment, type ExperimentState } from '../flags/experiment.ts';
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
  /** flag, variant, count: units that had that variant of an experiment. */
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

  compare(flag: string, strata: ExperimentState): void {
    const state = strata.reduce(addToExperiment, this.#experiments.get(flag) ?? []);
    // Set anew, so that the one that was silent for longest stands first.
    this.#experiments.delete(flag);
    this.#experiments.set(flag, state);
    const [silent] = this.#experiments.keys();
    if (this.#experiments.size > MAX_COMPARED && silent !== undefined) this.#experiments.delete(silent);
  }

  add({ exposures, units, goals, experiments }: FlagCountsRecord): void {
    mergeExposures(this.exposures, exposures);
    this.units.addAll(units);
    this.goals.addAll(goals);
    for (const [flag, state] of experiments) this.compare(flag, state);
  }

  toRecord(): FlagCountsRecord {
    return {
      exposures: [...this.exposures],
      units: this.units.toRecord(),
      goals: this.goals.toRecord(),
      experiments: [...this.#experiments],
    };
  }
}

export function flagCountsOf(...records: readonly (FlagCountsRecord | undefined)[]): FlagCounts {
  const counts = new FlagCounts();
  for (const record of records) if (record !== undefined) counts.add(record);
  return counts;
}
