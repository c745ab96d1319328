/** What one isolate keeps between requests: configuration and counts. Nothing here is I/O. */
import { ConfigCache } from './config-cache.ts';
import { Delivery } from './delivery.ts';
import type { Env } from './env.ts';
import type { RolloutMemory } from './rollout-memory.ts';
import { hubSink } from './sinks/hub.ts';
import { newVisitorId } from './sticky-cookie.ts';

export class Isolate {
  readonly config = new ConfigCache((rollout, env) => this.#flush(rollout, env));
  readonly #deliveries = new Map<string, Delivery>();
  #id: string | undefined;
  readonly #random = new Uint8Array(9);

  newVisitor(): string {
    return newVisitorId(crypto.getRandomValues(this.#random));
  }

  /** The counts of a rollout. Not forgotten with its configuration: they may still have to be delivered. */
  delivery(rollout: string): Delivery {
    let delivery = this.#deliveries.get(rollout);
    if (delivery === undefined) {
      // Random values can't be had while the Worker starts, hence not in the constructor.
      this.#id ??= this.newVisitor();
      delivery = new Delivery(rollout, this.#id);
      this.#deliveries.set(rollout, delivery);
    }
    return delivery;
  }

  /** Sees to it that what was counted reaches the sinks, behind the request. */
  scheduleFlush(
    rollout: RolloutMemory,
    delivery: Delivery,
    env: Env,
    ctx: ExecutionContext,
    now: number,
  ): void {
    if (delivery.isDue(now)) ctx.waitUntil(this.#flush(rollout, env));
  }

  async #flush(rollout: RolloutMemory, env: Env): Promise<void> {
    const delivery = this.delivery(rollout.name);
    if (!delivery.isDue(Date.now())) return;
    await delivery.flushLater(hubSink(env), () => {
      const news = { configErrors: rollout.configErrors, problems: rollout.problems };
      rollout.configErrors = 0;
      return news;
    });
  }
}
