/** `GET /__weir/api/rollouts…`: list, status, time series, audit log. */
import { Hono } from 'hono';
import { DEFAULT_ROLLOUT, INDEX } from '../../core/rollout/control.ts';
import type { RolloutList } from '../../core/rollout/status.ts';
import { attempt } from '../../edge/waiting.ts';
import { guard, type Guarded } from '../guard.ts';
import { absent } from './absent.ts';
import { malformed } from './answers.ts';
import { etagOf } from './etag.ts';
import { askController, askHub, existenceOf, readRollout } from './asking.ts';
import { durationIn } from './queries.ts';
import { statusOf } from './status.ts';

/** Rollouts whose status the list shows in full. */
const MAX_LISTED = 100;

export const views = new Hono<Guarded>();

views.get('/', guard('viewer'), async ({ env }) => {
  const ask = async (name: string) => ({
    name,
    status: await attempt(`status of ${name}`, () => statusOf(name, env)),
  });
  // The default rollout may live in variables alone and have seen no traffic.
  const own = ask(DEFAULT_ROLLOUT);
  const listed = await askHub(env, INDEX, index => index.names());
  const others = (listed ?? []).filter(name => name !== DEFAULT_ROLLOUT);
  const asked = await Promise.all([own, ...others.slice(0, MAX_LISTED - 1).map(ask)]);
  const list: RolloutList = {
    rollouts: asked.flatMap(({ status }) => (status?.ok === true ? [status.value] : [])),
    unanswered: asked.flatMap(({ name, status }) =>
      status === undefined || (!status.ok && status.error !== 'unknown') ? [name] : [],
    ),
    total: others.length + 1,
    hub: listed === undefined ? 'unreachable' : 'ok',
  };
  return Response.json(list);
});

views.get('/:name', guard('viewer'), async context => {
  const name = context.req.param('name');
  const window = durationIn(context.req, 'window', '15s', '24h');
  if (!window.ok) return malformed(window.error);
  const status = await statusOf(name, context.env, window.value);
  if (!status.ok) return absent(name, status.error);
  return Response.json(status.value, { headers: { etag: etagOf(status.value.revision) } });
});

views.get('/:name/series', guard('viewer'), async ({ req, env }) => {
  const name = req.param('name');
  const window = durationIn(req, 'window', '1m', '90d');
  if (!window.ok) return malformed(window.error);
  const step = durationIn(req, 'step', '10s', '1d');
  if (!step.ok) return malformed(step.error);
  const existence = await existenceOf(name, env, await readRollout(name, env));
  if (existence !== 'known') return absent(name, existence);
  const series = await askHub(env, name, hub => hub.series(window.value ?? 3600, step.value));
  return series === undefined ? absent(name, 'unreachable') : Response.json({ name, ...series });
});

views.get('/:name/events', guard('viewer'), async ({ req, env }) => {
  const name = req.param('name');
  const limit = Number(req.query('limit') ?? 100);
  const existence = await existenceOf(name, env, await readRollout(name, env));
  if (existence !== 'known') return absent(name, existence);
  const events = await askController(env, name, controller =>
    controller.events(Number.isFinite(limit) ? limit : 100),
  );
  if (events === undefined) return absent(name, 'controller-unreachable');
  return Response.json({ events: events.map(event => ({ ...event, at: new Date(event.at).toISOString() })) });
});
