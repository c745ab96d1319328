/** Hubs and controllers that pass everything on to the real ones until they are told to fail. */
import type { Orders } from '../../src/core/metrics/batch.ts';
import { WORKER, type LocalWeirOptions } from '../../scripts/local-weir.ts';
import { startTestWeir, type TestWeir } from './weir.ts';

export type HubBehaviour = 'ok' | 'throws' | 'hangs';

const SCRIPT = `
import { DurableObject } from 'cloudflare:workers';

const told = { hub: {}, controller: {} };

export class FrailHub extends DurableObject {}
export class FrailController extends DurableObject {}

function makeFrail(object, Class, binding, methods) {
  for (const method of methods) {
    Class.prototype[method] = async function (...args) {
      const { behaviour, only } = told[object];
      if (only === undefined || only === method || only === this.ctx.id.name) {
        if (behaviour === 'throws') throw new Error('the ' + object + ' is away');
        // A promise that nothing can ever settle would be found out by the runtime, and thrown.
        if (behaviour === 'hangs') await new Promise(resolve => setTimeout(resolve, 600_000));
      }
      return this.env[binding].getByName(this.ctx.id.name)[method](...args);
    };
  }
}

makeFrail('hub', FrailHub, 'REAL_HUB', [
  'ingest', 'setCap', 'setFlagsOff', 'orders', 'read', 'tail', 'setGauges', 'snapshot', 'pushedSnapshot', 'recent', 'series',
  'register', 'knows', 'names', 'rollouts', 'crowdedAt',
]);
makeFrail('controller', FrailController, 'REAL_CONTROLLER', [
  'state', 'events', 'note', 'lastGood', 'reportHandWritten', 'putDocument', 'putWeight',
  'act', 'delivery', 'documents', 'reports', 'poke', 'remove', 'flags', 'changeFlags',
]);

export default {
  async fetch(request, env) {
    const { object, orders, ...what } = await request.json();
    if (orders !== undefined) return Response.json(await env.REAL_HUB.getByName(orders).orders());
    told[object] = what;
    return new Response();
  },
};
`;

export interface FrailWeir extends TestWeir {
  /** From now on every hub, the index too, does this; or only the method or the rollout of that name. */
  hub(behaviour: HubBehaviour, only?: string): Promise<void>;
  controller(behaviour: HubBehaviour, only?: string): Promise<void>;
  /** What a rollout's hub tells isolates, whatever it is told to do itself. */
  ordersOf(rollout: string): Promise<Orders>;
}

export async function startFrailWeir(
  variables: Readonly<Record<string, string>> = {},
  options: Pick<LocalWeirOptions, 'analyticsEngine'> = {},
): Promise<FrailWeir> {
  const weir = await startTestWeir({
    ...options,
    variables,
    metricsHub: { className: 'FrailHub', scriptName: 'frail-hub' },
    rolloutController: { className: 'FrailController', scriptName: 'frail-hub' },
    companions: [
      {
        name: 'frail-hub',
        script: SCRIPT,
        durableObjects: {
          FRAIL_HUB: { className: 'FrailHub', scriptName: 'frail-hub', useSQLite: true },
          REAL_HUB: { className: 'MetricsHub', scriptName: WORKER, useSQLite: true },
          FRAIL_CONTROLLER: { className: 'FrailController', scriptName: 'frail-hub', useSQLite: true },
          REAL_CONTROLLER: { className: 'RolloutController', scriptName: WORKER, useSQLite: true },
        },
      },
    ],
  });
  const url = await weir.miniflare.unsafeGetDirectURL('frail-hub');
  const tell = async (object: string, behaviour: HubBehaviour, only?: string): Promise<void> => {
    await fetch(url, { method: 'POST', body: JSON.stringify({ object, behaviour, only }) });
  };
  return {
    ...weir,
    hub: (behaviour, only) => tell('hub', behaviour, only),
    controller: (behaviour, only) => tell('controller', behaviour, only),
    async ordersOf(rollout) {
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ orders: rollout }) });
      return (await answer.json()) as Orders;
    },
  };
}
