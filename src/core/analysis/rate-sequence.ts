/**
 * Confidence sequence for one rate, from the beta-binomial mixture (Robbins 1970; `statistics.md`, section
 * 3.1): holds at all times at once. For display.
 */
import { betaBinomialLogEValue } from './beta-binomial.ts';

/** Jeffreys' prior. */
const PRIOR = 0.5;
/** Halvings of an interval of [0, 1]: below a billionth. */
const HALVINGS = 32;

/** @param k of n, 0 ≤ k ≤ n @param alpha in (0, 1) @returns bounds in [0, 1] */
export function confidenceSequenceRate(
  k: number,
  n: number,
  alpha: number,
): { readonly low: number; readonly high: number } {
  const isOut = (p: number): boolean => betaBinomialLogEValue(k, n, p, PRIOR, PRIOR) >= -Math.log(alpha);
  const best = n > 0 ? k / n : 0.5;
  return { low: edge(0, best, isOut), high: edge(1, best, isOut) };
}

/** Between what may be out and what is in: the evidence only falls towards the observed rate. */
function edge(from: number, inside: number, isOut: (p: number) => boolean): number {
  let [out, within] = [from, inside];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (out + within) / 2;
    if (isOut(middle)) out = middle;
    else within = middle;
  }
  return out;
}
