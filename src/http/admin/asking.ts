/** Asks for what people look at: an object or a KV that throws or hangs is an answer, too, and a quick one. */
import { DEFAULT_ROLLOUT, INDEX } from '../../core/rollout/control.ts';
import type { Reading } from '../../core/rollout/active.ts';
import type { ControllerRpc, Env, HubRpc } from '../../edge/env.ts';
import { readRollouts } from '../../edge/kv-reader.ts';
import { attempt, within } from '../../edge/waiting.ts';

const PATIENCE_MS = 3000;

/** @returns undefined if the hub gave no answer in time */
export function askHub<T>(env: Env, name: string, ask: (hub: HubRpc) => Promise<T>): Promise<T | undefined> {
  return attempt(`asking the hub of ${name}`, () =>
    within(PATIENCE_MS, ask(env.METRICS_HUB.getByName(name))),
  );
}

/** @returns undefined if the controller gave no answer in time */
export function askController<T>(
  env: Env,
  name: string,
  ask: (controller: ControllerRpc) => Promise<T>,
): Promise<T | undefined> {
  return attempt(`asking the controller of ${name}`, () =>
    within(PATIENCE_MS, ask(env.ROLLOUT_CONTROLLER.getByName(name))),
  );
}

/** @returns undefined if KV can't be read, or not in time */
export function readRollout(name: string, env: Env): Promise<Reading | undefined> {
  return attempt('reading KV', async () =>
    (await within(PATIENCE_MS, readRollouts(env.ROLLOUTS, [name]))).get(name),
  );
}

export type Existence = 'known' | 'unknown' | 'unreachable';

/**
 * Whether there is a rollout of that name: before any object of that name is asked, which would create it.
 * @param reading what KV holds; undefined if it can't be read
 */
export async function existenceOf(name: string, env: Env, reading: Reading | undefined): Promise<Existence> {
  if (name === DEFAULT_ROLLOUT || (reading?.document ?? reading?.flags ?? null) !== null) return 'known';
  const isKnown = await askHub(env, INDEX, index => index.knows(name));
  return isKnown === undefined ? 'unreachable' : isKnown ? 'known' : 'unknown';
}
