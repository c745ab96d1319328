/** Adding up what was counted: a sink that is away for long is owed one delta, not a growing queue. */
import {
  fromArmRecord,
  mergeArm,
  toArmRecord,
  type ArmRecord,
  type Delta,
  type IntervalRecord,
} from './batch.ts';
import { fromRecord, mergeCounts, toRecord, type CountsRecord } from './counts.ts';

/** Generations of the coin in one delta at most; more only happen when a sink is away for long. */
export const MAX_GENERATIONS = 64;

/** The sum of two deltas; of what is not counted but in force, the later one's. */
export function addDeltas(earlier: Delta, later: Delta): Delta {
  return {
    since: Math.min(earlier.since, later.since),
    until: Math.max(earlier.until, later.until),
    totals: merged(earlier.totals, later.totals, addCounts),
    mirrors: merged(earlier.mirrors ?? {}, later.mirrors ?? {}, addCounts),
    intervals: addIntervals(earlier.intervals, later.intervals),
    weights: Object.keys(later.weights).length > 0 ? later.weights : earlier.weights,
    configErrors: earlier.configErrors + later.configErrors,
    problems: later.problems,
    versions: { ...earlier.versions, ...later.versions },
    sinks: merged(earlier.sinks ?? {}, later.sinks ?? {}, (a, b) => ({ ...b, lost: a.lost + b.lost })),
  };
}

/** Requests with an outcome in a delta. */
export function outcomesOf(delta: Delta): number {
  return Object.values(delta.totals).reduce(
    (sum, { codes }) => codes.reduce((total, count) => total + count, sum),
    0,
  );
}

function addCounts(a: CountsRecord, b: CountsRecord): CountsRecord {
  const counts = fromRecord(a);
  mergeCounts(counts, fromRecord(b));
  return toRecord(counts);
}

function addArms(a: ArmRecord, b: ArmRecord): ArmRecord {
  const arm = fromArmRecord(a);
  mergeArm(arm, fromArmRecord(b));
  return toArmRecord(arm);
}

/** The totals keep what is forgotten here; only the comparison loses it. */
function addIntervals(
  earlier: readonly IntervalRecord[],
  later: readonly IntervalRecord[],
): IntervalRecord[] {
  const byGeneration = new Map(earlier.map(interval => [interval.generation, interval]));
  for (const interval of later) {
    const known = byGeneration.get(interval.generation);
    // Set anew, so that the generation in force stands last.
    byGeneration.delete(interval.generation);
    byGeneration.set(
      interval.generation,
      known === undefined ? interval : { ...interval, arms: merged(known.arms, interval.arms, addArms) },
    );
  }
  return [...byGeneration.values()].slice(-MAX_GENERATIONS);
}

function merged<V>(
  earlier: Readonly<Record<string, V>>,
  later: Readonly<Record<string, V>>,
  add: (a: V, b: V) => V,
): Record<string, V> {
  const sum = new Map(Object.entries(earlier));
  for (const [key, value] of Object.entries(later)) {
    const known = sum.get(key);
    sum.set(key, known === undefined ? value : add(known, value));
  }
  return Object.fromEntries(sum);
}
