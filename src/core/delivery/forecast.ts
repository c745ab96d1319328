/** What `check`, `start` and `plan suggest` say beforehand, at the traffic there is (judging.md, section 6). */
import type { Audience } from '../analysis/audience.ts';
import { fromSparse, type SparseHistogram } from '../analysis/histogram.ts';
import { latencyScale, REFERENCE_REQUESTS } from '../analysis/latency-scale.ts';
import { secondsToDetect, stepNeed, type StepNeed, type Traffic } from '../analysis/planning.ts';
import type { JudgeSettings } from '../analysis/settings.ts';
import type { Sticky } from '../rollout/compile.ts';
import { WHOLE } from '../rollout/weights.ts';
import { judgeSettings } from './judge-settings.ts';
import type { Plan } from './plan.ts';
import { latencySentences, secondsToVisitors, visitorSentences } from './tellable.ts';
import { durationText, percentText } from './words.ts';

/** As measured, over the last 24 hours or as far back as there is. Plain JSON. */
export interface MeasuredTraffic {
  readonly seconds: number;
  readonly requestsPerSecond: number;
  /** Of stable, in [0, 1]. */
  readonly errorRatio: number;
  /** Stable's. */
  readonly latency: SparseHistogram;
  /** Of the last hour, all that is kept of visitors; null where nothing is. */
  readonly audience: Audience | null;
}

export interface StepForecast {
  /** Percent. */
  readonly weight: number;
  readonly holdSeconds: number;
  /** At least, of hold, evidence and visitors; null: it never gets there at this traffic. */
  readonly seconds: number | null;
  /** What takes longest. */
  readonly by: string;
  /** Until a canary with 2 and 10 times stable's errors is rolled back; null: not by this comparison. */
  readonly detect: { readonly double: number | null; readonly tenfold: number | null };
}

export interface Forecast {
  readonly steps: readonly StepForecast[];
  /** Seconds from start to completion at least; null if a step never gets there. */
  readonly total: number | null;
  readonly sentences: readonly string[];
}

/** Weights to begin at, if the plan's first is too little. */
const BEGINNINGS = [1, 2, 5, 10, 20, 25, 50];

export function forecast(plan: Plan, sticky: Pick<Sticky, 'by'>, measured: MeasuredTraffic): Forecast {
  const settings = judgeSettings(plan, measured.latency, sticky);
  const traffic = trafficOf(measured);
  const weightAt = (position: number): number | null => {
    const step = plan.steps[position];
    if (step === undefined) return null;
    return (step.share === WHOLE ? WHOLE - plan.holdback : step.share) / 1000;
  };
  const needAt = (weight: number, next: number | null) =>
    withVisitors(stepNeed(traffic, weight, next, settings), measured.audience, weight, next);
  const steps = plan.steps.map(({ share, holdMs }, position): StepForecast => {
    const need = needAt(weightAt(position)!, weightAt(position + 1));
    const isHold = need !== null && need.seconds * 1000 <= holdMs;
    const detectable = Math.min(weightAt(position)!, 99.9);
    const detect = (times: number) => secondsToDetect(traffic, detectable, times, settings);
    return {
      weight: share / 1000,
      holdSeconds: holdMs / 1000,
      seconds: need === null ? null : Math.max(need.seconds, holdMs / 1000),
      by: isHold ? 'hold' : (need?.by ?? 'requests'),
      detect: { double: detect(2), tenfold: detect(10) },
    };
  });
  const total = steps.reduce<number | null>(
    (sum, { seconds }) => (sum === null || seconds === null ? null : sum + seconds),
    0,
  );
  const begin = BEGINNINGS.find(weight => {
    const need = needAt(weight, weightAt(1) ?? 100);
    return need !== null && need.seconds * 1000 <= plan.maxHoldMs;
  });
  return { steps, total, sentences: sentencesOf(plan, measured, settings, steps, total, begin) };
}

type Need = Pick<StepNeed, 'seconds'> & { readonly by: StepNeed['by'] | 'visitors' };

/** The last step asks for none. */
function withVisitors(
  need: StepNeed | null,
  audience: Audience | null,
  weight: number,
  next: number | null,
): Need | null {
  if (need === null || next === null) return need;
  const seconds = secondsToVisitors(audience, weight);
  return seconds > need.seconds ? { seconds, by: 'visitors' } : need;
}

function trafficOf({ seconds, requestsPerSecond, errorRatio, latency }: MeasuredTraffic): Traffic {
  const { counts } = fromSparse(latency);
  const known = counts.reduce((sum, count) => sum + count, 0) >= REFERENCE_REQUESTS;
  return {
    requestsPerSecond,
    // No error among n requests is no proof of none: the rule of succession (Laplace) would say so.
    errorRatio: Math.max(errorRatio, 1 / (seconds * requestsPerSecond + 2)),
    scale: known ? latencyScale(counts) : null,
  };
}

/** @param begin percent; undefined: no weight would do */
function sentencesOf(
  plan: Plan,
  { requestsPerSecond, audience }: MeasuredTraffic,
  settings: JudgeSettings,
  steps: readonly StepForecast[],
  total: number | null,
  begin: number | undefined,
): string[] {
  if (requestsPerSecond === 0)
    return ['No traffic in the last 24 hours: nothing can be said of how long the plan takes.'];
  const sentences: string[] = [];
  const rate = `${Number(requestsPerSecond.toPrecision(2))} requests/s`;
  steps.forEach(({ weight, seconds, by }, position) => {
    if (seconds !== null && seconds * 1000 <= plan.maxHoldMs) return;
    const advice = position === 0 && begin !== undefined && begin > weight ? `; begin at ${begin}` : '';
    const why = seconds === null ? 'never gets the evidence' : `needs about ${text(seconds)} (${by})`;
    sentences.push(
      `Step ${position + 1} cannot finish within maxHold, ${durationText(plan.maxHoldMs)}, at ${rate}: it ${why}${advice}.`,
    );
  });
  if (total !== null) sentences.push(`About ${text(total)} from start to completion, at ${rate}.`);
  const [first] = steps;
  if (first !== undefined)
    sentences.push(
      `At ${percentText(first.weight * 1000)}, twice stable's errors are found ${within(first.detect.double)}, ten times ${within(first.detect.tenfold)}.`,
    );
  const compared = steps.slice(0, -1).map(({ weight, seconds, holdSeconds }) => ({
    weight,
    requests: (requestsPerSecond * weight * (seconds ?? holdSeconds)) / 100,
  }));
  sentences.push(...visitorSentences(audience, compared), ...latencySentences(audience, compared, settings));
  if (plan.holdback === 0 && plan.steps.at(-1)?.share === WHOLE)
    sentences.push(
      'With holdback 0 nothing is left to compare with at weight 100: only limits can roll back there.',
    );
  return sentences;
}

function within(seconds: number | null): string {
  return seconds === null ? 'only by limits' : `within about ${text(seconds)}`;
}

function text(seconds: number): string {
  return durationText(seconds * 1000);
}
