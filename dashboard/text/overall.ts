/** A rollout in one sentence, its plan and its figures taken together. */
import type { RolloutStatus } from '../types.ts';
import { deliverySituation, needsPerson } from './delivery.ts';
import { situation, type Situation, type Tone } from './situation.ts';

/** What wants to be seen first has the lowest. */
export const URGENCY: Readonly<Record<Tone, number>> = { bad: 0, attention: 1, quiet: 2, good: 3 };

/** @param now milliseconds since 1970 */
export function overall(status: RolloutStatus, now: number): Situation {
  const figures = withProblems(status, situation(status, now));
  const moved = deliverySituation(status.delivery, now);
  if (moved === undefined) return figures;
  const isWorse = URGENCY[figures.tone] < URGENCY[moved.tone];
  return {
    key: `${moved.key} ${figures.key}`,
    tone: isWorse ? figures.tone : moved.tone,
    short: moved.short === '' ? figures.short : moved.short,
    text: isWorse ? `${moved.text} ${figures.text}` : moved.text,
  };
}

function withProblems({ problems }: RolloutStatus, figures: Situation): Situation {
  const isWorse = problems.length > 0 && URGENCY[figures.tone] > URGENCY.attention;
  return isWorse ? { ...figures, tone: 'attention' } : figures;
}

export interface Listed {
  readonly status: RolloutStatus;
  readonly situation: Situation;
}

/** Those that need a person first; among equals by name. @param now milliseconds since 1970 */
export function byUrgency(rows: readonly Listed[], now: number): Listed[] {
  const waits = ({ status }: Listed): number => (needsPerson(status.delivery, now) ? 0 : 1);
  return rows.toSorted(
    (a, b) =>
      URGENCY[a.situation.tone] - URGENCY[b.situation.tone] ||
      waits(a) - waits(b) ||
      (a.status.name < b.status.name ? -1 : 1),
  );
}
