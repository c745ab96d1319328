/**
 * Confidence sequence for the ratio of two rates (`statistics.md`, section 3.5): holds at all times at
 * once, so whoever looks at it all day is still right. For display.
 */
import type { TwoCounts } from './increments.ts';
import { finite, logSumExp, tally } from './log-sum.ts';

/** A log grid from a hundredth to a hundredfold. */
export const RATIO_GRID: readonly number[] = Array.from({ length: 41 }, (_, g) => 10 ** (g / 10 - 2));

/** Log likelihoods of each ratio so far; additive, so that those of strata and intervals are summed. */
export function ratioLogLikelihoods({ xC, xS, nC, nS }: TwoCounts, grid = RATIO_GRID): number[] {
  const [c, s] = [tally(nC), tally(nS)];
  if (c === 0 || s === 0) return grid.map(() => 0);
  const x = tally(xC) + tally(xS);
  return grid.map(ratio => finite(tally(xC) * Math.log(ratio) - x * Math.log(c * ratio + s)));
}

/**
 * @param logLikelihoods by ratio of the grid @param alpha in (0, 1) @param grid ascending
 * @returns grid points just outside of what is compatible; null where the grid ends before
 */
export function confidenceSequenceRatio(
  logLikelihoods: readonly number[],
  alpha: number,
  grid = RATIO_GRID,
): { readonly low: number | null; readonly high: number | null } {
  const all = logSumExp(logLikelihoods) - Math.log(grid.length);
  const isInside = grid.map((_, g) => all - finite(logLikelihoods[g] ?? 0) < -Math.log(alpha));
  const first = isInside.indexOf(true);
  const last = isInside.lastIndexOf(true);
  return {
    low: first > 0 ? grid[first - 1]! : null,
    high: last < grid.length - 1 ? grid[last + 1]! : null,
  };
}
