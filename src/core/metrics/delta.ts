/** Adding up what was counted: a sink that is away for long is owed one delta, not a growing queue. */
import type { Delta } from './batch.ts';
import { fromRecord, mergeCounts, toRecord, type CountsRecord } from './counts.ts';
import { addFlagDeltas, type FlagDelta } from './flag-delta.ts';
import { addStratum, keyOf, MAX_STRATA, toStratumRecord, type Strata, type StratumRecord } from './strata.ts';

/** The sum of two deltas; of what is not counted but in force, the later one's. */
export function addDeltas(earlier: Delta, later: Delta): Delta {
  return {
    since: Math.min(earlier.since, later.since),
    until: Math.max(earlier.until, later.until),
    totals: merged(earlier.totals, later.totals, addCounts),
    mirrors: merged(earlier.mirrors ?? {}, later.mirrors ?? {}, addCounts),
    ...addFlags(earlier.flags, later.flags),
    strata: addStrata(earlier.strata ?? [], later.strata ?? []),
    ...generationOf(later.generation ?? earlier.generation),
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

function addFlags(earlier: FlagDelta | undefined, later: FlagDelta | undefined): Pick<Delta, 'flags'> {
  if (earlier === undefined && later === undefined) return {};
  return { flags: addFlagDeltas(earlier, later) };
}

function generationOf(generation: string | undefined): Pick<Delta, 'generation'> {
  return generation === undefined ? {} : { generation };
}

/** Of too many the latest stay; the totals keep what is forgotten here, only the comparison loses it. */
function addStrata(earlier: readonly StratumRecord[], later: readonly StratumRecord[]): StratumRecord[] {
  const current = new Set(later.map(keyOf));
  const before = earlier.map(keyOf).filter(key => !current.has(key));
  const dropped = new Set(before.slice(0, Math.max(before.length + current.size - MAX_STRATA, 0)));
  const strata: Strata = new Map();
  for (const record of [...earlier, ...later]) if (!dropped.has(keyOf(record))) addStratum(strata, record);
  return [...strata.values()].map(toStratumRecord);
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
