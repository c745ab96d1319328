/** Experiments of flags as text for a terminal. */
import type { RolloutStatus } from '../../src/core/rollout/status.ts';
import { columns } from './columns.ts';

/** Nothing where there are none. */
export function experimentLines(experiments: RolloutStatus['experiments']): string[] {
  return Object.entries(experiments).flatMap(([flag, { note, goals }]) => [
    '',
    `Experiment ${flag}. ${note}`,
    ...columns(
      Object.entries(goals).flatMap(([goal, { variants }]) =>
        variants.map(({ variant, text }, i) => [i === 0 ? `  ${goal}` : '', variant, text]),
      ),
      [0, 1, 2],
    ),
  ]);
}
