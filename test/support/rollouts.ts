/** Rollouts that move themselves, each under a host of its own on one running Weir. */
import { expect } from 'vitest';
import type { DeliveryStatus } from '../../src/core/delivery/delivery-status.ts';
import type { ControlEvent } from '../../src/core/rollout/control.ts';
import { eventually } from './eventually.ts';
import { startOrigin, type Answer, type HttpOrigin } from './origin.ts';
import { startRegulars, type Regulars } from './regulars.ts';
import type { TestWeir } from './weir.ts';

/** A plan that can be walked while a test waits for it. */
export const SHORT_PLAN = {
  steps: [
    { weight: 5, hold: '2s' },
    { weight: 50, hold: '2s' },
    { weight: 100, hold: '2s' },
  ],
  criteria: [
    { metric: 'errors', tolerance: { ratio: 1.1, absolute: 0.0001 } },
    // Of the machine more than of the origins.
    { metric: 'latency', tolerance: { ratio: 2 } },
    { metric: '4xx', tolerance: { ratio: 1.5, absolute: 0.01 } },
    { metric: 'errors', limit: 0.5 },
  ],
  falsePromotionRate: 0.2,
  blastRadius: 0.2,
  minRequests: 10,
  warmup: '0s',
};

/** Takes 20 to 30 ms, so that a busy machine adds little to it. */
export const good =
  (name: string, version = '1', ms = 20): Answer =>
  (_, response) =>
    void setTimeout(
      () => response.writeHead(200, { 'x-served-by': name, 'x-version': version }).end(name),
      ms + Math.random() * (ms / 2),
    );

/** What a rollout needs of a Weir, however that one runs. */
export type Reachable = Pick<TestWeir, 'url' | 'admin'>;

export class Rollout {
  readonly host: string;
  readonly stable: HttpOrigin;
  readonly canary: HttpOrigin;
  readonly #weir: Reachable;
  #regulars: Regulars | undefined;
  #document: object;

  private constructor(weir: Reachable, host: string, stable: HttpOrigin, canary: HttpOrigin, plan: object) {
    this.#weir = weir;
    this.host = host;
    this.stable = stable;
    this.canary = canary;
    this.#document = {
      variants: { stable: { origin: stable.url }, canary: { origin: canary.url, version: '1' } },
      plan,
    };
  }

  /** @param plan changes {@link SHORT_PLAN} @param document changes the rest of the document */
  static async set(
    weir: Reachable,
    host: string,
    plan: object = {},
    document: object = {},
  ): Promise<Rollout> {
    const [stable, canary] = await Promise.all([startOrigin(good('stable')), startOrigin(good('canary'))]);
    const rollout = new Rollout(weir, host, stable, canary, { ...SHORT_PLAN, ...plan });
    await rollout.put(document);
    return rollout;
  }

  /** Puts the document with these changes. */
  async put(change: object): Promise<{ readonly effects: readonly string[] }> {
    return this.call('', { method: 'PUT', body: this.text(change) });
  }

  /** The document, from now on with these changes, for those who put it by themselves. */
  text(change: object): string {
    this.#document = { ...this.#document, ...change };
    return JSON.stringify(this.#document);
  }

  variants(version: string): object {
    return {
      variants: { stable: { origin: this.stable.url }, canary: { origin: this.canary.url, version } },
    };
  }

  visitors(rps: number, visitors = 200): Regulars {
    this.#regulars = startRegulars(this.#weir.url, this.host, rps, visitors);
    return this.#regulars;
  }

  /** @throws if Weir doesn't answer 2xx */
  async call<T>(path: string, init: { method?: string; body?: string } = {}): Promise<T> {
    const response = await this.#weir.admin(`/api/rollouts/${this.host}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  verb(verb: string, body: object = {}): Promise<{ readonly message: string }> {
    return this.call(`/${verb}`, { method: 'POST', body: JSON.stringify(body) });
  }

  async refused(verb: string, body: object = {}): Promise<string> {
    const init = { method: 'POST', body: JSON.stringify(body) };
    const response = await this.#weir.admin(`/api/rollouts/${this.host}/${verb}`, init);
    const { detail } = (await response.json()) as { detail: string };
    expect([response.status, detail]).toEqual([409, expect.any(String)]);
    return detail;
  }

  async delivery(): Promise<DeliveryStatus> {
    return (await this.call<{ delivery: DeliveryStatus }>('')).delivery;
  }

  async events(): Promise<readonly (Omit<ControlEvent, 'at'> & { at: string })[]> {
    return (await this.call<{ events: (Omit<ControlEvent, 'at'> & { at: string })[] }>('/events')).events;
  }

  /** Waits until the status is as wanted. */
  until(
    what: string,
    isSo: (status: DeliveryStatus) => boolean,
    timeoutMs = 25_000,
  ): Promise<DeliveryStatus> {
    let last: DeliveryStatus | undefined;
    return eventually(
      what,
      async () => {
        last = await this.delivery();
        return isSo(last) ? last : undefined;
      },
      timeoutMs,
    ).catch((error: unknown) => {
      throw new Error(`${this.host}: ${what}; last seen ${JSON.stringify(last)}`, { cause: error });
    });
  }

  phase(phase: DeliveryStatus['phase'], timeoutMs?: number): Promise<DeliveryStatus> {
    return this.until(phase, status => status.phase === phase, timeoutMs);
  }

  async close(): Promise<void> {
    await this.#regulars?.leave();
    await Promise.all([this.stable.close(), this.canary.close()]);
  }
}
