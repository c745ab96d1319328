import type { Cap } from '../../core/rollout/cap.ts';
import type { Env } from '../env.ts';
import type { Sink } from './sink.ts';

/** What the hub lets an isolate know with every reply. */
export type CapListener = (cap: Cap) => void;

/** The exact sink: the Durable Object that keeps a rollout's totals. Made per flush; a stub may not outlive a request. */
export function hubSink(env: Env, onCap: CapListener): Sink {
  return {
    name: 'hub',
    async deliver(batch) {
      const { nextFlushMs, cap } = await env.METRICS_HUB.getByName(batch.rollout).ingest(batch);
      if (cap !== null) onCap(cap);
      return { kind: 'taken', nextFlushMs };
    },
  };
}
