/**
 * How far failures come in clusters, measured on stable's own lanes (`statistics.md`, section 3.4): a
 * Poisson count has an index of 1, a client that fails all day a large one. Log increments are divided
 * by it.
 */
import { tally } from './log-sum.ts';

/** Running sums. Plain JSON. */
export interface DispersionState {
  /** Σ (x − mean)² and Σ (L − 1)·mean over intervals: clusters that fit into one interval. */
  readonly squares: number;
  readonly means: number;
  /** Counts by lane since the start: clusters that go on. */
  readonly lanes: readonly number[];
}

/** What is measured is taken a quarter larger: the index is itself an estimate. */
const MARGIN = 1.25;

export function startDispersion(lanes: number): DispersionState {
  return { squares: 0, means: 0, lanes: new Array<number>(lanes).fill(0) };
}

export function addToDispersion(state: DispersionState, counts: readonly number[]): DispersionState {
  const { squares, means } = squaresOf(counts);
  return {
    squares: state.squares + squares,
    means: state.means + means,
    lanes: state.lanes.map((sum, lane) => sum + tally(counts[lane] ?? 0)),
  };
}

function squaresOf(counts: readonly number[]): { squares: number; means: number } {
  const clean = counts.map(tally);
  if (clean.length < 2) return { squares: 0, means: 0 };
  const mean = clean.reduce((sum, x) => sum + x, 0) / clean.length;
  return {
    squares: clean.reduce((sum, x) => sum + (x - mean) ** 2, 0),
    means: (clean.length - 1) * mean,
  };
}

/** Of counts by lane, all of the same expectation; 1 where nothing was counted. */
export function indexOfDispersion(lanes: readonly number[]): number {
  const { squares, means } = squaresOf(lanes);
  return means > 0 ? squares / means : 1;
}

/** The discount b ≥ 1: the larger of both scales, with its margin. */
export function measuredDiscount({ squares, means, lanes }: DispersionState): number {
  const within = means > 0 ? squares / means : 1;
  return Math.max(1, MARGIN * Math.max(within, indexOfDispersion(lanes)));
}
