/** Experiments as the status shows them: by flag and goal, each variant's units and who of them got there. */
import { experimentResult } from '../../core/flags/experiment.ts';
import type { FlagSet } from '../../core/flags/flag.ts';
import type { FlagCountsRecord } from '../../core/metrics/flag-counts.ts';
import type { ExperimentStatus } from '../../core/rollout/status.ts';

/** Of each interval by itself, at all times at once. */
const ALPHA = 0.05;

/** @param goals of the rollout */
export function experimentsOf(
  set: FlagSet,
  counts: FlagCountsRecord | undefined,
  goals: readonly string[],
): Record<string, ExperimentStatus> {
  const states = new Map(counts?.experiments);
  return Object.fromEntries(
    set.flags
      .filter(flag => flag.kind === 'flag')
      .filter(({ experiment }) => experiment)
      .map(({ key, fallback, off, variants }): [string, ExperimentStatus] => {
        const baseline = (fallback ?? off ?? variants[0])?.name ?? '';
        const results = goals.map(goal => {
          const arms = experimentResult(states.get(key) ?? [], goal, baseline, ALPHA);
          return [goal, { variants: arms }] as const;
        });
        return [key, { baseline, goals: Object.fromEntries(results) }];
      }),
  );
}
