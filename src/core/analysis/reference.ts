/** Which requests of stable say what is slow: always of the past, never those that are judged by it. */
import { BUCKETS, fromSparse } from './histogram.ts';
import { REFERENCE_REQUESTS, latencyScale, type LatencyScale } from './latency-scale.ts';
import { tally } from './log-sum.ts';
import type { Pair } from './pairs.ts';
import type { JudgeSettings } from './settings.ts';
import type { JudgeState } from './state.ts';

/** Stable's day before the start if it is enough, else the first requests of this run. */
export function scaleOf(
  { reference }: Pick<JudgeState, 'reference'>,
  { baseline }: JudgeSettings,
): LatencyScale | null {
  const known =
    baseline === null ? null : remembered(baseline, () => scaleIfEnough(fromSparse(baseline).counts));
  return (
    known ??
    remembered(reference, () => {
      const counts = new Array<number>(BUCKETS).fill(0);
      for (const [position, count] of reference) counts[position]! += count;
      return scaleIfEnough(counts);
    })
  );
}

function scaleIfEnough(counts: readonly number[]): LatencyScale | null {
  const total = counts.reduce((sum, count) => sum + tally(count), 0);
  return total >= REFERENCE_REQUESTS ? latencyScale(counts.map(tally)) : null;
}

/** The same histogram makes the same scale, look after look. */
const scales = new WeakMap<object, LatencyScale | null>();

function remembered(histogram: object, make: () => LatencyScale | null): LatencyScale | null {
  const known = scales.get(histogram);
  if (known !== undefined) return known;
  const scale = make();
  scales.set(histogram, scale);
  return scale;
}

/** Adds what stable did in this interval, while it is not enough. */
export function referenceAfter(
  reference: JudgeState['reference'],
  pairs: readonly Pair[],
): JudgeState['reference'] {
  const merged = new Map<number, number>(reference);
  for (const { stable } of pairs) {
    for (const [position, count] of stable.latency) merged.set(position, (merged.get(position) ?? 0) + count);
  }
  return [...merged].sort(([a], [b]) => a - b);
}
