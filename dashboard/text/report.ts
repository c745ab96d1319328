/** What became of a rollout, in words. */
import type { Report, ReportHead } from '../types.ts';
import { duration, weight } from './format.ts';
import type { Tone } from './situation.ts';

export interface Ending {
  readonly tone: Tone;
  readonly text: string;
}

export function endingOf({ outcome }: Pick<ReportHead, 'outcome'>): Ending {
  switch (outcome) {
    case null:
      return { tone: 'quiet', text: 'under way' };
    case 'completed':
      return { tone: 'good', text: 'completed' };
    case 'rolled-back':
      return { tone: 'bad', text: 'rolled back' };
    case 'superseded':
      return { tone: 'quiet', text: 'superseded by another candidate' };
    case 'ended':
      return { tone: 'attention', text: 'ended by a weight set by hand' };
  }
}

/** `canary 2026-11-23.1`, and which attempt of it if not the first. */
export function subjectOf({ candidate, version, attempt }: ReportHead): string {
  return `${candidate}${version === null ? '' : ` ${version}`}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
}

/** Who started it, how far it came, how long it took. */
export function summaryOf(report: Report): string {
  const { startedBy, startedAt, endedAt, steps, plan } = report;
  const highest = Math.max(0, ...steps.map(({ weight }) => weight));
  const reached = new Set(steps.map(({ step }) => step)).size;
  const took = endedAt === null ? '' : ` in ${duration(Date.parse(endedAt) - Date.parse(startedAt))}`;
  return `Started by ${startedBy}. It reached ${weight(highest)}, ${reached} of ${plan.steps.length} steps,${took === '' ? ' so far' : took}.`;
}

/** What its numbers promised (judging.md, section 4). */
export function promiseOf({ plan }: Report): string {
  return `Fixed at its start: a false rollback in at most ${percent(plan.falseRollbackRate)} of starts, a false promotion in at most ${percent(plan.falsePromotionRate)}.`;
}

/** How long a step took, and how much of that was its hold. @param now milliseconds since 1970 */
export function stayOf(step: Report['steps'][number], now: number): string {
  const end = step.leftAt === null ? now : Date.parse(step.leftAt);
  const took = duration(Math.max(0, end - Date.parse(step.enteredAt)));
  return `${took}, ${duration(step.heldSeconds * 1000)} of it held`;
}

function percent(fraction: number): string {
  return weight(fraction * 100);
}
