/** Whether the split draws as it should (`statistics.md`, section 3.5): on draws, never on requests of sticky visitors. */
import { bernoulliLogIncrement } from './increments.ts';
import { mixtureLogEValue, uniformLogPrior } from './mixture.ts';

export const MISMATCH_GRID: readonly number[] = [0.02, 0.25, 0.5, 0.8, 0.9, 1.1, 1.25, 2, 4, 10];
/** The chance that a correct split is ever said to be wrong, per start. */
export const MISMATCH_RATE = 0.001;

/** By bet of {@link MISMATCH_GRID}. @param nC draws of the canary among n @param w its share, in (0, 1) */
export function mismatchIncrements(nC: number, n: number, w: number): number[] {
  return MISMATCH_GRID.map(m => bernoulliLogIncrement(nC, n, w, m));
}

/** Log e-value against "nC of n were drawn with probability w". */
export function sampleRatioMismatch(nC: number, n: number, w: number): number {
  return mixtureLogEValue(mismatchIncrements(nC, n, w), uniformLogPrior(MISMATCH_GRID.length));
}
