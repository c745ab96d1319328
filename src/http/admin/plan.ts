/** `GET …/plan`: what the plan in force can tell at the traffic there is, before anything starts. */
import { Hono } from 'hono';
import { audienceOf, type Audience } from '../../core/analysis/audience.ts';
import { toSparse } from '../../core/analysis/histogram.ts';
import { forecast, type MeasuredTraffic } from '../../core/delivery/forecast.ts';
import { MAX_TAIL_SECONDS } from '../../core/metrics/hub-reading.ts';
import { emptyTally, fromTallyRecord } from '../../core/metrics/tally.ts';
import type { Series } from '../../core/metrics/series.ts';
import { STABLE } from '../../core/rollout/schema.ts';
import type { Recent } from '../../edge/env.ts';
import { guard, type Guarded } from '../guard.ts';
import { absent } from './absent.ts';
import { askController, askHub, existenceOf, readRollout } from './asking.ts';
import { configured } from './in-force.ts';

const DAY_SECONDS = 86_400;

export const plan = new Hono<Guarded>();

plan.get('/:name/plan', guard('viewer'), async ({ req, env }) => {
  const name = req.param('name');
  const reading = await readRollout(name, env);
  const existence = await existenceOf(name, env, reading);
  if (existence !== 'known') return absent(name, existence);
  const [state, figures, tail] = await Promise.all([
    askController(env, name, controller => controller.state()),
    askHub(env, name, hub => Promise.all([hub.recent(DAY_SECONDS), hub.series(DAY_SECONDS, undefined)])),
    // By itself: what can't be said of visitors is assumed, and the rest said all the same.
    askHub(env, name, hub => hub.tail(MAX_TAIL_SECONDS)),
  ]);
  if (state === undefined) return absent(name, 'controller-unreachable');
  if (figures === undefined) return absent(name, 'unreachable');
  const { active } = configured(name, env, state, reading);
  if (active === undefined) return absent(name, 'unknown');
  const { rollout } = active;
  const traffic = trafficOf(figures[0], secondsOf(figures[1]), audienceOf(tail ?? []));
  return Response.json({
    name,
    traffic,
    forecast: rollout.plan === null ? null : forecast(rollout.plan, rollout.sticky, traffic),
  });
});

function trafficOf({ tallies }: Recent, seconds: number, audience: Audience | null): MeasuredTraffic {
  const all = Object.values(tallies).map(fromTallyRecord);
  const requests = all.reduce((sum, tally) => sum + tally.requests, 0);
  const record = Object.hasOwn(tallies, STABLE) ? tallies[STABLE] : undefined;
  const stable = record === undefined ? emptyTally() : fromTallyRecord(record);
  return {
    seconds,
    requestsPerSecond: seconds > 0 ? requests / seconds : 0,
    errorRatio: stable.requests > 0 ? stable.errors / stable.requests : 0,
    latency: toSparse(stable.duration),
    audience,
  };
}

/** A rollout that is younger than a day has its traffic since its first request. */
function secondsOf({ at, to, variants }: Omit<Series, 'name'>): number {
  const first = at.findIndex((_, i) =>
    Object.values(variants).some(({ requests }) => (requests[i] ?? 0) > 0),
  );
  return first < 0 ? 0 : to - at[first]!;
}
