/** Experiments as the status shows them: by flag and goal, each variant's units and who of them got there. */
import { experimentResult } from '../../core/flags/experiment.ts';
import { armText, experimentNote } from '../../core/flags/experiment-words.ts';
import type { FlagSet } from '../../core/flags/flag.ts';
import type { FlagCountsRecord } from '../../core/metrics/flag-counts.ts';
import type { Active, Reading } from '../../core/rollout/active.ts';
import { DEFAULT_ROLLOUT, storedOf, type Kept } from '../../core/rollout/control.ts';
import { NO_GOALS, type Goal } from '../../core/rollout/goals.ts';
import type { ExperimentStatus } from '../../core/rollout/status.ts';
import type { Env } from '../../edge/env.ts';
import { FlagMemory } from '../../edge/flag-memory.ts';
import { askController, readRollout } from './asking.ts';
import { configured } from './in-force.ts';

/** Of each interval by itself, at all times at once. */
const ALPHA = 0.05;

/** As an isolate would have them that finds this. */
export function flagsOf(name: string, reading: Reading | undefined, kept: Kept | null): FlagMemory {
  const flags = new FlagMemory(name);
  flags.take(reading?.flags ?? null);
  flags.fill(kept === null ? null : storedOf(kept));
  return flags;
}

export interface Counted {
  readonly flags: FlagMemory;
  readonly active: Active | undefined;
}

/**
 * Whose flags and whose goals are counted under a name: where a host has only one of the two, the other is
 * the default one, as isolates have it.
 */
export async function countedIn(name: string, env: Env, own: Counted): Promise<Counted | undefined> {
  const hasFlags = own.flags.isPresent;
  if (name === DEFAULT_ROLLOUT || (hasFlags && own.active !== undefined)) return own;
  if (!hasFlags && own.active === undefined) return undefined;
  const [reading, state] = await Promise.all([
    readRollout(DEFAULT_ROLLOUT, env),
    askController(env, DEFAULT_ROLLOUT, controller => controller.state()),
  ]);
  if (state === undefined) return undefined;
  return hasFlags
    ? { flags: own.flags, active: configured(DEFAULT_ROLLOUT, env, state, reading).active }
    : { flags: flagsOf(DEFAULT_ROLLOUT, reading, state.flags), active: own.active };
}

export function experimentsOf(
  counted: Counted | undefined,
  counts: FlagCountsRecord | undefined,
): Record<string, ExperimentStatus> {
  if (counted === undefined) return {};
  return resultsOf(counted.flags.set, counted.active?.rollout.goals ?? NO_GOALS, counts);
}

function resultsOf(
  set: FlagSet,
  goals: readonly Goal[],
  counts: FlagCountsRecord | undefined,
): Record<string, ExperimentStatus> {
  const states = new Map(counts?.experiments);
  return Object.fromEntries(
    set.flags
      .filter(flag => flag.kind === 'flag')
      .filter(({ experiment }) => experiment)
      .map(({ key, fallback, off, variants }): [string, ExperimentStatus] => {
        const baseline = (fallback ?? off ?? variants[0])?.name ?? '';
        const state = states.get(key) ?? [];
        const results = goals.map(({ name: goal }) => {
          const arms = experimentResult(state, goal, baseline, ALPHA);
          return [goal, { variants: arms.map(arm => ({ ...arm, text: armText(arm, baseline) })) }] as const;
        });
        const oneIn = 2 ** Math.max(0, ...state.map(({ halvings }) => halvings));
        const note = experimentNote(oneIn, goals.length);
        return [key, { baseline, oneIn, note, goals: Object.fromEntries(results) }];
      }),
  );
}
