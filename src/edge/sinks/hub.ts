import type { Orders } from '../../core/metrics/batch.ts';
import type { Env } from '../env.ts';
import type { Sink } from './sink.ts';

/** What the hub lets an isolate know with every reply. */
export type OrdersListener = (orders: Orders) => void;

/** The exact sink: the Durable Object that keeps a rollout's totals. Made per flush; a stub may not outlive a request. */
export function hubSink(env: Env, onOrders: OrdersListener): Sink {
  return {
    name: 'hub',
    async deliver(batch) {
      const { nextFlushMs, ...orders } = await env.METRICS_HUB.getByName(batch.rollout).ingest(batch);
      onOrders(orders);
      return { kind: 'taken', nextFlushMs };
    },
  };
}
