/** A hub that passes everything on to the real one until it is told to fail. */
import { WORKER, type LocalWeirOptions } from '../../scripts/local-weir.ts';
import { startTestWeir, type TestWeir } from './weir.ts';

export type HubBehaviour = 'ok' | 'throws' | 'hangs';

const SCRIPT = `
import { DurableObject } from 'cloudflare:workers';

let behaviour = 'ok';

export class FrailHub extends DurableObject {}

for (const method of [
  'ingest', 'snapshot', 'pushedSnapshot', 'recent', 'series',
  'register', 'knows', 'rollouts', 'crowdedAt',
]) {
  FrailHub.prototype[method] = async function (...args) {
    if (behaviour === 'throws') throw new Error('the hub is away');
    // A promise that nothing can ever settle would be found out by the runtime, and thrown.
    if (behaviour === 'hangs') await new Promise(resolve => setTimeout(resolve, 600_000));
    return this.env.REAL.getByName(this.ctx.id.name)[method](...args);
  };
}

export default {
  async fetch(request) {
    behaviour = await request.text();
    return new Response(behaviour);
  },
};
`;

export interface FrailWeir extends TestWeir {
  /** From now on every hub, the index too, does this. */
  hub(behaviour: HubBehaviour): Promise<void>;
}

export async function startFrailWeir(
  variables: Readonly<Record<string, string>> = {},
  options: Pick<LocalWeirOptions, 'analyticsEngine'> = {},
): Promise<FrailWeir> {
  const weir = await startTestWeir({
    ...options,
    variables,
    metricsHub: { className: 'FrailHub', scriptName: 'frail-hub' },
    companions: [
      {
        name: 'frail-hub',
        script: SCRIPT,
        durableObjects: {
          FRAIL: { className: 'FrailHub', scriptName: 'frail-hub', useSQLite: true },
          REAL: { className: 'MetricsHub', scriptName: WORKER, useSQLite: true },
        },
      },
    ],
  });
  const url = await weir.miniflare.unsafeGetDirectURL('frail-hub');
  return {
    ...weir,
    async hub(behaviour) {
      await fetch(url, { method: 'POST', body: behaviour });
    },
  };
}
