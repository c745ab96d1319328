/**
 * Which observations of a sorted sample bound a quantile: the binomial interval of order statistics
 * (David and Nagaraja, Order Statistics, 3rd ed., section 7.1). It assumes nothing of the
 * distribution but that the observations are independent.
 */

/** How sure an interval is. */
export interface Level {
  /** What may lie outside, on each side. */
  readonly tail: number;
  /** The normal distribution's quantile for it. */
  readonly z: number;
}

export const PERCENT_95: Level = { tail: 0.025, z: 1.959963984540054 };
export const PERCENT_99_99: Level = { tail: 0.000_05, z: 3.890591886413096 };

/** From this variance of the count on the normal approximation is off by less than a rank in a thousand. */
const LARGE_VARIANCE = 2500;

export interface Ranks {
  /** 1 is the smallest observation. */
  readonly low: number;
  readonly high: number;
}

/**
 * Ranks whose observations hold the quantile between them in at least so many of all samples.
 * @param n size of the sample, a whole number
 * @param q in (0, 1)
 * @returns undefined where even the smallest or the largest observation is no bound
 */
export function quantileRanks(n: number, q: number, level = PERCENT_95): Ranks | undefined {
  const tails = n * q * (1 - q) >= LARGE_VARIANCE ? normalTails : binomialTails;
  const { below, above } = tails(n, q, level);
  return below >= 1 && above <= n ? { low: below, high: above } : undefined;
}

interface Tails {
  /** Largest l with P(count < l) at most the tail. */
  readonly below: number;
  /** Smallest u with P(count >= u) at most the tail. */
  readonly above: number;
}

function normalTails(n: number, q: number, { z }: Level): Tails {
  const spread = z * Math.sqrt(n * q * (1 - q));
  return { below: Math.floor(n * q - spread), above: Math.ceil(n * q + spread) + 1 };
}

/** Sums the binomial's terms outwards from its mode, each from its neighbour: no factorials, no overflow. */
function binomialTails(n: number, q: number, level: Level): Tails {
  const mode = Math.min(n, Math.floor((n + 1) * q));
  const odds = q / (1 - q);
  // Relative to the mode's; what is smaller than this changes no sum.
  const negligible = 1e-18;
  const down: number[] = [];
  for (let k = mode, term = 1; k > 0 && term > negligible; k--) {
    term *= k / ((n - k + 1) * odds);
    down.push(term);
  }
  const up: number[] = [];
  for (let k = mode, term = 1; k < n && term > negligible; k++) {
    term *= ((n - k) * odds) / (k + 1);
    up.push(term);
  }
  const sum = (terms: readonly number[]) => terms.reduceRight((total, term) => total + term, 0);
  const tail = level.tail * (1 + sum(down) + sum(up));
  return { below: mode - insideTail(down, tail), above: mode + insideTail(up, tail) + 1 };
}

/** How many steps from the mode stay inside the interval: the terms beyond them come to at most `tail`. */
function insideTail(terms: readonly number[], tail: number): number {
  let outside = 0;
  for (let i = terms.length - 1; i >= 0; i--) {
    outside += terms[i]!;
    if (outside > tail) return i + 1;
  }
  return 0;
}
