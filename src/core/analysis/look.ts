/** One look at an interval: what it adds to the evidence. Nothing is decided here. */
import { addToAdvance, advanceTestsOf, type AdvanceTest } from './advance.ts';
import { countOf, twoCounts } from './count-test.ts';
import { addToDispersion, measuredDiscount, type DispersionState } from './dispersion.ts';
import { addToFeed, startFeed } from './feed.ts';
import type { TwoCounts } from './increments.ts';
import type { Interval } from './interval.ts';
import type { LatencyScale } from './latency-scale.ts';
import type { LatencyContext } from './latency-test.ts';
import { armCounts, isLimit, startLimit, updateLimit, type LimitState } from './limits.ts';
import { membersOf, type Member } from './members.ts';
import { mismatchIncrements } from './mismatch.ts';
import { updateMixture } from './mixture.ts';
import { NOTHING_OBSERVED, countsOfMember, observe, observeDraws, type Observed } from './observed.ts';
import { mergePairs, pairsOf, pseudoPairs, weightShare, type Pair } from './pairs.ts';
import { portfolioLogE, strongest, updatePortfolio, type PortfolioContext } from './portfolio.ts';
import { criterionName, type CountMetric, type JudgeSettings, type Moment } from './settings.ts';
import { referenceAfter, scaleOf } from './reference.ts';
import { addToRaw } from './raw-share.ts';
import { addToSpread } from './spread.ts';
import type { JudgeState } from './state.ts';
import { addToStep, hasVisitors, startStep } from './step.ts';

/** Gain of one bet in one evaluation, as a logarithm; `steady` allows it in so many milliseconds. */
const CAP = 5;
const STEADY_MS = 10_000;
/** Less is not judged at once: with one request on either side even an outage proves next to nothing. */
const EXPECTED_REQUESTS = 2;
const WAIT_MS = 10_000;
const WAITING_PAIRS = 8;

export function look(
  state: JudgeState,
  interval: Interval | null,
  settings: JudgeSettings,
  moment: Moment,
): JudgeState {
  const feed = addToFeed(state.feed ?? startFeed(moment.now), interval, moment.now);
  const step = state.step?.since === moment.stepSince ? state.step : startStep(moment.stepSince);
  const here = { ...state, feed, step };
  const after = interval === null ? here : addInterval(here, interval, settings, moment);
  const { pending } = after;
  if (pending === null || !isEnough(pending, interval?.to ?? moment.now)) return after;
  return evaluate({ ...after, pending: null }, here, pending, settings, moment);
}

type Here = JudgeState & { readonly step: NonNullable<JudgeState['step']> };

function addInterval(state: Here, interval: Interval, settings: JudgeSettings, moment: Moment): Here {
  const pairs = pairsOf(interval, settings.candidate, moment.excluded).filter(hasAnything);
  const arms = {
    canary: armCounts(interval, settings.candidate, moment.excluded),
    stable: armCounts(interval, 'stable', moment.excluded),
  };
  const since = Math.min(state.pending?.since ?? interval.from, interval.from);
  const waiting = mergePairs([...(state.pending?.pairs ?? []), ...pairs]);
  return {
    ...state,
    pending: waiting.length === 0 ? null : { since, pairs: waiting },
    step: addToStep(state.step, pairs, arms.canary, interval, settings.sticky),
    limits: limitsAfter(state, arms, settings, interval),
  };
}

function hasAnything({ canary, stable }: Pair): boolean {
  return canary.requests + stable.requests + canary.draws + stable.draws > 0;
}

function limitsAfter(
  state: JudgeState,
  arms: Parameters<typeof updateLimit>[2],
  settings: JudgeSettings,
  interval: Interval,
): Record<string, LimitState> {
  const options = {
    cap: capOf(settings, interval.to - interval.from),
    alpha: settings.falseRollbackRate,
    at: interval.to,
  };
  return Object.fromEntries(
    settings.criteria.filter(isLimit).map(limit => {
      const name = criterionName(limit);
      return [name, updateLimit(state.limits[name] ?? startLimit(), limit, arms, options)];
    }),
  );
}

/** Below the line whatever the rate is: a single look never decides. */
function capOf({ reaction, falseRollbackRate }: JudgeSettings, elapsedMs: number): number {
  const cap = Math.min(CAP, -Math.log(falseRollbackRate));
  return reaction === 'fast' ? cap : cap * Math.min(1, Math.max(elapsedMs, 0) / STEADY_MS);
}

/** By clock and volume only, never by what happened: otherwise the tests would not hold. */
function isEnough({ since, pairs }: NonNullable<JudgeState['pending']>, until: number): boolean {
  const expected = pairs.reduce(
    (sum, pair) => sum + (pair.canary.requests + pair.stable.requests) * weightShare(pair),
    0,
  );
  return expected >= EXPECTED_REQUESTS || until - since >= WAIT_MS || pairs.length > WAITING_PAIRS;
}

