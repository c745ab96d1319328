/**
 * The judge: what was seen becomes evidence, and the evidence a verdict (judging.md, sections 2 and 3).
 * Pure: the same state, interval, settings and moment give the same judgement, live, in the simulator
 * and in a replay.
 */
import { advanceTestsOf } from './advance.ts';
import { advanceEvidence, comparedEvidence, mismatchEvidence, wholeEvidence } from './evidence.ts';
import { latch } from './failing.ts';
import type { Interval } from './interval.ts';
import type { Judgement } from './judgement.ts';
import { limitEvidence } from './limit-evidence.ts';
import { isLimit } from './limits.ts';
import { look } from './look.ts';
import { membersOf } from './members.ts';
import type { JudgeSettings, Moment } from './settings.ts';
import type { JudgeState } from './state.ts';
import type { Evidence } from './verdict.ts';
import { concluded } from './verdict-order.ts';

/** @param interval null when there was nothing new to read, or nothing could be read */
export function judge(
  before: JudgeState,
  interval: Interval | null,
  settings: JudgeSettings,
  moment: Moment,
): Judgement {
  const seen = look(before, interval, settings, moment);
  const state = latch(seen, settings, moment);
  const evidence = evidenceOf(state, settings, moment);
  return { state, evidence, ...concluded(state, evidence, settings, moment) };
}

/** Everything there is to show, whether or not it decides. */
export function evidenceOf(state: JudgeState, settings: JudgeSettings, moment: Moment): Evidence[] {
  const members = membersOf(settings);
  const criteria = [...new Set(members.map(({ criterion }) => criterion))];
  return [
    wholeEvidence(state, members, settings),
    ...criteria.map(criterion => comparedEvidence(state, members, criterion, settings, moment)),
    ...settings.criteria.filter(isLimit).map(limit => limitEvidence(state, limit, settings)),
    ...(settings.countsDraws ? [mismatchEvidence(state, settings)] : []),
    ...advanceTestsOf(settings).flatMap(test => advanceEvidence(state, test, settings, moment) ?? []),
  ];
}
