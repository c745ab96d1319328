import type { Context, MiddlewareHandler } from 'hono';
import { unreachable } from '../core/result.ts';
import type { Env } from '../edge/env.ts';
import type { Principal, Role } from '../core/credentials.ts';
import { accessOf } from './access.ts';
import { problem } from './problem.ts';

export type Guarded = { Bindings: Env; Variables: { principal: Principal } };

/** Lets a request through only with a token of at least that role. */
export function guard(role: Role): MiddlewareHandler<Guarded> {
  return async (context: Context<Guarded>, next) => {
    const access = await accessOf(context.req.raw, context.env, role);
    switch (access.kind) {
      case 'granted':
        context.set('principal', access.principal);
        await next();
        // Answers hold figures and names: no cache keeps them (RFC 9111, section 5.2.2.5).
        context.res.headers.set('cache-control', 'no-store');
        return;
      case 'unset':
        return problem({
          status: 404,
          title: 'Not Found',
          detail: 'This surface is off: its token is not set (ADMIN_TOKEN, VIEWER_TOKEN).',
        });
      case 'unauthenticated':
        return problem(
          {
            status: 401,
            title: 'Unauthorized',
            detail: 'Expected a valid token: "Authorization: Bearer <token>".',
          },
          { 'www-authenticate': 'Bearer realm="weir"' },
        );
      case 'forbidden':
        return problem({
          status: 403,
          title: 'Forbidden',
          detail: `${access.principal.name} has the role ${access.principal.role}; this needs ${role}.`,
        });
      default:
        return unreachable(access);
    }
  };
}
