/** Of a recording, what is of one candidate: whatever else stood beside it, or in its place before. */
import type { Interval, Stratum } from '../analysis/interval.ts';
import { STABLE } from '../rollout/schema.ts';

export interface Recorded {
  readonly intervals: readonly Interval[];
  readonly leftOut: {
    /** Names of other candidates. */
    readonly arms: readonly string[];
    /** Hashes of other candidates of that name: another origin, version or headers. */
    readonly hashes: readonly string[];
  };
}

/** @param hash of the candidate's origin, version and headers; records that don't tell theirs are taken for it */
export function recordedOf(intervals: readonly Interval[], name: string, hash: string): Recorded {
  const arms = new Set<string>();
  const hashes = new Set<string>();
  const only = (stratum: Stratum): Stratum => {
    const found = stratum.hashes?.[name] ?? hash;
    const isIt = found === hash;
    if (!isIt) hashes.add(found);
    const own = Object.entries(stratum.arms).filter(([arm, { requests }]) => {
      if (arm !== STABLE && arm !== name && requests > 0) arms.add(arm);
      return arm === STABLE || (arm === name && isIt);
    });
    // Stable's traffic stays: that nobody was there would be no less wrong.
    const weights = isIt ? stratum.weights : { ...stratum.weights, [name]: 0 };
    return { ...stratum, weights, arms: Object.fromEntries(own) };
  };
  const ofIt = intervals.map(interval => ({ ...interval, strata: interval.strata.map(only) }));
  return { intervals: ofIt, leftOut: { arms: [...arms].sort(), hashes: [...hashes].sort() } };
}
