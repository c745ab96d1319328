/** Two-sided tests in closed form (`statistics.md`, sections 3.1 and 3.2): diagnostics, slower than the grids. */
import { finite, tally } from './log-sum.ts';

/**
 * ln(B(a + k, b + N − k) / B(a, b)) against a binomial of probability p.
 * @param a > 0 @param b > 0, the prior Beta(a, b) of the alternative
 */
export function betaBinomialLogEValue(k: number, N: number, p: number, a: number, b: number): number {
  const n = tally(N);
  const x = Math.min(tally(k), n);
  if (!(p > 0 && p < 1 && a > 0 && b > 0)) return 0;
  const logNull = x * Math.log(p) + (n - x) * Math.log1p(-p);
  return finite(logBeta(a + x, b + n - x) - logBeta(a, b) - logNull);
}

/** Every bucket's share of the canary against w. @param kappa how firmly the prior sits on w, > 0 */
export function omnibusHistogramLogEValue(
  hC: readonly number[],
  hS: readonly number[],
  w: number,
  kappa: number,
): number {
  let sum = 0;
  hC.forEach((count, j) => {
    const both = tally(count) + tally(hS[j] ?? 0);
    sum += betaBinomialLogEValue(count, both, w, kappa * w, kappa * (1 - w));
  });
  return finite(sum);
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series (Abramowitz and Stegun 6.1.41), from 10 up exact to a double's last digits. */
function logGamma(x: number): number {
  let [z, shift] = [x, 0];
  for (; z < 10; z++) shift -= Math.log(z);
  const r = 1 / (z * z);
  const series =
    (1 / 12 + r * (-1 / 360 + r * (1 / 1260 + r * (-1 / 1680 + r * (1 / 1188 - r * (691 / 360_360)))))) / z;
  return shift + (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series;
}
