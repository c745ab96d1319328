/**
 * A flag's experiment: for each variant, how many units saw it and how many of them reached each goal, with
 * intervals that hold at all times at once: whoever looks every minute and stops when he likes is still right.
 *
 * The rates' intervals take every unit for one trial. The ratio to the baseline needs less: that of all
 * conversions of one coin each falls to a variant by its weight and its rate. Conversions that come late, or
 * in bursts, come so for all variants alike.
 */
import { confidenceSequenceRate } from '../analysis/rate-sequence.ts';
import { confidenceSequenceRatio, ratioLogLikelihoods } from '../analysis/ratio-sequence.ts';

/** Units that saw a variant for the first time, and those of them that reached a goal for the first time. */
export interface ArmCounts {
  readonly units: number;
  readonly goals: Readonly<Record<string, number>>;
}

/** One coin of a flag, see {@link Drawn}: everything of it that was counted so far. Plain JSON. */
export interface ExperimentStratum {
  readonly coin: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly arms: Readonly<Record<string, ArmCounts>>;
}

export type ExperimentState = readonly ExperimentStratum[];

/** Coins of one flag; each new weight is a new one, and the oldest is forgotten. */
export const MAX_STRATA = 16;

export function addToExperiment(
  state: ExperimentState,
  { coin, weights, arms }: ExperimentStratum,
): ExperimentState {
  const known = state.find(stratum => stratum.coin === coin);
  if (known === undefined) return [...state, { coin, weights, arms }].slice(-MAX_STRATA);
  const names = new Set([...Object.keys(known.arms), ...Object.keys(arms)]);
  const sum = Object.fromEntries(
    [...names].map(name => [name, added(own(known.arms, name), own(arms, name))]),
  );
  return state.map(stratum => (stratum === known ? { ...known, arms: sum } : stratum));
}

const NOBODY: ArmCounts = { units: 0, goals: {} };

function added(a: ArmCounts = NOBODY, b: ArmCounts = NOBODY): ArmCounts {
  const names = new Set([...Object.keys(a.goals), ...Object.keys(b.goals)]);
  const goals = [...names].map(
    name => [name, (own(a.goals, name) ?? 0) + (own(b.goals, name) ?? 0)] as const,
  );
  return { units: a.units + b.units, goals: Object.fromEntries(goals) };
}

function own<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export interface ArmResult {
  readonly variant: string;
  readonly units: number;
  readonly reached: number;
  /** In [0, 1]; null without a unit. */
  readonly rate: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** The rate's ratio to the baseline's; null of itself, and while there is nothing to compare. Null bounds: beyond 0.1 or 10. */
  readonly ratio: { readonly low: number | null; readonly high: number | null } | null;
}

/** Ratios in steps of 1.2 %, from a tenth to tenfold. */
const GRID: readonly number[] = Array.from({ length: 401 }, (_, g) => 10 ** ((g - 200) / 200));

/**
 * @param goal of the rollout
 * @param baseline name of the variant that the others are compared with
 * @param alpha in (0, 1), of each interval by itself
 * @returns the baseline first, then the others by name
 */
export function experimentResult(
  state: ExperimentState,
  goal: string,
  baseline: string,
  alpha: number,
): ArmResult[] {
  const names = new Set(state.flatMap(({ arms }) => Object.keys(arms)));
  const others = [...names].filter(name => name !== baseline).sort((a, b) => (a < b ? -1 : 1));
  return [baseline, ...others].map(variant => {
    const all = state.map(({ arms }) => own(arms, variant) ?? NOBODY);
    const units = all.reduce((sum, arm) => sum + arm.units, 0);
    const reached = all.reduce((sum, arm) => sum + (own(arm.goals, goal) ?? 0), 0);
    const rate =
      units > 0
        ? { value: reached / units, ...confidenceSequenceRate(Math.min(reached, units), units, alpha) }
        : null;
    const ratio = variant === baseline ? null : ratioOf(state, goal, variant, baseline, alpha);
    return { variant, units, reached, rate, ratio };
  });
}

function ratioOf(
  state: ExperimentState,
  goal: string,
  variant: string,
  baseline: string,
  alpha: number,
): ArmResult['ratio'] {
  const sums = GRID.map(() => 0);
  let conversions = 0;
  for (const { weights, arms } of state) {
    const [xC, xS] = [variant, baseline].map(name => own(own(arms, name)?.goals ?? {}, goal) ?? 0) as [
      number,
      number,
    ];
    const [nC, nS] = [own(weights, variant) ?? 0, own(weights, baseline) ?? 0];
    if (nC === 0 || nS === 0) continue;
    conversions += xC + xS;
    ratioLogLikelihoods({ xC, xS, nC, nS }, GRID).forEach((log, g) => (sums[g]! += log));
  }
  return conversions === 0 ? null : confidenceSequenceRatio(sums, alpha, GRID);
}
