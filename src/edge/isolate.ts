/** What one isolate keeps between requests: configuration, counts, breakers. Nothing here is I/O. */
import { Breakers } from './breakers.ts';
import { ConfigCache } from './config-cache.ts';
import { Delivery } from './delivery.ts';
import type { Env } from './env.ts';
import { Leases } from './leases.ts';
import type { RolloutMemory } from './rollout-memory.ts';
import { sinksOf } from './sinks/sinks.ts';
import { newVisitorId } from './sticky-cookie.ts';

/** Past so many, rollouts without anything left to deliver are forgotten. */
const MAX_DELIVERIES = 1000;
/** Copies of requests under way at a time: a candidate that hangs must not fill the memory. */
const MAX_MIRRORS = 20;

export class Isolate {
  readonly config = new ConfigCache((rollout, env) => this.#flush(rollout, this.delivery(rollout.name), env));
  readonly breakers = new Breakers();
  /** Copies that are under way. */
  readonly mirrors = new Leases(MAX_MIRRORS);
  readonly #deliveries = new Map<string, Delivery>();
  readonly #random = new Uint8Array(9);

  newVisitor(): string {
    return newVisitorId(crypto.getRandomValues(this.#random));
  }

  /** The counts of a rollout. Not forgotten with its configuration: they may still have to be delivered. */
  delivery(rollout: string): Delivery {
    let delivery = this.#deliveries.get(rollout);
    if (delivery === undefined) {
      if (this.#deliveries.size >= MAX_DELIVERIES) this.#forgetIdle();
      // An id of its own for each: a forgotten and renewed one counts its batches from one again.
      delivery = new Delivery(rollout, this.newVisitor());
      this.#deliveries.set(rollout, delivery);
    }
    return delivery;
  }

  #forgetIdle(): void {
    const now = Date.now();
    for (const [rollout, delivery] of this.#deliveries)
      if (delivery.isIdle(now)) this.#deliveries.delete(rollout);
  }

  /** Sees to it that what was counted reaches the sinks, behind the request. */
  scheduleFlush(
    rollout: RolloutMemory,
    delivery: Delivery,
    env: Env,
    ctx: ExecutionContext,
    now: number,
  ): void {
    if (delivery.isDue(now)) ctx.waitUntil(this.#flush(rollout, delivery, env));
  }

  async #flush(rollout: RolloutMemory, delivery: Delivery, env: Env): Promise<void> {
    if (!delivery.isDue(Date.now())) return;
    const sinks = sinksOf(env, ({ cap, flagsOff }) => {
      if (cap !== null) rollout.takeCap(cap);
      this.config.takeFlagsOff(flagsOff);
    });
    await delivery.flushLater(sinks, () => {
      const { configErrors, problems, active } = rollout;
      rollout.configErrors = 0;
      const variants = active?.rollout.variants ?? [];
      const weights = Object.fromEntries(
        variants.map(({ name, index }) => [name, active?.split.weights[index] ?? 0]),
      );
      const generation = active === undefined ? {} : { generation: active.split.generation };
      return { configErrors, problems, weights, ...generation };
    });
  }
}
