/** The evidence for people: every criterion between "roll back" and "advance", with its figures in a sentence. */
import { advanceLogE, advanceMargin, isAskedFor, type AdvanceTest } from './advance.ts';
import { eValue, figure, part, percent, ratio, span } from './figures.ts';
import { latencyEvidence } from './latency-evidence.ts';
import type { Counting, Member } from './members.ts';
import { MISMATCH_RATE } from './mismatch.ts';
import { logEValue } from './mixture.ts';
import { NOTHING_OBSERVED, type Observed } from './observed.ts';
import { criterionLogE, loudest, portfolioLogE } from './portfolio.ts';
import type { CountMetric, JudgeSettings, Moment } from './settings.ts';
import type { JudgeState } from './state.ts';
import type { Evidence } from './verdict.ts';
import { unreachable } from '../result.ts';

/** Of one criterion of the comparison. */
export function comparedEvidence(
  state: JudgeState,
  members: readonly Member[],
  criterion: string,
  settings: JudgeSettings,
  moment: Moment,
): Evidence {
  // Of several ways to count the one that says most: those figures are what decides.
  const member = loudest(
    state.portfolio,
    members.filter(one => one.criterion === criterion),
  )!;
  const logE = criterionLogE(state.portfolio, members, criterion);
  const { margin, observed, text } = told(state, members, member, settings, moment);
  return {
    criterion,
    direction: 'rollback',
    logE,
    threshold: null,
    isDecided: state.failed?.criterion === criterion,
    observed: figures(observed),
    margin,
    text: `${text}; e-value ${eValue(logE)}`,
  };
}

interface Told {
  readonly margin: string;
  readonly observed: Observed;
  readonly text: string;
}

function told(
  state: JudgeState,
  members: readonly Member[],
  member: Member,
  settings: JudgeSettings,
  moment: Moment,
): Told {
  const observed = state.observed[member.kind === 'absence' ? 'draws' : member.id] ?? NOTHING_OBSERVED;
  const { candidate } = settings;
  switch (member.kind) {
    case 'count': {
      const margin = marginText(member.ratio, member.absolute);
      const what = countWord(member.metric, member.counting);
      const compared = comparison(observed, what, candidate);
      return { margin, observed, text: `${compared}${rawText(state, member, candidate)}; margin ${margin}` };
    }
    case 'goal': {
      const margin = `${ratio(member.ratio)} × stable at ${member.direction === 'higher' ? 'least' : 'most'}`;
      const compared = comparison(observed, `first conversions of goal ${member.goal}`, candidate);
      return { margin, observed, text: `${compared}; margin ${margin}` };
    }
    case 'latency':
      return latencyEvidence(state, members, settings, moment);
    case 'absence': {
      const all = observed.canary + observed.stable;
      const margin = 'as the weight says';
      return {
        margin,
        observed,
        text: `${figure(observed.canary)} of ${figure(all)} new visitors drawn to ${candidate}`,
      };
    }
    default:
      return unreachable(member);
  }
}

export function marginText(times: number, absolute: number): string {
  return absolute > 0 ? `${ratio(times)} × stable + ${percent(absolute)}` : `${ratio(times)} × stable`;
}

export function countWord(metric: CountMetric, counting: Counting): string {
  const word = metric === 'errors' ? 'failures' : `${metric} answers`;
  if (counting === 'raw') return word;
  return counting === 'day' ? `first ${word}` : `first ${word} in ten minutes`;
}

function comparison(observed: Observed, what: string, candidate: string): string {
  const { canary, stable, expected } = observed;
  const requests = observed.canaryRequests + observed.stableRequests;
  return (
    `${figure(canary)} ${what} on ${candidate}; ${figure(expected)} expected had it behaved as stable ` +
    `in the same intervals (${figure(canary + stable)} in all, ${figure(requests)} requests)`
  );
}

