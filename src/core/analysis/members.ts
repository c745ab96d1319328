/** Which tests a plan's criteria become, and what part of the rate each may spend (judging.md, section 2). */
import { unreachable } from '../result.ts';
import { criterionName, type Criterion, type CountMetric, type JudgeSettings } from './settings.ts';

/** What a latency test looks at: requests above stable's quantile, or all by their rank. */
export const SCORES = ['p50', 'p90', 'p99', 'ranks'] as const;
export type Score = (typeof SCORES)[number];

/** How often one visitor may count: with every request, once in 24 hours, or once in 10 minutes. */
export type Counting = 'raw' | 'day' | 'tenMinutes';

interface Shared {
  /** Key in the judge's state. */
  readonly id: string;
  readonly criterion: string;
  /** Part of the portfolio, in (0, 1]. */
  readonly share: number;
}

export type CountMember = Shared & {
  readonly kind: 'count';
  readonly metric: CountMetric;
  readonly counting: Counting;
  readonly ratio: number;
  readonly absolute: number;
};
export type GoalMember = Shared & {
  readonly kind: 'goal';
  readonly goal: string;
  readonly ratio: number;
  readonly direction: 'higher' | 'lower';
};
export type LatencyMember = Shared & {
  readonly kind: 'latency';
  readonly score: Score;
  readonly ratio: number;
};
export type AbsenceMember = Shared & { readonly kind: 'absence' };
export type Member = CountMember | GoalMember | LatencyMember | AbsenceMember;

const ABSENCE_SHARE = 0.05;

/** The portfolio: absence where draws are counted, the rest in equal parts to the comparative criteria. */
export function membersOf({ criteria, countsDraws, sticky }: JudgeSettings): Member[] {
  const absence: Member[] = countsDraws
    ? [{ kind: 'absence', id: 'absence', criterion: 'absence', share: ABSENCE_SHARE }]
    : [];
  const compared = criteria.filter(({ kind }) => kind !== 'limit' && kind !== 'latency-limit');
  const share = (countsDraws ? 1 - ABSENCE_SHARE : 1) / compared.length;
  return [...absence, ...compared.flatMap(criterion => membersOfCriterion(criterion, share, sticky))];
}

function membersOfCriterion(criterion: Criterion, share: number, isSticky: boolean): Member[] {
  const name = criterionName(criterion);
  switch (criterion.kind) {
    case 'tolerance': {
      const { metric, ratio, absolute } = criterion;
      const countings: Counting[] = isSticky ? ['day', 'tenMinutes'] : ['raw'];
      return countings.map(counting => ({
        kind: 'count',
        id: `${name}/${counting}`,
        criterion: name,
        share: share / countings.length,
        metric,
        counting,
        ratio,
        absolute,
      }));
    }
    case 'latency':
      return SCORES.map(score => ({
        kind: 'latency',
        id: `${name}/${score}`,
        criterion: name,
        share: share / SCORES.length,
        score,
        ratio: criterion.ratio,
      }));
    case 'goal': {
      const { goal, ratio, direction } = criterion;
      return [{ kind: 'goal', id: name, criterion: name, share, goal, ratio, direction }];
    }
    case 'limit':
    case 'latency-limit':
      return [];
    default:
      return unreachable(criterion);
  }
}
