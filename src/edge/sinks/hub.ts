import type { Env } from '../env.ts';
import type { Sink } from './sink.ts';

/** The exact sink: the Durable Object that keeps a rollout's totals. Made per flush; a stub may not outlive a request. */
export function hubSink(env: Env): Sink {
  return {
    name: 'hub',
    async deliver(batch) {
      const { nextFlushMs } = await env.METRICS_HUB.getByName(batch.rollout).ingest(batch);
      return { kind: 'taken', nextFlushMs };
    },
  };
}