function rawText(state: JudgeState, member: Extract<Member, { kind: 'count' }>, candidate: string): string {
  if (member.counting === 'raw') return '';
  const raw = state.observed[`${member.metric}/raw`];
  if (raw === undefined) return '';
  const [canary, stable] = [part(raw.canary, raw.canaryRequests), part(raw.stable, raw.stableRequests)];
  return `; raw: ${canary} requests on ${candidate}, ${stable} on stable`;
}

function figures({
  canary,
  canaryRequests,
  stable,
  stableRequests,
  expected,
}: Observed): Evidence['observed'] {
  return {
    canary: { count: canary, requests: canaryRequests },
    stable: { count: stable, requests: stableRequests },
    expected,
  };
}

/** The whole comparison: the one with the line. */
export function wholeEvidence(
  state: JudgeState,
  members: readonly Member[],
  { falseRollbackRate }: JudgeSettings,
): Evidence {
  const logE = portfolioLogE(state.portfolio, members);
  const threshold = -Math.log(falseRollbackRate);
  return {
    criterion: 'all',
    direction: 'rollback',
    logE,
    threshold,
    isDecided: state.failed !== null,
    observed: null,
    margin: `e-value ${eValue(threshold)}`,
    text: `${wholeText(state)}: e-value ${eValue(logE)}; rolls back at ${eValue(threshold)}`,
  };
}

/** With the window that the figures are from. */
export function wholeText({ since, evaluatedAt }: JudgeState): string {
  const window = since === null || evaluatedAt === null ? '' : ` over ${span(evaluatedAt - since)}`;
  return `all criteria together${window}`;
}

export function mismatchEvidence(state: JudgeState, { candidate }: JudgeSettings): Evidence {
  const logE = logEValue(state.mismatch);
  const threshold = -Math.log(MISMATCH_RATE);
  const draws = state.observed.draws ?? NOTHING_OBSERVED;
  const all = draws.canary + draws.stable;
  return {
    criterion: 'mismatch',
    direction: 'rollback',
    logE,
    threshold,
    isDecided: logE >= threshold,
    observed: figures(draws),
    margin: 'as the weight says',
    text:
      `${figure(draws.canary)} of ${figure(all)} new visitors drawn to ${candidate}, ` +
      `${figure(draws.expected)} expected by the weights; e-value ${eValue(logE)}, holds at ${eValue(threshold)}`,
  };
}

/** Of what an advance to the next weight is asked for; null for what is not asked for at this weight. */
export function advanceEvidence(
  state: JudgeState,
  test: AdvanceTest,
  settings: JudgeSettings,
  moment: Moment,
): Evidence | null {
  if (moment.nextWeight === null || !isAskedFor(test, moment.weight)) return null;
  const logE = advanceLogE(state.advance, test, settings.blastRadius, moment.nextWeight);
  const threshold = -Math.log(settings.falsePromotionRate);
  const id =
    test.kind === 'count'
      ? `${test.metric}/${test.counting}`
      : test.kind === 'goal'
        ? test.criterion
        : 'latency/p50';
  const observed = state.observed[id] ?? NOTHING_OBSERVED;
  const margin = advanceMarginText(test, settings, moment.nextWeight);
  return {
    criterion: test.criterion,
    direction: 'advance',
    logE,
    threshold,
    isDecided: logE >= threshold,
    observed: figures(observed),
    margin,
    text:
      `not worse than ${margin}, as ${figure(moment.nextWeight)} % needs it: ` +
      `e-value ${eValue(logE)} of ${eValue(threshold)} after ${figure(observed.canaryRequests)} requests on ${settings.candidate}`,
  };
}

function advanceMarginText(test: AdvanceTest, settings: JudgeSettings, nextWeight: number): string {
  switch (test.kind) {
    case 'count':
      return marginText(test.ratio, advanceMargin(test.absolute, settings.blastRadius, nextWeight));
    case 'goal':
      return marginText(test.ratio, 0);
    case 'latency':
      return marginText(2 ** (test.buckets / 8), 0);
    default:
      return unreachable(test);
  }
}
