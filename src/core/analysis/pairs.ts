/**
 * Both arms of one coin in one interval, cleaned of what no count can be, and merged: the order and the
 * number of records that an interval came in make no difference. Plain JSON, because what is too little
 * to be judged waits in the judge's state.
 */
import { BUCKETS, FIRST } from './histogram.ts';
import { LANES, type Interval, type JudgedArm, type JudgedCounts, type Stratum } from './interval.ts';
import { tally } from './log-sum.ts';
import { NO_VISITORS, uniteVisitors } from './visitors.ts';

export interface Counts {
  readonly requests: number;
  readonly errors: number;
  readonly '4xx': number;
  readonly '3xx': number;
  /** By kind: visitors' firsts in 24 hours, and in 10 minutes. */
  readonly firsts: Readonly<Record<string, readonly [day: number, tenMinutes: number]>>;
  /** Position in the histogram and count, ascending. */
  readonly latency: readonly (readonly [position: number, count: number])[];
  readonly draws: number;
  readonly visitors: string;
}

export interface Pair {
  /** Generation and coin, with its weights. */
  readonly key: string;
  readonly canary: Counts;
  readonly stable: Counts;
  /** Stable's, {@link LANES} of them. */
  readonly lanes: readonly Counts[];
  /** Of all visitors of that coin, in [0, 1]. */
  readonly weights: { readonly canary: number; readonly stable: number };
}

const NOTHING: Counts = {
  requests: 0,
  errors: 0,
  '4xx': 0,
  '3xx': 0,
  firsts: {},
  latency: [],
  draws: 0,
  visitors: NO_VISITORS,
};

/** What may be compared, sorted by key: both arms have a weight, no rule serves it, and it is of this start. */
export function pairsOf(interval: Interval, candidate: string, excluded: readonly string[]): Pair[] {
  const judged = interval.strata.filter(
    ({ generation, coin, weights }) =>
      !coin.startsWith('serve:') &&
      !excluded.includes(generation) &&
      tally(weights[candidate] ?? 0) > 0 &&
      tally(weights.stable ?? 0) > 0,
  );
  return mergePairs(judged.map(stratum => pairOf(stratum, candidate)));
}

function pairOf({ generation, coin, weights, arms, lanes }: Stratum, candidate: string): Pair {
  const all = Object.values(weights).reduce((sum, weight) => sum + tally(weight), 0);
  const [canary, stable] = [tally(weights[candidate]!) / all, tally(weights.stable!) / all];
  return {
    key: `${generation} ${coin} ${canary} ${stable}`,
    canary: countsOf(arms[candidate]),
    stable: countsOf(arms.stable),
    lanes: Array.from({ length: LANES }, (_, lane) => countsOf(lanes[lane])),
    weights: { canary, stable },
  };
}

/** Whoever has none of them has had nothing. */
export function countsOf(counts: JudgedCounts | JudgedArm | undefined): Counts {
  if (counts === undefined) return NOTHING;
  return {
    requests: tally(counts.requests),
    errors: tally(counts.errors),
    '4xx': tally(counts.status4xx),
    '3xx': tally(counts.status3xx),
    firsts: Object.fromEntries(
      Object.entries(counts.firsts).map(([kind, [day, ten] = [0, 0]]) => [
        kind,
        [tally(day), tally(ten)] as const,
      ]),
    ),
    latency: sortedBuckets(
      counts.latency.buckets.map(([bucket, count]) => [positionOf(bucket), tally(count)] as const),
    ),
    draws: 'draws' in counts ? tally(counts.draws) : 0,
    visitors: 'visitors' in counts ? uniteVisitors(NO_VISITORS, counts.visitors) : NO_VISITORS,
  };
}

function positionOf(bucket: number): number {
  return Math.min(Math.max(Math.trunc(bucket) || 0, FIRST), FIRST + BUCKETS - 1) - FIRST;
}

function sortedBuckets(buckets: readonly (readonly [number, number])[]): Counts['latency'] {
  if (buckets.every(([position], i) => i === 0 || position > buckets[i - 1]![0])) return buckets;
  const merged = new Map<number, number>();
  for (const [position, count] of buckets) merged.set(position, (merged.get(position) ?? 0) + count);
  return [...merged].sort(([a], [b]) => a - b);
}

export function mergePairs(pairs: readonly Pair[]): Pair[] {
  const merged = new Map<string, Pair>();
  for (const pair of pairs) {
    const known = merged.get(pair.key);
    merged.set(pair.key, known === undefined ? pair : mergePair(known, pair));
  }
  return [...merged.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function mergePair(a: Pair, b: Pair): Pair {
  return {
    ...a,
    canary: addCounts(a.canary, b.canary),
    stable: addCounts(a.stable, b.stable),
    lanes: a.lanes.map((lane, i) => addCounts(lane, b.lanes[i]!)),
  };
}

export function addCounts(a: Counts, b: Counts): Counts {
  if (b === NOTHING) return a;
  if (a === NOTHING) return b;
  const firsts = { ...a.firsts };
  for (const [kind, [day, ten]] of Object.entries(b.firsts)) {
    const [knownDay, knownTen] = firsts[kind] ?? [0, 0];
    firsts[kind] = [knownDay + day, knownTen + ten];
  }
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    '4xx': a['4xx'] + b['4xx'],
    '3xx': a['3xx'] + b['3xx'],
    firsts,
    latency: sortedBuckets([...a.latency, ...b.latency]),
    draws: a.draws + b.draws,
    visitors: uniteVisitors(a.visitors, b.visitors),
  };
}

/** The lane of the built-in A/A test. */
const PSEUDO = 0;

/** One of stable's lanes as if it were a canary, against the others: whatever is found there is no canary's doing. */
export function pseudoPairs(pairs: readonly Pair[]): Pair[] {
  return pairs.map(({ key, stable, lanes, weights }) => ({
    key,
    canary: lanes[PSEUDO]!,
    stable: without(stable, lanes[PSEUDO]!),
    lanes,
    weights: { canary: weights.stable / LANES, stable: (weights.stable * (LANES - 1)) / LANES },
  }));
}

/** Stable's arm is the sum of its lanes. */
function without(all: Counts, lane: Counts): Counts {
  const own = new Map(lane.latency);
  return {
    ...all,
    requests: tally(all.requests - lane.requests),
    errors: tally(all.errors - lane.errors),
    '4xx': tally(all['4xx'] - lane['4xx']),
    '3xx': tally(all['3xx'] - lane['3xx']),
    firsts: Object.fromEntries(
      Object.entries(all.firsts).map(([kind, [day, ten]]) => {
        const [ownDay, ownTen] = lane.firsts[kind] ?? [0, 0];
        return [kind, [tally(day - ownDay), tally(ten - ownTen)] as const];
      }),
    ),
    latency: all.latency.map(([position, count]) => [position, tally(count - (own.get(position) ?? 0))]),
  };
}

/** Of the canary among the two arms, by weight. */
export function weightShare({ weights }: Pair): number {
  return weights.canary / (weights.canary + weights.stable);
}
