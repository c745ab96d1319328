/** Everything under `/__weir/`: Weir's own, never an origin's. */
import { Hono } from 'hono';
import type { Env } from '../edge/env.ts';
import type { Isolate } from '../edge/isolate.ts';
import { claimOf, type RequestTarget } from '../edge/request-target.ts';
import { freezeAll } from './admin/freeze-all.ts';
import { me } from './admin/me.ts';
import { rollouts } from './admin/rollouts.ts';
import { dashboard } from './dashboard.ts';
import { metrics } from './metrics.ts';
import { isOfrep, ofrep } from './ofrep/route.ts';
import { openapi } from './openapi.ts';
import { problem } from './problem.ts';

const app = new Hono<{ Bindings: Env }>({ strict: true });

app.get('/__weir/health', () =>
  Response.json({ status: 'ok' }, { headers: { 'cache-control': 'no-store' } }),
);
app.get('/__weir/openapi.json', () => Response.json(openapi));
app.route('/', dashboard);
app.route('/__weir/metrics', metrics);
app.route('/__weir/api/me', me);
app.route('/__weir/api/rollouts', rollouts);
app.route('/__weir/api/freeze', freezeAll);
app.notFound(context => notFound(new URL(context.req.url).pathname));
app.onError(error => {
  console.error(JSON.stringify({ message: 'a surface failed', error: String(error) }));
  return problem({
    status: 500,
    title: 'Internal Server Error',
    detail: 'Weir could not do this just now; nothing was changed. Try again.',
  });
});

/** Whether the request came to the host that is Weir's alone. */
export function isAdminHost(target: RequestTarget, env: Env): boolean {
  const adminHost = env.ADMIN_HOST;
  return (
    adminHost !== undefined && adminHost !== '' && target.authority.toLowerCase() === adminHost.toLowerCase()
  );
}

export async function surfaces(
  request: Request,
  target: RequestTarget,
  env: Env,
  ctx: ExecutionContext,
  isolate: Isolate,
): Promise<Response> {
  const path = target.path.split(/[?#]/, 1)[0] ?? '/';
  // Spelt in a way that only an origin would take for /__weir: nobody's.
  if (claimOf(target.path) === 'disguised') return notFound(path);
  if (isOfrep(path)) return await ofrep(request, target, path, env, ctx, isolate);
  const isElsewhere = (env.ADMIN_HOST ?? '') !== '' && !isAdminHost(target, env);
  if (isElsewhere && path !== '/__weir/health') return notFound(path);
  return await app.fetch(
    new Request(`${target.isHttps ? 'https' : 'http'}://${target.authority}${target.path}`, request),
    env,
    ctx,
  );
}

function notFound(path: string): Response {
  return problem({ status: 404, title: 'Not Found', detail: `Nothing here answers ${path.slice(0, 200)}.` });
}
