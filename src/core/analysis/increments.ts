/**
 * Log likelihood ratios whose exponential has a mean of at most 1 while the canary is within its
 * margin: `statistics.md`, sections 3.1 and 3.2, where the claims are proved. Natural logarithms;
 * every one is finite for any input, and 0 (no evidence) where an arm has nothing.
 */
import { finite, logSumExp, probability, tally } from './log-sum.ts';

/** What happened in one interval: x of n, on the canary and on stable. */
export interface TwoCounts {
  readonly xC: number;
  readonly xS: number;
  readonly nC: number;
  readonly nS: number;
}

/** A binomial's odds multiplied by m: k of N at probability p. @param m ≥ 0 */
export function bernoulliLogIncrement(k: number, N: number, p: number, m: number): number {
  if (!(m >= 0)) return 0;
  const n = tally(N);
  const x = Math.min(tally(k), n);
  const gain = x > 0 ? x * Math.log(m) : 0;
  return finite(gain - (n > 0 ? n * Math.log1p(probability(p) * (m - 1)) : 0));
}

/** An increment as a function of the absolute margin: `log − eps · perMargin`. */
export interface MarginIncrement {
  readonly log: number;
  readonly perMargin: number;
}

/**
 * Claim 1: null λC ≤ θ·λS + eps for m > 1, the reverse for m < 1. Kept apart from its margin, because
 * the margin of an advance changes with the next weight while the counts stay.
 * @param share of the canary among the two; larger than nC / (nC + nS) is conservative for m > 1, smaller for m < 1
 */
export function marginIncrement(counts: TwoCounts, m: number, theta: number, share: number): MarginIncrement {
  const nC = tally(counts.nC);
  if (nC === 0 || tally(counts.nS) === 0 || !(m >= 0) || !(theta >= 0)) return { log: 0, perMargin: 0 };
  const w = probability(share);
  const p = probability((theta * w) / (theta * w + 1 - w));
  const xC = Math.min(tally(counts.xC), nC);
  const xS = Math.min(tally(counts.xS), tally(counts.nS));
  return {
    log: bernoulliLogIncrement(xC, xC + xS, p, m),
    perMargin: finite((nC * (m - 1) * (1 - p)) / (1 + p * (m - 1))),
  };
}

/** Claim 1 with the share of the requests themselves. @param theta ≥ 0 @param eps ≥ 0, a fraction */
export function twoSampleLogIncrement(counts: TwoCounts, m: number, theta = 1, eps = 0): number {
  const { log, perMargin } = marginIncrement(counts, m, theta, requestShare(counts));
  return finite(log - tally(eps) * perMargin);
}

/** The canary's share of the requests; 0 where there are none. */
export function requestShare(counts: TwoCounts): number {
  const nC = tally(counts.nC);
  return nC === 0 ? 0 : nC / (nC + tally(counts.nS));
}

/**
 * Claim 2: null "the canary exceeds the threshold no more often than stable", whatever the
 * distribution; xC and xS are how many did. Two bounds hold, and the larger is taken where that is
 * monotone in xC.
 * @param m > 1 against a slower canary, < 1 for "not slower"
 */
export function thresholdLogIncrement(counts: TwoCounts, m: number): number {
  const nC = tally(counts.nC);
  const n = nC + tally(counts.nS);
  if (nC === 0 || n === nC || !(m >= 0)) return 0;
  const xC = Math.min(tally(counts.xC), nC);
  const x = xC + Math.min(tally(counts.xS), n - nC);
  const a = nC / n;
  const first = bernoulliLogIncrement(xC, x, a, m);
  const away = Math.max(m, 1 / m);
  if (!(Math.log(away) >= a * (away - 1))) return first;
  return Math.max(first, bernoulliLogIncrement(xC, nC, x / n, m));
}

/**
 * Claim 3: null "the canary is not slower", by ranks. @param hC counts by bucket @param hS as many
 * @param scores by bucket, ascending in [0, 1]: past mid-ranks of stable @param eta > 0
 */
export function scoreTiltLogIncrement(
  hC: readonly number[],
  hS: readonly number[],
  scores: readonly number[],
  eta: number,
): number {
  let nC = 0;
  let n = 0;
  let score = 0;
  const tilted: number[] = [];
  for (let j = 0; j < hC.length; j++) {
    const [c, both, s] = [tally(hC[j]!), tally(hC[j]!) + tally(hS[j] ?? 0), probability(scores[j] ?? 0)];
    nC += c;
    n += both;
    score += s * c;
    if (both > 0) tilted.push(Math.log(both) + eta * s);
  }
  if (nC === 0 || n === nC || !(eta > 0) || !((nC / n) * Math.exp(eta) <= 1)) return 0;
  return finite(eta * score - nC * (logSumExp(tilted) - Math.log(n)));
}
