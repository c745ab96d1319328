/** After a weight of 0: which rules still send visitors to that candidate. */
import type { ControllerState } from '../../core/rollout/control.ts';
import { stillSent } from '../../core/rollout/still-sent.ts';
import type { Env } from '../../edge/env.ts';
import { askController, readRollout } from './asking.ts';
import { configured } from './in-force.ts';

/** @param state as the controller keeps it now */
export async function sentAtZero(name: string, state: ControllerState, env: Env): Promise<string[]> {
  // KV is asked only for a document that nobody has reported yet: an emergency stop must not wait for it.
  const reading = state.document === null ? await readRollout(name, env) : undefined;
  // What was just put may not show there yet.
  const { active } = configured(name, env, state, reading && { ...reading, weight: null });
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
