/** `/__weir/api/rollouts`: list, status, audit log, document and weight. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { unreachable } from '../../core/result.ts';
import {
  DEFAULT_ROLLOUT,
  INDEX,
  isRolloutName,
  type Channel,
  type PutResult,
} from '../../core/rollout/control.ts';
import { targetOf } from '../../edge/request-target.ts';
import { attempt } from '../../edge/waiting.ts';
import { guard, type Guarded } from '../guard.ts';
import { problem } from '../problem.ts';
import { mintOverride } from './overrides.ts';
import { statusOf } from './status.ts';

/** A document of that size has thousands of rules. */
const MAX_BODY = 256 * 1024;
/** Rollouts whose status the list shows in full. */
const MAX_LISTED = 100;

export const rollouts = new Hono<Guarded>();

rollouts.use('/:name{.+}', async (context, next) => {
  const name = context.req.param('name').split('/')[0] ?? '';
  if (!isRolloutName(name)) {
    return problem({
      status: 400,
      title: 'Bad Request',
      detail: 'A rollout is named by its host in lower case without a port, or "default".',
    });
  }
  await next();
  return;
});

rollouts.get('/', guard('viewer'), async context => {
  const listed = await context.env.METRICS_HUB.getByName(INDEX).rollouts();
  // The default rollout may live in variables alone and have seen no traffic.
  const names = new Set([DEFAULT_ROLLOUT, ...listed.map(({ name }) => name)]);
  const statuses = await Promise.all(
    [...names]
      .slice(0, MAX_LISTED)
      .map(name => attempt(`status of ${name}`, () => statusOf(name, context.env))),
  );
  return Response.json({ rollouts: statuses.filter(status => status !== undefined), total: names.size });
});

rollouts.get('/:name', guard('viewer'), async context => {
  const name = context.req.param('name');
  const status = await statusOf(name, context.env);
  if (status === undefined) return unknownRollout(name);
  return Response.json(status, { headers: { etag: etagOf(status.revision) } });
});

rollouts.get('/:name/events', guard('viewer'), async context => {
  const limit = Number(context.req.query('limit') ?? 100);
  const events = await context.env.ROLLOUT_CONTROLLER.getByName(context.req.param('name')).events(
    Number.isFinite(limit) ? limit : 100,
  );
  return Response.json({ events: events.map(event => ({ ...event, at: new Date(event.at).toISOString() })) });
});

const limited = bodyLimit({
  maxSize: MAX_BODY,
  onError: () =>
    problem({
      status: 413,
      title: 'Content Too Large',
      detail: `Expected at most ${MAX_BODY} bytes; nothing was changed.`,
    }),
});

rollouts.put('/:name', guard('admin'), limited, async context => {
  const name = context.req.param('name');
  const condition = ifMatchOf(context.req.header('if-match'));
  if (condition === 'malformed') return malformedCondition();
  const text = await context.req.text();
  const actor = { by: context.var.principal.name, channel: channelOf(context.req.header('user-agent')) };
  return putResponse(
    await context.env.ROLLOUT_CONTROLLER.getByName(name).putDocument(name, text, actor, condition),
    name,
  );
});

rollouts.put('/:name/weight', guard('operator'), limited, async context => {
  const name = context.req.param('name');
  const condition = ifMatchOf(context.req.header('if-match'));
  if (condition === 'malformed') return malformedCondition();
  let value: unknown;
  try {
    value = JSON.parse(await context.req.text());
  } catch {
    return invalid([
      { path: '$', message: 'expected JSON: a number from 0 to 100 or an object like {"canary": 10}' },
    ]);
  }
  const actor = { by: context.var.principal.name, channel: channelOf(context.req.header('user-agent')) };
  return putResponse(
    await context.env.ROLLOUT_CONTROLLER.getByName(name).putWeight(name, value, actor, condition),
    name,
  );
});

rollouts.post('/:name/overrides', guard('admin'), limited, async context =>
  mintOverride(await context.req.text(), {
    rollout: context.req.param('name'),
    target: targetOf(context.req.url),
    actor: { by: context.var.principal.name, channel: channelOf(context.req.header('user-agent')) },
    env: context.env,
  }),
);

function putResponse(result: PutResult, name: string): Response {
  switch (result.kind) {
    case 'stored':
      return Response.json(
        { name, revision: result.state.revision, written: result.written },
        // Accepted, but KV still refuses: it is tried until it takes it.
        { status: result.written ? 200 : 202, headers: { etag: etagOf(result.state.revision) } },
      );
    case 'invalid':
      return invalid(result.problems);
    case 'conflict':
      return problem(
        {
          status: 412,
          title: 'Precondition Failed',
          detail: `The rollout has changed meanwhile: it is at revision ${result.revision}. Nothing was changed.`,
        },
        { etag: etagOf(result.revision) },
      );
    case 'no-document':
      return problem({
        status: 409,
        title: 'Conflict',
        detail: `There is no document for "${name}", so there is nothing to weigh. Put one first: PUT /__weir/api/rollouts/${name}`,
      });
    default:
      return unreachable(result);
  }
}

function invalid(problems: readonly { path: string; message: string }[]): Response {
  return problem({
    status: 422,
    title: 'Unprocessable Content',
    detail: 'Nothing was changed: what was in force stays in force.',
    errors: problems,
  });
}

function unknownRollout(name: string): Response {
  return problem({
    status: 404,
    title: 'Not Found',
    detail: `There is no rollout "${name}": no document, no weight, no traffic.`,
  });
}

function malformedCondition(): Response {
  return problem({
    status: 400,
    title: 'Bad Request',
    detail: 'Expected If-Match to be the ETag of a GET, like "3", or "*".',
  });
}

/** RFC 9110, section 8.8.3 */
function etagOf(revision: number): string {
  return `"${revision}"`;
}

/** RFC 9110, section 13.1.1; `*` holds for whatever there is. */
function ifMatchOf(header: string | undefined): number | undefined | 'malformed' {
  if (header === undefined || header.trim() === '*') return undefined;
  const match = /^\s*"(\d{1,15})"\s*$/.exec(header);
  return match === null ? 'malformed' : Number(match[1]);
}

function channelOf(userAgent: string | undefined): Channel {
  return userAgent?.startsWith('weir-cli') === true ? 'cli' : 'api';
}
