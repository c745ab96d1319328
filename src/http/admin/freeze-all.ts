/** `POST /__weir/api/freeze`: no rollout advances until then. Each can still roll back, and does. */
import { Hono } from 'hono';
import { DEFAULT_ROLLOUT, INDEX } from '../../core/rollout/control.ts';
import { guard, type Guarded } from '../guard.ts';
import { problem } from '../problem.ts';
import { actorOf } from './actor.ts';
import { invalid } from './answers.ts';
import { askHub } from './asking.ts';
import { commandOf } from './command-bodies.ts';
import { act, limitedCommand } from './verbs.ts';

/** A Worker may call other objects a thousand times in one request. */
const MAX_ROLLOUTS = 900;
const AT_ONCE = 20;

export const freezeAll = new Hono<Guarded>();

freezeAll.post('/', guard('operator'), limitedCommand, async context => {
  const { env } = context;
  const command = commandOf('freeze', await context.req.text(), Date.now());
  if (!command.ok) return invalid(command.error);
  const listed = await askHub(env, INDEX, index => index.names());
  if (listed === undefined)
    return problem(
      {
        status: 503,
        title: 'Service Unavailable',
        detail:
          'The index, which knows all rollouts, gave no answer. Nothing was changed; try again, or freeze one by its name.',
      },
      { 'retry-after': '5' },
    );
  const all = [DEFAULT_ROLLOUT, ...listed.filter(name => name !== DEFAULT_ROLLOUT)];
  const names = all.slice(0, MAX_ROLLOUTS);
  const done: string[] = [];
  const failed = all.slice(MAX_ROLLOUTS).map(name => ({ name, reason: 'not asked: too many rollouts' }));
  for (let first = 0; first < names.length; first += AT_ONCE) {
    await Promise.all(
      names.slice(first, first + AT_ONCE).map(async name => {
        const result = await act(name, command.value, actorOf(context), env);
        if (result?.kind === 'done') done.push(name);
        else failed.push({ name, reason: reasonOf(result) });
      }),
    );
  }
  return Response.json({ rollouts: done.sort(), failed });
});

function reasonOf(result: Awaited<ReturnType<typeof act>>): string {
  switch (result?.kind) {
    case undefined:
      return 'its controller gave no answer';
    case 'refused':
      return result.detail;
    case 'invalid':
      return result.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    case 'unknown':
      return 'there is no such rollout';
    case 'done':
      return result.message;
  }
}
