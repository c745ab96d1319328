/** Who visits, as far as judged records tell: the judge asks for visitors, and forgives what they differ by. */
import type { Interval } from './interval.ts';
import { latencySpread, type LatencySpread } from './slowdown.ts';
import { NO_VISITORS, uniteVisitors, visitorsIn } from './visitors.ts';

/** Plain JSON. */
export interface Audience {
  /** From the first record to the last, > 0. */
  readonly seconds: number;
  /** Different ones, of all variants. */
  readonly visitors: number;
  /** False: there are more than can be counted, and `visitors` is a lower bound. */
  readonly isAll: boolean;
  /** Null where nothing of stable ended. */
  readonly spread: LatencySpread | null;
}

/** Linear counting in 256 bits is good to a few percent up to here (visitors.ts). */
const COUNTABLE = 500;

/** @param intervals oldest first @returns null where nobody was compared */
export function audienceOf(intervals: readonly Interval[]): Audience | null {
  const judged = intervals.map(({ strata, ...rest }) => ({
    ...rest,
    strata: strata.filter(({ coin }) => !coin.startsWith('serve:')),
  }));
  const seen = judged
    .flatMap(({ strata }) => strata.flatMap(({ arms }) => Object.values(arms)))
    .reduce((all, { visitors }) => uniteVisitors(all, visitors), NO_VISITORS);
  const visitors = Math.round(visitorsIn(seen));
  if (visitors === 0) return null;
  const seconds = Math.max((judged.at(-1)!.to - judged[0]!.from) / 1000, 1);
  return { seconds, visitors, isAll: visitors <= COUNTABLE, spread: latencySpread(judged) };
}
