/**
 * What a plan's comparison can tell at all, said beforehand (judging.md, section 6): how slow a canary must
 * be, given how much visitors differ, and whether enough visitors come for it to be judged.
 */
import type { Audience } from '../analysis/audience.ts';
import { ratioOfBuckets, toleranceBuckets } from '../analysis/latency-scale.ts';
import type { JudgeSettings } from '../analysis/settings.ts';
import { smallestSlowdown } from '../analysis/slowdown.ts';
import { VISITORS } from '../analysis/step.ts';

/** A step with something to compare. */
export interface ComparedStep {
  /** Percent, in (0, 100). */
  readonly weight: number;
  /** On the canary, before it is over. */
  readonly requests: number;
}

/**
 * @param weight percent
 * @returns seconds until both variants have had the visitors that the judge asks for, if visitors go on
 *   coming as they did; 0 where that is not known
 */
export function secondsToVisitors(audience: Audience | null, weight: number): number {
  if (audience?.isAll !== true) return 0;
  const perSecond = (audience.visitors * smallerArm(weight)) / audience.seconds;
  return perSecond > 0 ? VISITORS / perSecond : 0;
}

function smallerArm(weight: number): number {
  return Math.min(weight, 100 - weight) / 100;
}

/** @param steps those that an advance follows */
export function visitorSentences(audience: Audience | null, steps: readonly ComparedStep[]): string[] {
  if (steps.length === 0) return [];
  if (audience === null)
    return [
      `Nothing was recorded of visitors in the last hour: it is assumed that each step has ${VISITORS} of them on either variant, fewer are not judged.`,
    ];
  const unknown = steps.find(({ weight }) => audience.visitors * smallerArm(weight) < VISITORS);
  if (audience.isAll || unknown === undefined) return [];
  return [
    `More visitors came than can be counted: it is assumed that ${VISITORS} of them are on either variant at ${unknown.weight} %, fewer are not judged.`,
  ];
}

/** @returns nothing without a latency criterion */
export function latencySentences(
  audience: Audience | null,
  steps: readonly ComparedStep[],
  settings: JudgeSettings,
): string[] {
  const criterion = settings.criteria.find(({ kind }) => kind === 'latency');
  if (criterion?.kind !== 'latency') return [];
  const spread = audience?.spread ?? null;
  const told =
    spread === null
      ? []
      : steps.flatMap(({ weight, requests }) => {
          const slowdown = smallestSlowdown(spread, requests, weight, settings);
          return slowdown === null ? [] : [{ weight, ...slowdown }];
        });
  const [first] = told;
  if (first === undefined) {
    const margin = ratioOfBuckets(toleranceBuckets(criterion.ratio)).toFixed(2);
    return [
      `Only a canary more than ${margin} times as slow as stable is told from it, on the assumption that visitors don't differ, of which nothing is known yet.`,
    ];
  }
  const best = told.reduce((least, one) => (one.ratio < least.ratio ? one : least));
  const better = best.ratio < first.ratio ? `, at ${best.weight} % more than ${best.ratio.toFixed(2)}` : '';
  return [
    `Visitors differ by ±${Math.round(first.visitors * 100)} %: at ${first.weight} % only a canary more than ${first.ratio.toFixed(2)} times as slow as stable is told from it${better}.`,
  ];
}