/** @param before what was known before this interval: by it the interval is judged */
function evaluate(
  state: JudgeState,
  before: Here,
  { since, pairs }: NonNullable<JudgeState['pending']>,
  settings: JudgeSettings,
  moment: Moment,
): JudgeState {
  const members = membersOf(settings);
  const tests = advanceTestsOf(settings);
  const scale = scaleOf(before, settings);
  const latency = latencyContext(before, scale, since, settings, moment);
  const context: PortfolioContext = {
    dispersion: before.dispersion,
    latency,
    cap: capOf(settings, moment.now - (before.evaluatedAt ?? since)),
  };
  const compared = members.filter(({ kind }) => kind !== 'absence');
  const pseudo = updatePortfolio(before.pseudo, compared, pseudoPairs(pairs), context);
  return {
    ...state,
    since: before.since ?? since,
    evaluatedAt: moment.now,
    portfolio: updatePortfolio(before.portfolio, members, pairs, context),
    pseudo,
    distrusted: distrustedAfter(before.distrusted, pseudo, compared, settings),
    dispersion: dispersionAfter(before.dispersion, pairs),
    reference: scale === null ? referenceAfter(before.reference, pairs) : before.reference,
    spread: scale === null ? before.spread : addToSpread(before.spread, pairs, scale),
    raw: addToRaw(before.raw, pairs),
    mismatch: settings.countsDraws ? mismatchAfter(before, pairs, context.cap) : before.mismatch,
    advance: addToAdvance(before.advance, tests, pairs, discountsOf(before.dispersion), latency),
    observed: observedAfter(before.observed, members, tests, pairs, latency),
  };
}

function latencyContext(
  state: Here,
  scale: LatencyScale | null,
  since: number,
  { sticky, warmupMs }: JudgeSettings,
  { raisedAt }: Moment,
): LatencyContext | null {
  const isWarm = raisedAt === null || since >= raisedAt + warmupMs;
  if (scale === null || !isWarm || (sticky && !hasVisitors(state.step))) return null;
  return { scale, spread: sticky ? state.spread : null };
}

function distrustedAfter(
  distrusted: readonly string[],
  pseudo: JudgeState['pseudo'],
  members: readonly Member[],
  { falseRollbackRate }: JudgeSettings,
): readonly string[] {
  const trusted = members.filter(({ criterion }) => !distrusted.includes(criterion));
  if (trusted.length === 0 || portfolioLogE(pseudo, trusted) < -Math.log(falseRollbackRate))
    return distrusted;
  return [...distrusted, strongest(pseudo, trusted)!];
}

function dispersionAfter(state: JudgeState['dispersion'], pairs: readonly Pair[]): JudgeState['dispersion'] {
  const lanesOf = (metric: CountMetric) =>
    pairs
      .map(({ lanes }) => lanes.map(lane => countOf(lane, metric, 'tenMinutes')))
      .reduce((sum, lanes) => sum.map((count, lane) => count + lanes[lane]!));
  return Object.fromEntries(
    Object.entries(state).map(([metric, measured]: [string, DispersionState]) => [
      metric,
      addToDispersion(measured, lanesOf(metric as CountMetric)),
    ]),
  );
}

function discountsOf(dispersion: JudgeState['dispersion']): Record<CountMetric, number> {
  const of = (metric: CountMetric) => {
    const measured = dispersion[metric];
    return measured === undefined ? 1 : measuredDiscount(measured);
  };
  return { errors: of('errors'), '4xx': of('4xx'), '3xx': of('3xx') };
}

function mismatchAfter(state: JudgeState, pairs: readonly Pair[], cap: number): JudgeState['mismatch'] {
  const sums = pairs
    .map(pair => {
      const { canary, stable } = pair;
      return mismatchIncrements(canary.draws, canary.draws + stable.draws, weightShare(pair));
    })
    .reduce((sum, increments) => sum.map((x, g) => x + increments[g]!));
  return updateMixture(state.mismatch, sums, { cap });
}

function observedAfter(
  observed: JudgeState['observed'],
  members: readonly Member[],
  tests: readonly AdvanceTest[],
  pairs: readonly Pair[],
  latency: LatencyContext | null,
): JudgeState['observed'] {
  const after: Record<string, Observed> = { ...observed };
  const add = (key: string, counts: TwoCounts) =>
    (after[key] = observe(after[key] ?? NOTHING_OBSERVED, counts));
  const counted = [...members, ...tests].filter(test => test.kind === 'count');
  // By test, and for people also as they came.
  const kinds = counted.flatMap(({ metric, counting }) => [
    [metric, counting] as const,
    [metric, 'raw'] as const,
  ]);
  const keys = new Map(kinds.map(kind => [kind.join('/'), kind]));
  for (const pair of pairs) {
    for (const [key, [metric, counting]] of keys) add(key, twoCounts(pair, metric, counting));
    for (const member of members) {
      const counts = countsOfMember(member, pair, latency);
      if (counts !== null) add(member.id, counts);
    }
    after.draws = observeDraws(after.draws ?? NOTHING_OBSERVED, pair);
  }
  return after;
}
