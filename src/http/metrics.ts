/** `GET /__weir/metrics`: Prometheus text, from the hubs themselves or, past twenty, from the index. */
import { Hono } from 'hono';
import { exposition } from '../core/metrics/exposition.ts';
import type { Snapshot } from '../core/metrics/snapshot.ts';
import { INDEX, isRolloutName } from '../core/rollout/control.ts';
import type { Env } from '../edge/env.ts';
import { attempt } from '../edge/waiting.ts';
import { guard, type Guarded } from './guard.ts';
import { problem } from './problem.ts';

/** Hubs that one scrape asks themselves; beyond that it reads what they pushed to the index. */
const MAX_ASKED = 20;
/** Rollouts that one scrape shows. */
const MAX_SHOWN = 200;

export const metrics = new Hono<Guarded>();

metrics.get('/', guard('viewer'), async context => {
  const wanted = context.req.query('rollout');
  if (wanted !== undefined && !isRolloutName(wanted)) {
    return problem({
      status: 400,
      title: 'Bad Request',
      detail: '"rollout" must be a host name in lower case, or "default".',
    });
  }
  const snapshots =
    wanted === undefined ? await allSnapshots(context.env) : await oneSnapshot(context.env, wanted);
  if (snapshots === undefined) {
    return problem({
      status: 400,
      title: 'Bad Request',
      detail: `There are more than ${MAX_SHOWN} rollouts: ask for one with ?rollout=<name>.`,
    });
  }
  return new Response(exposition(snapshots), {
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  });
});

async function allSnapshots(env: Env): Promise<Snapshot[] | undefined> {
  const listed = await env.METRICS_HUB.getByName(INDEX).rollouts();
  if (listed.length > MAX_SHOWN) return undefined;
  const isFew = listed.length <= MAX_ASKED;
  // A hub that can't answer shows what it pushed last.
  const snapshots = await Promise.all(
    listed.map(async ({ name, snapshot }) => (isFew ? await snapshotOf(env, name) : undefined) ?? snapshot),
  );
  return snapshots.filter(snapshot => snapshot !== null);
}

async function oneSnapshot(env: Env, name: string): Promise<Snapshot[]> {
  // Asking a hub creates it; the index knows whether there is one.
  if (!(await env.METRICS_HUB.getByName(INDEX).knows(name))) return [];
  const snapshot = await snapshotOf(env, name);
  return snapshot === undefined ? [] : [snapshot];
}

async function snapshotOf(env: Env, name: string): Promise<Snapshot | undefined> {
  return (
    (await attempt(`asking the hub of ${name}`, () => env.METRICS_HUB.getByName(name).snapshot())) ??
    undefined
  );
}
