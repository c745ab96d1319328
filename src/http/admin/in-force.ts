/** What is in force for a rollout once every isolate has seen KV. */
import { absorb, type Active, type Reading, type Stored } from '../../core/rollout/active.ts';
import { DEFAULT_ROLLOUT, storedOf, type ControllerState, type Kept } from '../../core/rollout/control.ts';
import type { KeyedProblem } from '../../core/rollout/problem.ts';
import { secretsOf } from '../../core/rollout/secrets.ts';
import { documentOfVariables } from '../../core/rollout/variables.ts';
import type { Env } from '../../edge/env.ts';

export interface Configured {
  readonly active: Active | undefined;
  /** What is in KV but not in force, and why. */
  readonly problems: readonly KeyedProblem[];
  readonly source: 'kv' | 'variables' | 'none';
}

/**
 * KV's values over the controller's last good ones.
 * @param reading what KV holds; undefined if it can't be read
 */
export function configured(
  name: string,
  env: Env,
  state: ControllerState,
  reading: Reading | undefined,
): Configured {
  const secrets = secretsOf(env);
  const lastGood = { document: stored(state.document), weight: stored(state.weight) };
  const variables = name === DEFAULT_ROLLOUT ? documentOfVariables(env) : undefined;
  const isFromVariables = lastGood.document === null && (reading?.document ?? null) === null;
  const fallback = isFromVariables && variables !== undefined ? { text: variables } : null;
  const kept = absorb(
    name,
    undefined,
    { document: lastGood.document ?? fallback, weight: lastGood.weight },
    secrets,
  );
  const now = reading === undefined ? kept : absorb(name, kept.active, reading, secrets);
  const source = now.active === undefined ? 'none' : fallback === null ? 'kv' : 'variables';
  return { active: now.active, problems: now.problems, source };
}

function stored(kept: Kept | null): Stored | null {
  return kept === null ? null : storedOf(kept);
}
