/**
 * Calls methods of Weir's Durable Objects inside the runtime, from a Worker beside it. A stub held
 * in Node would keep the object from being evicted.
 */
import { WORKER, type Companion } from '../../scripts/local-weir.ts';
import { startTestWeir, type TestWeir } from './weir.ts';

const DRIVER = `export default {
  async fetch(request, env) {
    const { binding, name, method, args } = await request.json();
    return Response.json((await env[binding].getByName(name)[method](...args)) ?? null);
  },
}`;

export interface Objects {
  readonly weir: TestWeir;
  hub<T>(name: string, method: string, ...args: readonly unknown[]): Promise<T>;
  controller<T>(name: string, method: string, ...args: readonly unknown[]): Promise<T>;
}

export async function startObjects(
  variables: Readonly<Record<string, string>> = {},
  companions: readonly Companion[] = [],
): Promise<Objects> {
  const weir = await startTestWeir({
    variables,
    companions: [
      ...companions,
      {
        name: 'driver',
        script: DRIVER,
        durableObjects: {
          METRICS_HUB: { className: 'MetricsHub', scriptName: WORKER, useSQLite: true },
          ROLLOUT_CONTROLLER: { className: 'RolloutController', scriptName: WORKER, useSQLite: true },
        },
      },
    ],
  });
  const url = await weir.miniflare.unsafeGetDirectURL('driver');
  const call = async <T>(
    binding: string,
    name: string,
    method: string,
    args: readonly unknown[],
  ): Promise<T> => {
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify({ binding, name, method, args }),
    });
    if (!response.ok) throw new Error(`${binding} ${name}.${method} failed: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    weir,
    hub: (name, method, ...args) => call('METRICS_HUB', name, method, args),
    controller: (name, method, ...args) => call('ROLLOUT_CONTROLLER', name, method, args),
  };
}
