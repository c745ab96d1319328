/**
 * What Workers Analytics Engine gets of experiments: one row per flag, variant and batch, under a schema of
 * its own. The limits are those of `analytics-row.ts`, whose rows are written before these.
 */
import { exposureOf, OTHER_FLAGS } from '../flags/exposure.ts';
import type { toDataPoint } from './analytics-row.ts';
import type { Batch } from './batch.ts';
import { unitsNamed } from './flag-delta.ts';
import { shorten } from './shorten.ts';

/** Changes when a column changes its meaning. */
export const EXPERIMENT_SCHEMA = 'weir.experiment.1';

/** With the ten of the variants 25: a flusher flushes ten times at most, and may write 250 points. */
const MAX_POINTS = 15;
/** Of the 20 doubles two are taken; a document has at most 16 goals. */
const MAX_GOALS = 18;
const MAX_INDEX_BYTES = 96;
const MAX_NAME_BYTES = 3000;

type DataPoint = ReturnType<typeof toDataPoint>;

interface Arm {
  readonly flag: string;
  readonly variant: string;
  units: number;
  exposures: number;
  readonly goals: Map<string, number>;
}

/**
 * Index: `<rollout>:<flag>:<variant>`. Blobs: schema, rollout, variant, isolate, flag, goals (names, by
 * commas). Doubles: units as the isolate told them apart, exposures, then units that reached each of
 * the goals.
 */
export function experimentPoints(batch: Batch): DataPoint[] {
  const { flags } = batch;
  if (flags === undefined) return [];
  const arms = new Map<string, Arm>();
  const armOf = (flag: string, variant: string): Arm => {
    const isKnown = arms.has(`${flag}=${variant}`) || arms.size < MAX_POINTS - 1;
    const [named, of] = isKnown ? [flag, variant] : [OTHER_FLAGS, OTHER_FLAGS];
    const key = `${named}=${of}`;
    const arm = arms.get(key) ?? { flag: named, variant: of, units: 0, exposures: 0, goals: new Map() };
    arms.set(key, arm);
    return arm;
  };
  const named = unitsNamed(flags.named);
  for (const [flag, variant, units] of named.units)
    armOf(String(flag), String(variant)).units += Number(units);
  for (const [flag, variant, goal, reached] of named.goals) {
    const { goals } = armOf(String(flag), String(variant));
    const name = String(goal);
    if (goals.has(name) || goals.size < MAX_GOALS) goals.set(name, (goals.get(name) ?? 0) + Number(reached));
  }
  // Of flags that are no experiment the metrics have the exposures.
  const experiments = new Set(flags.experiments);
  for (const [pair, count] of flags.exposures) {
    const { flag, variant } = exposureOf(pair);
    if (experiments.has(flag)) armOf(flag, variant).exposures += count;
  }
  return [...arms.values()].map(arm => pointOf(batch, arm));
}

function pointOf({ rollout, isolate }: Batch, { flag, variant, units, exposures, goals }: Arm): DataPoint {
  const text = (name: string): string => shorten(name.toWellFormed(), MAX_NAME_BYTES);
  return {
    indexes: [shorten(`${rollout}:${flag}:${variant}`.toWellFormed(), MAX_INDEX_BYTES)],
    blobs: [
      EXPERIMENT_SCHEMA,
      text(rollout),
      text(variant),
      text(isolate),
      text(flag),
      text([...goals.keys()].join(',')),
    ],
    doubles: [units, exposures, ...goals.values()],
  };
}
