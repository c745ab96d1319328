/** `GET /__weir/metrics`: for Prometheus, from the hubs themselves or, past twenty, from the index. */
import { Hono } from 'hono';
import { families, type Scrape } from '../core/metrics/families.ts';
import { MAX_ASKED } from '../core/metrics/pace.ts';
import type { Snapshot } from '../core/metrics/snapshot.ts';
import { INDEX, isRolloutName } from '../core/rollout/control.ts';
import type { Env, HubRpc } from '../edge/env.ts';
import { attempt, within } from '../edge/waiting.ts';
import { guard, type Guarded } from './guard.ts';
import { metricsResponse } from './metrics-format.ts';
import { problem } from './problem.ts';

/** Rollouts that one scrape shows. */
const MAX_SHOWN = 200;
/** Half of what Prometheus waits for a scrape by default: one hub that hangs must not take the others along. */
const HUB_TIMEOUT_MS = 5000;
/** Every hub has pushed its totals by then, even with one failed try. */
const SETTLE_MS = 30_000;

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
  const scrape = wanted === undefined ? await scrapeAll(context.env) : await scrapeOne(context.env, wanted);
  if (scrape === undefined) {
    return problem({
      status: 400,
      title: 'Bad Request',
      detail: `There are more than ${MAX_SHOWN} rollouts: ask for one with ?rollout=<name>.`,
    });
  }
  return metricsResponse(context, families(scrape));
});

async function scrapeAll(env: Env): Promise<Scrape | undefined> {
  const index = env.METRICS_HUB.getByName(INDEX);
  const listed = await within(HUB_TIMEOUT_MS, index.rollouts());
  if (listed.length > MAX_SHOWN) return undefined;
  const names = listed.map(({ name }) => name);
  if (names.length <= MAX_ASKED) return scrapeHubs(env, names, hub => hub.snapshot());
  const crowdedAt = await attempt('asking the index', () => within(HUB_TIMEOUT_MS, index.crowdedAt()));
  if (isSettling(crowdedAt ?? null)) return scrapeHubs(env, names, hub => hub.pushedSnapshot());
  return { snapshots: listed.flatMap(({ snapshot }) => snapshot ?? []), hubs: [] };
}

/**
 * When the index takes over from the hubs, it has to have what they showed before: a counter that
 * steps back is a restart to Prometheus, and counted anew. So meanwhile they show what they pushed.
 */
function isSettling(crowdedAt: number | null): boolean {
  return crowdedAt !== null && Date.now() - crowdedAt < SETTLE_MS;
}

async function scrapeOne(env: Env, name: string): Promise<Scrape> {
  // Asking a hub creates it; the index knows whether there is one.
  const isKnown = await within(HUB_TIMEOUT_MS, env.METRICS_HUB.getByName(INDEX).knows(name));
  return scrapeHubs(env, isKnown ? [name] : [], hub => hub.snapshot());
}

/** A hub that doesn't answer is left out, and said to be down: what it pushed last would be a step back. */
async function scrapeHubs(
  env: Env,
  names: readonly string[],
  ask: (hub: HubRpc) => Promise<Snapshot | null>,
): Promise<Scrape> {
  const answers = await Promise.all(
    names.map(async rollout => ({
      rollout,
      snapshot: await attempt(`asking the hub of ${rollout}`, () =>
        within(HUB_TIMEOUT_MS, ask(env.METRICS_HUB.getByName(rollout))),
      ),
    })),
  );
  return {
    snapshots: answers.flatMap(({ snapshot }) => snapshot ?? []),
    hubs: answers.map(({ rollout, snapshot }) => ({ rollout, isUp: snapshot !== undefined })),
  };
}
