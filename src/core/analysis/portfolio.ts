/**
 * All tests of a comparison together: the average of their e-values is one, so the whole keeps its rate
 * however many there are (statistics.md, section 3.5).
 */
import { DAY_DISCOUNT, countIncrements, goalIncrements } from './count-test.ts';
import { measuredDiscount, type DispersionState } from './dispersion.ts';
import { bernoulliLogIncrement } from './increments.ts';
import { betsOf, latencyIncrements, type LatencyContext } from './latency-test.ts';
import type { Member } from './members.ts';
import {
  ROLLBACK_GRID,
  averageLogEValue,
  logEValue,
  startMixture,
  updateMixture,
  type MixtureState,
} from './mixture.ts';
import { weightShare, type Pair } from './pairs.ts';
import type { CountMetric } from './settings.ts';
import { unreachable } from '../result.ts';

/** By member. Plain JSON. */
export type PortfolioState = Readonly<Record<string, MixtureState>>;

export interface PortfolioContext {
  /** As measured before this interval; a metric that is not in it was not measured. */
  readonly dispersion: Readonly<Partial<Record<CountMetric, DispersionState>>>;
  /** Null while latency is not judged. */
  readonly latency: LatencyContext | null;
  /** Highest gain of a bet in this evaluation. */
  readonly cap: number;
}

export function startPortfolio(members: readonly Member[]): PortfolioState {
  return Object.fromEntries(members.map(member => [member.id, startMixture(betsOfMember(member))]));
}

/** Of absence: a canary that gets a hundredth of its draws, which is as good as none and stays finite. */
const ABSENT = 0.01;

function betsOfMember(member: Member): number {
  switch (member.kind) {
    case 'count':
    case 'goal':
      return ROLLBACK_GRID.length;
    case 'latency':
      return betsOf(member.score);
    case 'absence':
      return 1;
    default:
      return unreachable(member);
  }
}

export function updatePortfolio(
  state: PortfolioState,
  members: readonly Member[],
  pairs: readonly Pair[],
  context: PortfolioContext,
): PortfolioState {
  return Object.fromEntries(
    members.map(member => {
      const mixture = state[member.id] ?? startMixture(betsOfMember(member));
      const increments = incrementsOf(member, pairs, context);
      if (increments === null) return [member.id, mixture];
      const discount = discountOf(member, context);
      return [member.id, updateMixture(mixture, increments, { discount, cap: context.cap })];
    }),
  );
}

/** Null where this interval says nothing of it: no evaluation. */
function incrementsOf(member: Member, pairs: readonly Pair[], context: PortfolioContext): number[] | null {
  switch (member.kind) {
    case 'count':
      return countIncrements(pairs, member, member.absolute);
    case 'goal':
      return goalIncrements(pairs, member);
    case 'latency':
      return context.latency === null
        ? null
        : latencyIncrements(pairs, context.latency, member.score, member.ratio);
    case 'absence':
      return [pairs.reduce((sum, pair) => sum + absenceIncrement(pair), 0)];
    default:
      return unreachable(member);
  }
}

function absenceIncrement(pair: Pair): number {
  const { canary, stable } = pair;
  return bernoulliLogIncrement(canary.draws, canary.draws + stable.draws, weightShare(pair), ABSENT);
}

function discountOf(member: Member, { dispersion }: PortfolioContext): number {
  if (member.kind === 'goal') return DAY_DISCOUNT;
  if (member.kind !== 'count' || member.counting === 'raw') return 1;
  if (member.counting === 'day') return DAY_DISCOUNT;
  const measured = dispersion[member.metric];
  return measured === undefined ? 1 : measuredDiscount(measured);
}

/** Log e-value of so many members together, with the parts they have of the whole. */
export function portfolioLogE(state: PortfolioState, members: readonly Member[]): number {
  return averageLogEValue(
    members.map(({ id }) => (state[id] === undefined ? 0 : logEValue(state[id]))),
    members.map(({ share }) => share),
  );
}

/** The same of one criterion by itself: its members' parts add up to 1. */
export function criterionLogE(state: PortfolioState, members: readonly Member[], criterion: string): number {
  const own = members.filter(member => member.criterion === criterion);
  const whole = own.reduce((sum, { share }) => sum + share, 0);
  return portfolioLogE(
    state,
    own.map(member => ({ ...member, share: member.share / whole })),
  );
}

/** The criterion that has most of the e-value; undefined without any. */
export function strongest(state: PortfolioState, members: readonly Member[]): string | undefined {
  let [name, most]: [string | undefined, number] = [undefined, -Infinity];
  for (const criterion of new Set(members.map(member => member.criterion))) {
    const logE = portfolioLogE(
      state,
      members.filter(member => member.criterion === criterion),
    );
    if (logE > most) [name, most] = [criterion, logE];
  }
  return name;
}

/** Which of several members says most against the canary. */
export function loudest<M extends Member>(state: PortfolioState, members: readonly M[]): M | undefined {
  const logEOf = ({ id }: M): number => {
    const mixture = state[id];
    return mixture === undefined ? 0 : logEValue(mixture);
  };
  return members.reduce<M | undefined>(
    (best, member) => (best === undefined || logEOf(member) > logEOf(best) ? member : best),
    undefined,
  );
}
