/**
 * Bets on how much worse the canary is, held together: `statistics.md`, section 3.3. A mixture is a
 * test martingale, so the chance that it ever reaches 1/α is at most α, however often one looks.
 */
import { finite, logAddExp, logSumExp } from './log-sum.ts';

/** How many times the odds are multiplied: of a rollback; its reciprocals where less is worse. */
export const ROLLBACK_GRID: readonly number[] = [1.1, 1.2, 1.4, 1.7, 2, 3, 5, 10, 30, 100];
/** The same of an advance: how many times better than the margin. */
export const ADVANCE_GRID: readonly number[] = [0.01, 0.2, 0.35, 0.5, 0.65, 0.75, 0.85, 0.93];
/** Strengths of the tilt by ranks. */
export const TILT_GRID: readonly number[] = [0.15, 0.3, 0.6, 1.2, 2.4];

/** Part of the stake that is never bet. */
const CASH = 0.25;
/** Below it a weight tells nothing any more; it keeps the state finite for JSON. */
const LOWEST = -1e6;

/** Plain JSON. */
export interface MixtureState {
  /** Evaluations so far. */
  readonly k: number;
  /** Logarithm of what is in cash, then of what is on each bet. */
  readonly logW: readonly number[];
  /** Highest log e-value so far. */
  readonly maxLogE: number;
}

export interface MixtureOptions {
  /** Dispersion b ≥ 1 by which every increment is divided, before the cap. */
  readonly discount?: number;
  /** Highest gain of a bet in one evaluation; at least two must agree that way. */
  readonly cap?: number;
  /** Part of every stake that is spread anew; falls with the evaluations, so that a late regression is found. */
  readonly hazard?: number;
  /** Part of the stake by bet, as at the start. */
  readonly shares?: readonly number[];
}

export function startMixture(bets: number, shares = equalShares(bets)): MixtureState {
  return { k: 0, logW: [cashOf(shares), ...shares].map(Math.log), maxLogE: 0 };
}

function equalShares(bets: number): readonly number[] {
  return new Array<number>(bets).fill((1 - CASH) / bets);
}

function cashOf(shares: readonly number[]): number {
  return shares.reduce((rest, share) => rest - share, 1);
}

/** @param increments of each bet, in the grid's order; one that is missing gains nothing */
export function updateMixture(
  state: MixtureState,
  increments: readonly number[],
  {
    discount = 1,
    cap = Infinity,
    hazard = 1 / (1001 + state.k),
    shares = equalShares(state.logW.length - 1),
  }: MixtureOptions = {},
): MixtureState {
  const cash = cashOf(shares);
  const b = discount > 1 ? discount : 1;
  const after = state.logW.map((logW, g) =>
    g === 0 ? logW : logW + Math.min(finite((increments[g - 1] ?? 0) / b), cap),
  );
  const logE = logSumExp(after);
  const kept = Math.log1p(-hazard);
  const logW = after.map((log, g) => {
    const anew = Math.log(hazard * (g === 0 ? cash : shares[g - 1]!)) + logE;
    return Math.max(finite(logAddExp(kept + log, anew)), LOWEST);
  });
  return { k: state.k + 1, logW, maxLogE: Math.max(state.maxLogE, logE) };
}

export function logEValue(state: MixtureState): number {
  return finite(logSumExp(state.logW));
}

/** Bets that are never moved: increments summed over all data, one prior. @param logPrior by bet */
export function mixtureLogEValue(sums: readonly number[], logPrior: readonly number[]): number {
  return finite(logSumExp(sums.map((sum, g) => finite(sum) + (logPrior[g] ?? -Infinity))));
}

export function uniformLogPrior(bets: number): number[] {
  return new Array<number>(bets).fill(-Math.log(bets));
}

/** The average of e-values is an e-value (Vovk and Wang 2021). @param weights sum to 1 */
export function averageLogEValue(logEs: readonly number[], weights: readonly number[]): number {
  return finite(logSumExp(logEs.map((logE, i) => Math.log(weights[i] ?? 0) + finite(logE))));
}

/** For display: holds at any time, unlike a p-value that is computed at each look. */
export function anytimePValue(maxLogE: number): number {
  return Math.min(1, Math.exp(-finite(maxLogE)));
}
