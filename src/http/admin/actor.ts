import type { Context } from 'hono';
import type { Actor, Channel } from '../../core/rollout/control.ts';
import type { Guarded } from '../guard.ts';

/** Who asks, for the audit log. */
export function actorOf(context: Context<Guarded>): Actor {
  return { by: context.var.principal.name, channel: channelOf(context.req.raw.headers) };
}

/** The page says who it is; the command line is known by its user agent. */
function channelOf(headers: Headers): Channel {
  if (headers.get('x-weir-client') === 'dashboard') return 'dashboard';
  return headers.get('user-agent')?.startsWith('weir-cli') === true ? 'cli' : 'api';
}
