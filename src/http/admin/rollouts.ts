/** `/__weir/api/rollouts`: what changes a rollout; what only looks is in views.ts. */
import { Hono, type HonoRequest } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { unreachable } from '../../core/result.ts';
import { isRolloutName, type Channel, type PutResult } from '../../core/rollout/control.ts';
import { targetOf } from '../../edge/request-target.ts';
import { guard, type Guarded } from '../guard.ts';
import { problem } from '../problem.ts';
import { etagOf, ifMatchOf } from './etag.ts';
import { mintOverride } from './overrides.ts';
import { views } from './views.ts';

/** A document of that size has thousands of rules. */
const MAX_BODY = 256 * 1024;

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

rollouts.route('/', views);

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
  const actor = { by: context.var.principal.name, channel: channelOf(context.req) };
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
  const actor = { by: context.var.principal.name, channel: channelOf(context.req) };
  return putResponse(
    await context.env.ROLLOUT_CONTROLLER.getByName(name).putWeight(name, value, actor, condition),
    name,
  );
});

rollouts.post('/:name/overrides', guard('admin'), limited, async context =>
  mintOverride(await context.req.text(), {
    rollout: context.req.param('name'),
    target: targetOf(context.req.url),
    actor: { by: context.var.principal.name, channel: channelOf(context.req) },
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

function malformedCondition(): Response {
  return problem({
    status: 400,
    title: 'Bad Request',
    detail: 'Expected If-Match to be the ETag of a GET, like "3", or "*".',
  });
}

/** The page says who it is; the command line is known by its user agent. */
function channelOf(request: HonoRequest): Channel {
  if (request.header('x-weir-client') === 'dashboard') return 'dashboard';
  return request.header('user-agent')?.startsWith('weir-cli') === true ? 'cli' : 'api';
}
