/** What /metrics shows of flags: a series for each flag and variant from its first exposure on. */
import type { FamilyOf, Sample } from './family.ts';
import type { FlagCountsRecord, Labelled } from './flag-counts.ts';
import type { Snapshot } from './snapshot.ts';

export const OF_FLAGS: readonly FamilyOf<Snapshot>[] = [
  {
    name: 'weir_flag_exposures_total',
    type: 'counter',
    help: 'How often a flag was served with that variant, in the header to an origin or by itself over OFREP.',
    samples: snapshot => samplesOf(snapshot, 'exposures', ['flag', 'variant']),
  },
  {
    name: 'weir_experiment_requests_total',
    type: 'counter',
    help: 'Proxied requests of visitors who have that variant of an experiment.',
    samples: snapshot => samplesOf(snapshot, 'trials', ['flag', 'variant']),
  },
  {
    name: 'weir_experiment_goals_total',
    type: 'counter',
    help: 'Those of them that reached a goal of the document.',
    samples: snapshot => samplesOf(snapshot, 'goals', ['flag', 'variant', 'goal']),
  },
];

function samplesOf(
  { rollout, flags }: Snapshot,
  what: keyof FlagCountsRecord,
  names: readonly string[],
): Sample[] {
  return (flags?.[what] ?? []).map((labelled: Labelled) => ({
    labels: [['rollout', rollout], ...names.map((name, i) => [name, String(labelled[i])] as const)],
    value: Number(labelled.at(-1)),
  }));
}
