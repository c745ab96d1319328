/**
 * What came of flags: how often each variant was served, and for experiments how many requests its
 * visitors made and how many of those reached a goal. Merging is addition, like that of `counts.ts`.
 */

/** Different flag and variant pairs that are told apart per rollout; a document has up to 1,000 flags. */
export const MAX_FLAG_LABELS = 2000;
/** The label of all the others: no flag, variant or goal can have this name. */
export const OTHER_FLAGS = '(other)';

type Labels = readonly string[];
/** Its labels, and how often. */
export type Labelled = readonly [...labels: string[], count: number];

/** {@link FlagCounts} as plain JSON. */
export interface FlagCountsRecord {
  /** flag, variant, count: served to the origin in its header, or to an app that asked for this flag alone. */
  readonly exposures: readonly Labelled[];
  /** flag, variant, count: proxied requests of an experiment's visitors. */
  readonly trials: readonly Labelled[];
  /** flag, variant, goal, count: those of the trials that reached it. */
  readonly goals: readonly Labelled[];
}

interface Entry {
  readonly labels: Labels;
  count: number;
}

/** Counts by labels; what comes when it is full goes to {@link OTHER_FLAGS}. */
export class LabelledCounts {
  readonly #counts = new Map<string, Entry>();

  add(labels: Labels, count: number): void {
    const key = labels.join('\n');
    let entry = this.#counts.get(key);
    if (entry === undefined && this.#counts.size >= MAX_FLAG_LABELS - 1) {
      const others = labels.map(() => OTHER_FLAGS);
      entry = this.#entry(others.join('\n'), others);
    }
    (entry ?? this.#entry(key, labels)).count += count;
  }

  #entry(key: string, labels: Labels): Entry {
    let entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, (entry = { labels, count: 0 }));
    return entry;
  }

  addAll(records: readonly Labelled[]): void {
    for (const record of records) this.add(record.slice(0, -1) as string[], record.at(-1) as number);
  }

  toRecord(): Labelled[] {
    return [...this.#counts.values()].map(({ labels, count }) => [...labels, count]);
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }
}

export class FlagCounts {
  readonly exposures = new LabelledCounts();
  readonly trials = new LabelledCounts();
  readonly goals = new LabelledCounts();

  add(record: FlagCountsRecord): void {
    this.exposures.addAll(record.exposures);
    this.trials.addAll(record.trials);
    this.goals.addAll(record.goals);
  }

  get isEmpty(): boolean {
    return this.exposures.isEmpty && this.trials.isEmpty && this.goals.isEmpty;
  }

  toRecord(): FlagCountsRecord {
    return {
      exposures: this.exposures.toRecord(),
      trials: this.trials.toRecord(),
      goals: this.goals.toRecord(),
    };
  }
}

export function flagCountsOf(...records: readonly (FlagCountsRecord | undefined)[]): FlagCounts {
  const counts = new FlagCounts();
  for (const record of records) if (record !== undefined) counts.add(record);
  return counts;
}
