/** What an experiment has shown, in words: the same in API, CLI and page. */
import { figure, percent, ratio } from '../analysis/figures.ts';
import type { ArmResult } from './experiment.ts';

/**
 * `412 of 10,198 units, 4.04 % (3.46 % to 4.69 %): 1.04 to 1.21 times as often as off`
 * @param baseline name of the variant that it is compared with
 */
export function armText({ units, reached, rate, ratio }: ArmResult, baseline: string): string {
  if (rate === null) return 'no units yet';
  const { value, low, high } = rate;
  const text = `${figure(reached)} of ${figure(units)} units, ${percent(value)} (${percent(low)} to ${percent(high)})`;
  return ratio === null ? text : `${text}: ${ratioText(ratio, baseline)}`;
}

function ratioText({ low, high }: NonNullable<ArmResult['ratio']>, baseline: string): string {
  if (low === null && high === null) return `too little to compare with ${baseline}`;
  const text = `${span(low, high)} times as often as ${baseline}`;
  return (low ?? 0) <= 1 && (high ?? Infinity) >= 1 ? `${text}, so perhaps no difference` : text;
}

function span(low: number | null, high: number | null): string {
  if (low === null) return `at most ${ratio(high ?? Infinity)}`;
  return high === null ? `at least ${ratio(low)}` : `${ratio(low)} to ${ratio(high)}`;
}

/**
 * @param oneIn the part of all units that is counted @param goals of the rollout
 */
export function experimentNote(oneIn: number, goals: number): string {
  if (goals === 0) return 'The rollout has no goals to count.';
  const sample = oneIn > 1 ? `, of a sample of one unit in ${figure(oneIn)}` : '';
  return `Intervals of 95 %, right whenever you look${sample}.`;
}
