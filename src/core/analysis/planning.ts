/**
 * What a plan can be expected to do at the traffic there is, said before it starts (statistics.md,
 * section 3.6): expected growth of the evidence per request, no simulation, so "about" belongs before
 * every figure.
 */
import { advanceMargin, advanceTestsOf, isAskedFor, type AdvanceTest } from './advance.ts';
import { DAY_DISCOUNT } from './count-test.ts';
import type { LatencyScale } from './latency-scale.ts';
import { logSumExp } from './log-sum.ts';
import { membersOf } from './members.ts';
import { ADVANCE_GRID, ROLLBACK_GRID } from './mixture.ts';
import type { JudgeSettings } from './settings.ts';

/** Of the last day, on stable. */
export interface Traffic {
  /** Of both variants together. */
  readonly requestsPerSecond: number;
  /** In [0, 1]. */
  readonly errorRatio: number;
  /** Null where too little was seen to say what is slow. */
  readonly scale: LatencyScale | null;
}

/** Evidence that the winning bet needs beyond its line, to come out of the mixture (ibid.). */
const MIXTURE_COST = 2.5;
/** Two looks must agree. */
const LEAST_SECONDS = 4;

/**
 * How long until a canary with so many times stable's errors is rolled back.
 * @param weight percent, in (0, 100) @param times > 1
 * @returns seconds; null if never: there is no traffic, nothing to multiply, or it is within the margin
 */
export function secondsToDetect(
  { requestsPerSecond, errorRatio }: Traffic,
  weight: number,
  times: number,
  settings: JudgeSettings,
): number | null {
  const member = membersOf(settings).find(one => one.kind === 'count' && one.metric === 'errors');
  if (member?.kind !== 'count') return null;
  const w = weight / 100;
  const canary = Math.min(errorRatio * times, 1);
  const growths = ROLLBACK_GRID.map(m => {
    const { log, perMargin } = growth(canary, errorRatio, w, m, member.ratio);
    return log - member.absolute * perMargin;
  });
  const best = Math.max(...growths);
  const perSecond = requestsPerSecond * w * best;
  if (!(perSecond > 0)) return null;
  const needed = -Math.log(settings.falseRollbackRate) - Math.log(member.share) + MIXTURE_COST;
  return Math.max((needed * discountOf(settings)) / perSecond, LEAST_SECONDS);
}

/** Clusters are not known before: what once-a-day counts are divided by has to do. */
function discountOf({ sticky }: JudgeSettings): number {
  return sticky ? DAY_DISCOUNT : 1;
}

/** Expected increment per canary request of Claim 1, apart from its margin. */
function growth(
  canary: number,
  stable: number,
  w: number,
  m: number,
  theta: number,
): { readonly log: number; readonly perMargin: number } {
  const p = (theta * w) / (theta * w + 1 - w);
  return {
    log: canary * Math.log(m) - (canary + (stable * (1 - w)) / w) * Math.log1p(p * (m - 1)),
    perMargin: ((m - 1) * (1 - p)) / (1 + p * (m - 1)),
  };
}

export interface StepNeed {
  /** Judged requests on the canary. */
  readonly requests: number;
  readonly seconds: number;
  /** What takes longest. */
  readonly by: 'requests' | `evidence:${string}`;
}

/**
 * What a canary just like stable needs at this weight before it may go on, if it had to prove it all
 * here; what earlier steps proved makes it shorter.
 * @param nextWeight percent; null after the last step
 * @returns null if it never gets there: there is no traffic, or stable's own figures forbid it
 */
export function stepNeed(
  traffic: Traffic,
  weight: number,
  nextWeight: number | null,
  settings: JudgeSettings,
): StepNeed | null {
  let need: Pick<StepNeed, 'requests' | 'by'> = { requests: settings.minRequests, by: 'requests' };
  const tests = nextWeight === null ? [] : advanceTestsOf(settings).filter(test => isAskedFor(test, weight));
  for (const test of tests) {
    const growths = advanceGrowths(test, traffic, weight, nextWeight!, settings);
    if (growths === undefined) continue;
    const requests = requestsFor(growths, -Math.log(settings.falsePromotionRate));
    if (requests === null) return null;
    if (requests > need.requests) need = { requests, by: `evidence:${test.criterion}` };
  }
  const perSecond = (traffic.requestsPerSecond * weight) / 100;
  return perSecond > 0 ? { ...need, seconds: need.requests / perSecond } : null;
}

/** By bet; several lists where each must be enough. Undefined where nothing is known beforehand. */
function advanceGrowths(
  test: AdvanceTest,
  { errorRatio, scale }: Traffic,
  weight: number,
  nextWeight: number,
  settings: JudgeSettings,
): number[][] | undefined {
  const w = Math.min(weight / 100, 0.99);
  if (test.kind === 'latency') {
    if (scale === null) return undefined;
    const { p50, p90, p99 } = scale.advance;
    return [p50, p90, p99].flatMap(threshold =>
      threshold === null
        ? []
        : [
            ADVANCE_GRID.map(m =>
              thresholdGrowth(threshold.faster[test.buckets] ?? 0, threshold.faster[0]!, w, m),
            ),
          ],
    );
  }
  if (test.kind !== 'count' || test.metric !== 'errors') return undefined;
  const margin = advanceMargin(test.absolute, settings.blastRadius, nextWeight);
  const b = discountOf(settings);
  return [
    ADVANCE_GRID.map(m => {
      const { log, perMargin } = growth(errorRatio, errorRatio, w, m, test.ratio);
      return (log - margin * perMargin) / b;
    }),
  ];
}

/** Expected increment per canary request of Claim 2. */
function thresholdGrowth(canary: number, stable: number, w: number, m: number): number {
  const all = canary + (stable * (1 - w)) / w;
  const first = canary * Math.log(m) - all * Math.log1p(w * (m - 1));
  const away = 1 / m;
  if (!(Math.log(away) >= w * (away - 1))) return first;
  return Math.max(first, canary * Math.log(m) - Math.log1p(w * all * (m - 1)));
}

function requestsFor(lists: readonly (readonly number[])[], threshold: number): number | null {
  let most = 0;
  for (const growths of lists) {
    if (!growths.some(one => one > 0)) return null;
    const isEnough = (n: number) =>
      logSumExp(growths.map(one => n * one)) - Math.log(growths.length) >= threshold;
    let [low, high] = [0, 1];
    while (!isEnough(high) && high < 1e15) [low, high] = [high, high * 2];
    while (high - low > Math.max(1, high / 1000)) {
      const middle = (low + high) / 2;
      if (isEnough(middle)) high = middle;
      else low = middle;
    }
    most = Math.max(most, Math.ceil(high));
  }
  return most;
}
