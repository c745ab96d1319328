/** `GET …/intervals · reports`: what was judged, and what became of it. */
import { Hono } from 'hono';
import { reportView } from '../../core/delivery/report-view.ts';
import { guard, type Guarded } from '../guard.ts';
import { problem } from '../problem.ts';
import { absent } from './absent.ts';
import { malformed } from './answers.ts';
import { askController, askHub, existenceOf, readRollout } from './asking.ts';
import { durationIn } from './queries.ts';

export const records = new Hono<Guarded>();

/** JSON lines, oldest first: what `weir replay` reads. The hub keeps them for an hour. */
records.get('/:name/intervals', guard('viewer'), async ({ req, env }) => {
  const name = req.param('name');
  const window = durationIn(req, 'window', '1s', '1h');
  if (!window.ok) return malformed(window.error);
  const existence = await existenceOf(name, env, await readRollout(name, env));
  if (existence !== 'known') return absent(name, existence);
  const intervals = await askHub(env, name, hub => hub.tail(window.value ?? 3600));
  if (intervals === undefined) return absent(name, 'unreachable');
  return new Response(intervals.map(interval => `${JSON.stringify(interval)}\n`).join(''), {
    headers: { 'content-type': 'application/jsonl' },
  });
});

records.get('/:name/reports', guard('viewer'), async ({ req, env }) => {
  const name = req.param('name');
  const existence = await existenceOf(name, env, await readRollout(name, env));
  if (existence !== 'known') return absent(name, existence);
  const reports = await askController(env, name, controller => controller.reports());
  if (reports === undefined) return absent(name, 'controller-unreachable');
  return Response.json({
    name,
    reports: reports.map(report => {
      const { id, candidate, version, attempt, startedAt, startedBy, endedAt, outcome, reason } =
        reportView(report);
      return { id, candidate, version, attempt, startedAt, startedBy, endedAt, outcome, reason };
    }),
  });
});

records.get('/:name/reports/:id', guard('viewer'), async ({ req, env }) => {
  const name = req.param('name');
  const existence = await existenceOf(name, env, await readRollout(name, env));
  if (existence !== 'known') return absent(name, existence);
  const reports = await askController(env, name, controller => controller.reports());
  if (reports === undefined) return absent(name, 'controller-unreachable');
  const report = reports.find(({ id }) => String(id) === req.param('id'));
  if (report !== undefined) return Response.json(reportView(report));
  return problem({
    status: 404,
    title: 'Not Found',
    detail: `There is no report ${JSON.stringify(req.param('id').slice(0, 40))} of "${name}"; the last ${reports.length} are kept.`,
  });
});
