/** What came of flags, as points of OpenTelemetry counters; attributes are named by its semantic conventions. */
import { exposureOf } from '../flags/exposure.ts';
import type { Batch } from './batch.ts';
import { unitsNamed } from './flag-delta.ts';
import { attribute, type Attribute } from './otlp-message.ts';

type Points = readonly (readonly [attributes: readonly Attribute[], count: number])[];

export interface FlagCounter {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly points: Points;
}

export function flagCounters({ rollout, flags }: Batch): FlagCounter[] {
  const of = (flag: string, variant: string, ...more: Attribute[]): Attribute[] => [
    attribute('weir.rollout', rollout),
    attribute('feature_flag.key', flag),
    attribute('feature_flag.result.variant', variant),
    ...more,
  ];
  const { units, goals } = unitsNamed(flags?.named ?? []);
  const text = (label: string | number | undefined): string => String(label ?? '');
  return [
    {
      name: 'weir.flag.exposures',
      unit: '{exposure}',
      description: 'How often a flag was served with that variant.',
      points: (flags?.exposures ?? []).map(([pair, count]) => {
        const { flag, variant } = exposureOf(pair);
        return [of(flag, variant), count];
      }),
    },
    {
      name: 'weir.experiment.units',
      unit: '{unit}',
      description:
        'Units that were drawn that variant of an experiment and made a request, as isolates told them apart.',
      points: units.map(([flag, variant, count]) => [of(text(flag), text(variant)), Number(count)]),
    },
    {
      name: 'weir.experiment.goals',
      unit: '{unit}',
      description: 'Those of them that reached a goal of the document.',
      points: goals.map(([flag, variant, goal, count]) => [
        of(text(flag), text(variant), attribute('weir.goal', text(goal))),
        Number(count),
      ]),
    },
  ];
}
