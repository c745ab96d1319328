/** The same Worker once more, in an isolate of its own over the same KV and the same Durable Objects. */
import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import { WORKER, type Companion } from '../../scripts/local-weir.ts';

export const SECOND_ISOLATE = 'second-isolate';

export function secondIsolate(): Companion {
  return {
    name: SECOND_ISOLATE,
    script: readFileSync(inject('bundle'), 'utf8'),
    durableObjects: {
      METRICS_HUB: { className: 'MetricsHub', scriptName: WORKER, useSQLite: true },
      ROLLOUT_CONTROLLER: { className: 'RolloutController', scriptName: WORKER, useSQLite: true },
    },
    kvNamespaces: { ROLLOUTS: 'ROLLOUTS' },
    bindings: { CONFIG_REFRESH: '1' },
  };
}
