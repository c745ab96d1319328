/** Wires the parts. */
import type { Env } from './edge/env.ts';
import { Isolate } from './edge/isolate.ts';
import { claimOf, targetOf } from './edge/request-target.ts';
import { failed } from './http/proxy-answers.ts';
import { proxy } from './http/proxy.ts';
import { isAdminHost, surfaces } from './http/surfaces.ts';

export { MetricsHub } from './objects/metrics-hub.ts';
export { RolloutController } from './objects/rollout-controller.ts';

const isolate = new Isolate();

export default {
  fetch(request, env, ctx) {
    const target = targetOf(request.url);
    return claimOf(target.path) === 'origin' && !isAdminHost(target, env)
      ? proxy(request, target, env, ctx, isolate).catch(failed)
      : surfaces(request, target, env, ctx, isolate).catch(failed);
  },
} satisfies ExportedHandler<Env>;
