/**
 * Brings one rollout's counts to the sinks about once a second.
 *
 * The recorder is emptied once and every sink gets the same delta into an outbox of its own: none
 * waits for another. The lease is a timestamp: the request that holds it may be cancelled at any
 * time, and the next one then takes over.
 */
import type { Delta, SinkHealth } from '../core/metrics/batch.ts';
import { FLUSH_MS } from '../core/metrics/pace.ts';
import { Outbox } from './outbox.ts';
import { Recorder } from './recorder.ts';
import type { Sink } from './sinks/sink.ts';
import { Versions } from './versions.ts';
import { sleep } from './waiting.ts';

/** `waitUntil` ends 30 s after the response: a flusher sleeps, stays and lingers no longer than fits in there. */
const MAX_SLEEP_MS = 19_000;
const STAY_MS = 6000;
/** What is owed to a sink that fails is tried again for so long, if no other request sees to it. */
const LINGER_MS = 19_000;
/** A timer that is late by more has gone with its request. */
const GRACE_MS = 2000;

/** The sink that is told how the others fare. */
const HUB = 'hub';

/** What the configuration has to say in the next delta. */
export type ConfigNews = Pick<Delta, 'configErrors' | 'problems' | 'weights' | 'generation'>;

export class Delivery {
  readonly recorder = new Recorder();
  readonly versions = new Versions();
  readonly #rollout: string;
  readonly #isolate: string;
  readonly #outboxes = new Map<string, Outbox>();
  #leaseUntil = 0;
  /** Until when everything is collected. */
  #collectedUntil = 0;

  constructor(rollout: string, isolate: string) {
    this.#rollout = rollout;
    this.#isolate = isolate;
  }

  /** Whether nobody is about to flush. Cheap: asked on every request. */
  isDue(now: number): boolean {
    return now >= this.#leaseUntil;
  }

  /** Whether nothing is left to deliver and nobody is about to. */
  isIdle(now: number): boolean {
    return now >= this.#leaseUntil && !this.#hasMore();
  }

  /**
   * Flushes after the flush interval, and again as long as something is left to deliver. For
   * `waitUntil`: never throws, and ends when every sink has answered what it was sent.
   */
  async flushLater(sinks: readonly Sink[], takeNews: () => ConfigNews): Promise<void> {
    for (const { name } of sinks) {
      if (!this.#outboxes.has(name)) this.#outboxes.set(name, new Outbox(this.#rollout, this.#isolate));
    }
    const start = Date.now();
    // What is to be collected was counted just now, however long nothing was before.
    this.#collectedUntil = Math.max(this.#collectedUntil, start - FLUSH_MS);
    const sending: Promise<void>[] = [];
    let lease: number;
    do {
      const now = Date.now();
      const pause = Math.min(Math.max(this.#readyAt() - now, FLUSH_MS), MAX_SLEEP_MS);
      lease = now + pause + GRACE_MS;
      this.#leaseUntil = lease;
      await sleep(pause);
      sending.push(...this.#flush(sinks, takeNews));
      // Late, and someone else has taken over.
    } while (this.#leaseUntil === lease && this.#hasMore() && Date.now() - start < STAY_MS);

    // From here on whoever records sees to their own flush; what is there already may have only this one.
    if (this.#leaseUntil === lease) this.#leaseUntil = 0;
    await Promise.all(sending);
    while (this.#isLeftToUs() && Date.now() - start < LINGER_MS) {
      await sleep(FLUSH_MS);
      await Promise.all(this.#flush(sinks, takeNews));
    }
    if (this.#isLeftToUs()) await sleep(FLUSH_MS);
    if (this.#isLeftToUs()) await Promise.all(this.#flush(sinks, takeNews, true));
  }

  #isLeftToUs(): boolean {
    return this.#hasMore() && Date.now() >= this.#leaseUntil;
  }

  /** The earliest moment at which some sink would like more. */
  #readyAt(): number {
    return Math.min(...[...this.#outboxes.values()].map(({ readyAt }) => readyAt));
  }

  #hasMore(): boolean {
    if (!this.recorder.isEmpty) return true;
    for (const outbox of this.#outboxes.values()) if (!outbox.isEmpty) return true;
    return false;
  }

  /** Starts to send everything to every sink that is free to take it. */
  #flush(sinks: readonly Sink[], takeNews: () => ConfigNews, isLast = false): Promise<void>[] {
    const delta = this.#collect(takeNews());
    return sinks.map(async sink => {
      const outbox = this.#outboxes.get(sink.name);
      if (delta !== undefined) outbox?.add(delta);
      await outbox?.send(sink, isLast);
    });
  }

  /** @returns undefined if there is nothing to tell */
  #collect(news: ConfigNews): Delta | undefined {
    this.recorder.giveUpOverdue(Date.now());
    if (this.recorder.isEmpty && news.configErrors === 0) return undefined;
    const since = this.#collectedUntil;
    this.#collectedUntil = Date.now();
    const sinks = [...this.#outboxes].filter(([name]) => name !== HUB);
    return {
      since,
      until: this.#collectedUntil,
      ...this.recorder.drain(),
      ...news,
      versions: this.versions.take(),
      sinks: Object.fromEntries(
        sinks.map(([name, outbox]): [string, SinkHealth] => [name, outbox.takeHealth()]),
      ),
    };
  }
}
