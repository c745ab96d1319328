/** What /metrics shows of flags: a series for each flag and variant from the first time that it was served. */
import { exposureOf } from '../flags/exposure.ts';
import type { FamilyOf, Sample } from './family.ts';
import type { Labelled } from './flag-counts.ts';
import type { Snapshot } from './snapshot.ts';

export const OF_FLAGS: readonly FamilyOf<Snapshot>[] = [
  {
    name: 'weir_flag_exposures_total',
    type: 'counter',
    help: 'How often a flag was served with that variant, in the header to an origin or by itself over OFREP.',
    samples: ({ rollout, flags }) =>
      (flags?.exposures ?? []).map(([pair, value]) => {
        const { flag, variant } = exposureOf(pair);
        return sampleOf(rollout, ['flag', 'variant'], [flag, variant, value]);
      }),
  },
  {
    name: 'weir_experiment_units_total',
    type: 'counter',
    help: 'Units that were drawn that variant of an experiment and made a request; of a sample, as many as it stands for.',
    samples: ({ rollout, flags }) =>
      (flags?.units ?? []).map(labelled => sampleOf(rollout, ['flag', 'variant'], labelled)),
  },
  {
    name: 'weir_experiment_goals_total',
    type: 'counter',
    help: 'Those of them that reached a goal of the document.',
    samples: ({ rollout, flags }) =>
      (flags?.goals ?? []).map(labelled => sampleOf(rollout, ['flag', 'variant', 'goal'], labelled)),
  },
];

function sampleOf(rollout: string, names: readonly string[], labelled: Labelled): Sample {
  return {
    labels: [['rollout', rollout], ...names.map((name, i) => [name, String(labelled[i])] as const)],
    value: Number(labelled.at(-1)),
  };
}
