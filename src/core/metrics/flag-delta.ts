/** What came of flags in an isolate, on its way to the sinks. Adding up is addition, and of names their union. */
import { mergeExposures, type ExposureCounts } from '../flags/exposure.ts';
import { NO_GOAL, UnitNames, type CoinNames } from '../flags/unit-names.ts';
import { LabelledCounts, type Labelled } from './flag-counts.ts';

export interface FlagDelta {
  /** By `<flag>=<variant>`: served in the header to an origin, or to an app that asked for this flag alone. */
  readonly exposures: readonly (readonly [pair: string, count: number])[];
  /** Keys of those flags among them that are experiments. */
  readonly experiments: readonly string[];
  /** Units that had a variant of an experiment, and what they reached. */
  readonly named: readonly CoinNames[];
}

export function addFlagDeltas(...deltas: readonly (FlagDelta | undefined)[]): FlagDelta {
  const exposures: ExposureCounts = new Map();
  const experiments = new Set<string>();
  const names = new UnitNames();
  for (const delta of deltas) {
    if (delta === undefined) continue;
    mergeExposures(exposures, delta.exposures);
    for (const flag of delta.experiments) experiments.add(flag);
    names.addAll(delta.named);
  }
  return { exposures: [...exposures], experiments: [...experiments], named: names.toRecord() };
}

/** Units by flag and variant, and those that reached a goal, as many as a sample stands for. */
export function unitsNamed(named: readonly CoinNames[]): {
  readonly units: readonly Labelled[];
  readonly goals: readonly Labelled[];
} {
  const [units, goals] = [new LabelledCounts(), new LabelledCounts()];
  for (const { flag, halvings, names } of named)
    for (const [, variant, goal] of names)
      if (goal === NO_GOAL) units.add([flag, variant], 2 ** halvings);
      else goals.add([flag, variant, goal], 2 ** halvings);
  return { units: units.toRecord(), goals: goals.toRecord() };
}
