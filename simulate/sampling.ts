/**
 * Counts of a whole interval at once instead of request by request. Small means by inversion, large ones
 * by transformed rejection: Hörmann, The generation of binomial random variates (1993, BTRS), and The
 * transformed rejection method for generating Poisson random variables (1993, PTRS). Both are exact.
 */
import type { Random } from './random.ts';

const FEW = 10;

/** @param n a whole number @param p in [0, 1], clamped */
export function binomial(random: Random, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  return n * p < FEW ? binomialByInversion(random, n, p) : binomialByRejection(random, n, p);
}

function binomialByInversion(random: Random, n: number, p: number): number {
  const odds = p / (1 - p);
  let term = Math.exp(n * Math.log1p(-p));
  let left = random.uniform();
  let k = 0;
  while (left > term && k < n) {
    left -= term;
    k++;
    term *= ((n - k + 1) / k) * odds;
  }
  return k;
}

function binomialByRejection(random: Random, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const mode = Math.floor((n + 1) * p);
  const logOdds = Math.log(p / (1 - p));
  const height = logFactorial(mode) + logFactorial(n - mode);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n) continue;
    const bound = height - logFactorial(k) - logFactorial(n - k) + (k - mode) * logOdds;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

/** @param mean at least 0 */
export function poisson(random: Random, mean: number): number {
  if (!(mean > 0)) return 0;
  return mean < FEW ? poissonByInversion(random, mean) : poissonByRejection(random, mean);
}

function poissonByInversion(random: Random, mean: number): number {
  let term = Math.exp(-mean);
  let left = random.uniform();
  let k = 0;
  while (left > term && term > 0) {
    left -= term;
    k++;
    term *= mean / k;
  }
  return k;
}

function poissonByRejection(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const logInverseAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4));
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const bound = k * Math.log(mean) - mean - logFactorial(k);
    if (Math.log(v) + logInverseAlpha - Math.log(a / (us * us) + b) <= bound) return k;
  }
}

/**
 * Spreads `n` over cells, cell by cell with what is left.
 * @param shares at least 0, with the sum 1
 * @param into gets the counts added
 */
export function multinomial(random: Random, n: number, shares: Float64Array, into: Uint32Array): void {
  let left = n;
  let rest = 1;
  for (let i = 0; i < shares.length && left > 0; i++) {
    const share = shares[i]!;
    if (share <= 0) continue;
    const count = binomial(random, left, share / rest);
    into[i]! += count;
    left -= count;
    rest -= share;
  }
  // What rounding has left of the last cell's share.
  if (left > 0) into[shares.length - 1]! += left;
}

const TABLE = 256;
const LOG_FACTORIALS = new Float64Array(TABLE);
for (let k = 2; k < TABLE; k++) LOG_FACTORIALS[k] = LOG_FACTORIALS[k - 1]! + Math.log(k);

/** Beyond the table Stirling's series, off by less than 1e-15 relative. */
function logFactorial(k: number): number {
  if (k < TABLE) return LOG_FACTORIALS[k]!;
  const inverse = 1 / (k + 1);
  return (
    (k + 0.5) * Math.log(k + 1) -
    (k + 1) +
    0.5 * Math.log(2 * Math.PI) +
    inverse * (1 / 12 - inverse * inverse * (1 / 360 - (inverse * inverse) / 1260))
  );
}
