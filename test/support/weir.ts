/** A running Weir for one test file, over real sockets, with nothing shared with any other. */
import { inject } from 'vitest';
import { eventually } from './eventually.ts';
import { startLocalWeir, WORKER, type LocalWeir, type LocalWeirOptions } from '../../scripts/local-weir.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-tests';
export const OPERATOR_TOKEN = 'op-secret';
export const VIEWER_TOKEN = 'view-secret';
/** Ada the admin, Olga the operator, and whoever looks. */
export const TEAM = {
  ADMIN_TOKEN: `ada:admin:${ADMIN_TOKEN},olga:operator:${OPERATOR_TOKEN}`,
  VIEWER_TOKEN,
};
export const OVERRIDE_SECRET = 'override-secret-of-the-tests';

export interface AdminRequest {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestWeir extends LocalWeir {
  /** Writes a KV value as `wrangler kv key put` does. */
  putKv(key: string, value: string): Promise<void>;
  /** A call of Weir's own surfaces with the admin token. */
  admin(path: string, init?: AdminRequest): Promise<Response>;
}

/** Reads KV every second, so that tests needn't wait for long. */
export async function startTestWeir(options: Partial<LocalWeirOptions> = {}): Promise<TestWeir> {
  const weir = await startLocalWeir({
    bundle: inject('bundle'),
    ...options,
    variables: { ADMIN_TOKEN, OVERRIDE_SECRET, CONFIG_REFRESH: '1', ...options.variables },
  });
  return {
    ...weir,
    async putKv(key, value) {
      const rollouts = await weir.miniflare.getKVNamespace('ROLLOUTS');
      await rollouts.put(key, value);
    },
    admin: (path, init = {}) =>
      fetch(`${weir.url}/__weir${path}`, {
        ...init,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...init.headers },
      }),
  };
}

/** Throws a hub out of memory, as the platform may at any time between two calls. */
export async function evictHub(weir: LocalWeir, name: string): Promise<void> {
  await eventually(`eviction of hub ${name}`, async () => {
    await weir.miniflare.unsafeEvictDurableObject(WORKER, 'MetricsHub', { name });
    return true;
  });
}
