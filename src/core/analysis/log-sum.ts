/** Sums of numbers that are kept as logarithms, because e-values outgrow any double. */

/** ln Σ exp(x); −1e300 for nothing at all. What is not a number counts as nothing. */
export function logSumExp(logs: readonly number[]): number {
  let top = -Infinity;
  for (const log of logs) if (log > top) top = log;
  if (!Number.isFinite(top)) return finite(top);
  let sum = 0;
  for (const log of logs) if (!Number.isNaN(log)) sum += Math.exp(log - top);
  return top + Math.log(sum);
}

/** The same of two. */
export function logAddExp(a: number, b: number): number {
  const [top, low] = a > b ? [a, b] : [b, a];
  return top + Math.log1p(Math.exp(low - top));
}

/** Large enough for the evidence of any count, small enough that sums of it stay finite. */
const EXTREME = 1e300;

/** A number that JSON can hold: what is none is 0, no evidence either way. */
export function finite(x: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.min(Math.max(x, -EXTREME), EXTREME);
}

/** A count as it can be meant: whatever is not a positive number is 0. */
export function tally(x: number): number {
  return x > 0 ? Math.min(x, Number.MAX_SAFE_INTEGER) : 0;
}

/** A probability as it can be meant. */
export function probability(x: number): number {
  return x > 0 ? Math.min(x, 1) : 0;
}
