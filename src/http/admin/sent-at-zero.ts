/** After a weight of 0: which rules still send visitors to that candidate. */
import type { ControllerState } from '../../core/rollout/control.ts';
import { stillSent } from '../../core/rollout/still-sent.ts';
import type { Env } from '../../edge/env.ts';
import { askController, readRollout } from './asking.ts';
import { configured } from './in-force.ts';

/** @param state as the controller keeps it now */
export async function sentAtZero(name: string, state: ControllerState, env: Env): Promise<string[]> {
  const reading = await readRollout(name, env);
  // What was just put may not show in KV yet.
  const { active } = configured(name, env, state, { document: reading?.document ?? null, weight: null });
  if (active === undefined) return [];
  const empty = active.rollout.variants
    .slice(1)
    .filter(({ index }) => (active.split.weights[index] ?? 0) === 0)
    .map(({ name }) => name);
  if (empty.length === 0) return [];
  const delivery = await askController(env, name, controller => controller.delivery(name));
  const document = JSON.parse(active.document.text) as Parameters<typeof stillSent>[0];
  return empty.flatMap(candidate => stillSent(document, candidate, delivery?.caps ?? {}));
}
