/**
 * Latencies of the simulated service: log-normal with p50 80 ms, p90 196 ms and p99 408 ms. They are
 * handled as octaves (log2 of seconds), where a service that is 1.2 times as slow is a constant more.
 */
import { BUCKETS, FIRST } from '../src/core/analysis/histogram.ts';
import type { Random } from './random.ts';
import { multinomial } from './sampling.ts';

const MEDIAN_OCTAVES = Math.log2(0.08);
/** ln(408 / 80) / 2.326, in octaves. */
const SIGMA_OCTAVES = 0.7004 / Math.LN2;

/** How much slower than usual a request is, in octaves, by where it stands among all (a normal deviate). */
export type Slowdown = (deviate: number) => number;

export const asUsual: Slowdown = () => 0;

/** Everything by the same factor. */
export function slowerBy(factor: number): Slowdown {
  const octaves = Math.log2(factor);
  return () => octaves;
}

const Z95 = 1.6449;
const Z99 = 2.3263;

/** Nothing up to p95, p99 by that factor, and beyond it more. */
export function slowerTail(factor: number): Slowdown {
  const octaves = Math.log2(factor);
  return deviate => (Math.max(0, deviate - Z95) / (Z99 - Z95)) * octaves;
}

const STEPS = 2 ** 14;
/** The middles of 16,384 equally likely slices of the normal distribution: drawing one costs an index. */
const DEVIATES = Float64Array.from({ length: STEPS }, (_, i) => normalQuantile((i + 0.5) / STEPS));

export function drawDeviate(random: Random): number {
  return DEVIATES[random.word() >>> 18]!;
}

/** Position in the histogram's buckets. @param octaves how much slower than the median request of a usual day */
export function positionOf(deviate: number, octaves: number): number {
  const bucket = Math.ceil(8 * (MEDIAN_OCTAVES + SIGMA_OCTAVES * deviate + octaves)) - 1;
  return Math.min(Math.max(bucket - FIRST, 0), BUCKETS - 1);
}

/** Below so many one after the other is cheaper. */
const MANY = 400;

/** Adds the latencies of `n` requests, each drawn by itself. @param drift octaves that the whole day shifts */
export function addLatencies(
  random: Random,
  n: number,
  slowdown: Slowdown,
  drift: number,
  into: Uint32Array,
): void {
  if (n >= MANY) {
    multinomial(random, n, sharesOf(slowdown, drift), into);
    return;
  }
  for (let i = 0; i < n; i++) {
    const deviate = drawDeviate(random);
    into[positionOf(deviate, slowdown(deviate) + drift)]! += 1;
  }
}

const SLICES = 1024;
const kept = new Map<Slowdown, Map<number, Float64Array>>();

/**
 * By bucket, what share of requests it holds. Kept by slowdown and drift in steps of 1/512 octave
 * (0.14 %), both arms alike: a day meets some 240 of them.
 */
function sharesOf(slowdown: Slowdown, drift: number): Float64Array {
  const step = Math.round(drift * 512);
  const byDrift = kept.get(slowdown) ?? new Map<number, Float64Array>();
  kept.set(slowdown, byDrift);
  const known = byDrift.get(step);
  if (known !== undefined) return known;
  const shares = new Float64Array(BUCKETS);
  for (let i = 0; i < STEPS; i += STEPS / SLICES / 4) {
    const deviate = DEVIATES[i]!;
    shares[positionOf(deviate, slowdown(deviate) + step / 512)]! += 1 / (SLICES * 4);
  }
  byDrift.set(step, shares);
  return shares;
}

/**
 * Acklam, An algorithm for computing the inverse normal cumulative distribution function: off by less
 * than 1.2e-9 relative.
 * @param p in (0, 1)
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      polynomial(
        q,
        [
          -7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
          4.374664141464968, 2.938163982698783,
        ],
      ) / polynomial(q, [7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1])
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    (q *
      polynomial(
        r,
        [
          -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
          2.506628277459239,
        ],
      )) /
    polynomial(
      r,
      [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
    )
  );
}

/** @param coefficients highest power first */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
