/** `POST /__weir/api/rollouts/:name/<verb>`: what a person, or their pipeline, tells a rollout. */
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Role } from '../../core/credentials.ts';
import type { Command } from '../../core/delivery/phase.ts';
import type { ActResult, Actor } from '../../core/rollout/control.ts';
import type { Env } from '../../edge/env.ts';
import { attempt, within } from '../../edge/waiting.ts';
import { guard, type Guarded } from '../guard.ts';
import { problem } from '../problem.ts';
import { absent } from './absent.ts';
import { actorOf } from './actor.ts';
import { actResponse, invalid, unanswered } from './answers.ts';
import { existenceOf, readRollout } from './asking.ts';
import { commandOf, rollbackOf, VERBS, type PostedVerb } from './command-bodies.ts';

/** Longer than a controller waits for KV and for the probe of a candidate. */
const PATIENCE_MS = 20_000;
const MAX_BODY = 16 * 1024;

/** Who is on call runs a rollout; which origins there are, also by adopting one, is an admin's. */
const ROLES: Readonly<Record<PostedVerb, Role>> = {
  start: 'operator',
  pause: 'operator',
  resume: 'operator',
  approve: 'operator',
  promote: 'operator',
  rollback: 'operator',
  adopt: 'admin',
  freeze: 'operator',
};

export const verbs = new Hono<Guarded>();

export const limitedCommand = bodyLimit({
  maxSize: MAX_BODY,
  onError: () =>
    problem({
      status: 413,
      title: 'Content Too Large',
      detail: `Expected at most ${MAX_BODY} bytes; nothing was changed.`,
    }),
});

for (const verb of VERBS) {
  if (verb === 'rollback') continue;
  verbs.post(`/:name/${verb}`, guard(ROLES[verb]), limitedCommand, context => run(verb, context));
}

/** A reason that is too long to be read is no reason to refuse. */
const limitedReason = bodyLimit({
  maxSize: MAX_BODY,
  onError: (context: Context<Guarded>) => rollBack(context, ''),
});

verbs.post('/:name/rollback', guard(ROLES.rollback), limitedReason, async context =>
  rollBack(context, (await attempt('reading the reason', () => context.req.text())) ?? ''),
);

async function run(verb: PostedVerb, context: Context<Guarded, '/:name/:verb'>): Promise<Response> {
  const name = context.req.param('name');
  const command = commandOf(verb, await context.req.text(), Date.now());
  if (!command.ok) return invalid(command.error);
  const { env } = context;
  // While nobody can say whether it exists, the controller is asked.
  if ((await existenceOf(name, env, await readRollout(name, env))) === 'unknown')
    return absent(name, 'unknown');
  const result = await act(name, command.value, actorOf(context), env);
  return result === undefined ? unanswered(name) : actResponse(result, name);
}

/** Waits for no registry and no KV where the controller knows the rollout: it finds out itself where it doesn't. */
async function rollBack(context: Context<Guarded>, body: string): Promise<Response> {
  const name = context.req.param('name') ?? '';
  const result = await act(name, rollbackOf(body), actorOf(context), context.env);
  return result === undefined ? unanswered(name) : actResponse(result, name);
}

/** @returns undefined if the controller gave no answer */
export function act(name: string, command: Command, actor: Actor, env: Env): Promise<ActResult | undefined> {
  return attempt(`telling ${name} to ${command.verb}`, () =>
    within(PATIENCE_MS, env.ROLLOUT_CONTROLLER.getByName(name).act(name, command, actor)),
  );
}
