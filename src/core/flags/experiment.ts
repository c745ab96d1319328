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

/** One coin of a flag: everything of it that was counted so far. Plain JSON. */
export interface ExperimentStratum {
  /** All coins of a draw have the same sample. */
  readonly draw: string;
  readonly coin: string;
  readonly weights: Readonly<Record<string, number>>;
  /** Its units are a sample of 2^-halvings of all, see `unit-names.ts`. */
  readonly halvings: number;
  readonly arms: Readonly<Record<string, ArmCounts>>;
}

export type ExperimentState = readonly ExperimentStratum[];

/** Coins of one flag; each new weight is a new one, and the one that was silent for longest is forgotten. */
export const MAX_STRATA = 16;
/** Goals of one coin; those that a document gets beyond are not counted for it. */
export const MAX_GOALS = 16;

/** Adds what is new of a coin, within the same sample as before or of a new coin. */
export function addToExperiment(state: ExperimentState, news: ExperimentStratum): ExperimentState {
  const known = state.find(({ coin }) => coin === news.coin);
  const arms = new Map(Object.entries(known?.arms ?? {}));
  for (const [variant, arm] of Object.entries(news.arms))
    arms.set(variant, added(arms.get(variant) ?? NOBODY, arm));
  const others = state.filter(stratum => stratum !== known);
  return [...others, { ...news, arms: Object.fromEntries(arms) }].slice(-MAX_STRATA);
}

const NOBODY: ArmCounts = { units: 0, goals: {} };

function added(a: ArmCounts, b: ArmCounts): ArmCounts {
  const goals = new Map(Object.entries(a.goals));
  for (const [goal, count] of Object.entries(b.goals)) goals.set(goal, (goals.get(goal) ?? 0) + count);
  return { units: a.units + b.units, goals: Object.fromEntries(goals) };
}

function own<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export interface ArmResult {
  readonly variant: string;
  /** Where they are a sample, as many as it stands for. */
  readonly units: number;
  readonly reached: number;
  /** Of the sample, in [0, 1]; null without a unit. */
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
  const part = alphaOf(state, alpha);
  return [baseline, ...others].map(variant => {
    const ratio = variant === baseline ? null : ratioOf(state, goal, variant, baseline, part);
    return { variant, ...rateOf(state, goal, variant, part), ratio };
  });
}

function rateOf(
  state: ExperimentState,
  goal: string,
  variant: string,
  alpha: number,
): Pick<ArmResult, 'units' | 'reached' | 'rate'> {
  const [all, sample] = [
    { units: 0, reached: 0 },
    { units: 0, reached: 0 },
  ];
  for (const { arms, halvings } of state) {
    const { units, goals } = own(arms, variant) ?? NOBODY;
    const reached = Math.min(own(goals, goal) ?? 0, units);
    sample.units += units;
    sample.reached += reached;
    all.units += units * 2 ** halvings;
    all.reached += reached * 2 ** halvings;
  }
  const { units: n, reached: k } = sample;
  return { ...all, rate: n > 0 ? { value: k / n, ...confidenceSequenceRate(k, n, alpha) } : null };
}

/** What may go wrong because a draw's sample was ever narrowed, as a part of the whole. */
const NARROWED = 1 / (MAX_STRATA + 1);

/**
 * The part of alpha that these samples have. Each sample that a draw can have gives intervals of its own, and
 * when it is narrowed depends on what was counted; so they share alpha, and all of them hold together (union
 * bound over the halvings j of each draw: 1 - c for 0, c/(j(j+1)) for others, which add up to 1).
 */
function alphaOf(state: ExperimentState, alpha: number): number {
  const samples = new Map(state.map(({ draw, halvings }) => [draw, halvings]));
  return [...samples.values()].reduce(
    (part, j) => part * (j === 0 ? 1 - NARROWED : NARROWED / (j * (j + 1))),
    alpha,
  );
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
