/** `/__weir/api/rollouts`: what changes a rollout; what only looks is in views.ts. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { isRolloutName } from '../../core/rollout/control.ts';
import { targetOf } from '../../edge/request-target.ts';
import { attempt } from '../../edge/waiting.ts';
import { guard, type Guarded } from '../guard.ts';
import { problem } from '../problem.ts';
import { absent } from './absent.ts';
import { actorOf } from './actor.ts';
import { invalid, malformed, putResponse, removeResponse, unanswered } from './answers.ts';
import { existenceOf, readRollout } from './asking.ts';
import { forceOf } from './command-bodies.ts';
import { documents } from './documents.ts';
import { ifMatchOf } from './etag.ts';
import { flags } from './flags.ts';
import { mintOverride } from './overrides.ts';
import { plan } from './plan.ts';
import { records } from './records.ts';
import { sentAtZero } from './sent-at-zero.ts';
import { verbs } from './verbs.ts';
import { views } from './views.ts';

/** A document of that size has thousands of rules. */
const MAX_BODY = 256 * 1024;
const MALFORMED_CONDITION = 'Expected If-Match to be the ETag of a GET, like "3", or "*".';

export const rollouts = new Hono<Guarded>();

rollouts.use('/:name{.+}', async (context, next) => {
  const name = context.req.param('name').split('/')[0] ?? '';
  if (!isRolloutName(name)) {
    return malformed('A rollout is named by its host in lower case without a port, or "default".');
  }
  await next();
  return;
});

rollouts.route('/', views);
rollouts.route('/', records);
rollouts.route('/', plan);
rollouts.route('/', documents);
rollouts.route('/', flags);
rollouts.route('/', verbs);

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
  if (condition === 'malformed') return malformed(MALFORMED_CONDITION);
  const text = await context.req.text();
  const controller = context.env.ROLLOUT_CONTROLLER.getByName(name);
  return putResponse(await controller.putDocument(name, text, actorOf(context), condition), name);
});

rollouts.put('/:name/weight', guard('operator'), limited, async context => {
  const name = context.req.param('name');
  const condition = ifMatchOf(context.req.header('if-match'));
  if (condition === 'malformed') return malformed(MALFORMED_CONDITION);
  const force = forceOf(key => context.req.query(key));
  if (!force.ok) return invalid(force.error);
  let value: unknown;
  try {
    value = JSON.parse(await context.req.text());
  } catch {
    return invalid([
      { path: '$', message: 'expected JSON: a number from 0 to 100 or an object like {"canary": 10}' },
    ]);
  }
  const controller = context.env.ROLLOUT_CONTROLLER.getByName(name);
  const result = await controller.putWeight(name, value, actorOf(context), condition, force.value);
  const more = result.kind === 'stored' ? await sentAtZero(name, result.state, context.env) : [];
  return putResponse(result, name, more);
});

rollouts.delete('/:name', guard('admin'), async context => {
  const name = context.req.param('name');
  const { env } = context;
  const existence = await existenceOf(name, env, await readRollout(name, env));
  if (existence !== 'known') return absent(name, existence);
  const removed = await attempt(`removing ${name}`, () =>
    env.ROLLOUT_CONTROLLER.getByName(name).remove(name, actorOf(context)),
  );
  return removed === undefined ? unanswered(name) : removeResponse(removed, name);
});

rollouts.post('/:name/overrides', guard('admin'), limited, async context =>
  mintOverride(await context.req.text(), {
    rollout: context.req.param('name'),
    target: targetOf(context.req.url),
    actor: actorOf(context),
    env: context.env,
  }),
);
