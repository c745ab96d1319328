/**
 * Brings one rollout's counts to a sink about once a second, each exactly once.
 *
 * One batch is in flight at a time and frozen until it is acknowledged: sent again, it carries the
 * same sequence number, so the hub can tell. The lease is a timestamp: the request that holds it may
 * be cancelled at any time, and the next one then takes over.
 */
import type { Batch } from '../core/metrics/batch.ts';
import { FLUSH_MS, MAX_FLUSH_MS } from '../core/metrics/pace.ts';
import { Recorder } from './recorder.ts';
import type { Sink } from './sinks/sink.ts';
import { attempt, sleep, within } from './waiting.ts';

const DELIVERY_TIMEOUT_MS = 10_000;
/** `waitUntil` ends 30 s after the response: a flusher sleeps and stays no longer than fits in there. */
const MAX_SLEEP_MS = 8000;
const STAY_MS = 8000;
/** What could not be delivered for so long is dropped and counted as lost. */
const KEEP_MS = 600_000;

/** What the configuration has to say in the next batch. */
export type ConfigNews = Pick<Batch, 'configErrors' | 'problems' | 'weights'>;

export class Delivery {
  readonly recorder = new Recorder();
  readonly #rollout: string;
  readonly #isolate: string;
  #sequence = 0;
  #inFlight: { readonly batch: Batch; readonly outcomes: number; readonly since: number } | undefined;
  #leaseUntil = 0;
  /** A busy hub asks for patience. */
  #notBefore = 0;
  #lost = 0;

  constructor(rollout: string, isolate: string) {
    this.#rollout = rollout;
    this.#isolate = isolate;
  }

  /** Whether nobody is about to flush. Cheap: asked on every request. */
  isDue(now: number): boolean {
    return now >= this.#leaseUntil && now >= this.#notBefore - MAX_SLEEP_MS;
  }

  /** Whether nothing is left to deliver and nobody is about to. */
  isIdle(now: number): boolean {
    return now >= this.#leaseUntil && this.#inFlight === undefined && this.recorder.isEmpty;
  }

  /**
   * Flushes after the flush interval, and again as long as something is left to deliver. For
   * `waitUntil`: never throws.
   */
  async flushLater(sink: Sink, takeNews: () => ConfigNews): Promise<void> {
    const start = Date.now();
    let now = start;
    do {
      const pause = Math.min(Math.max(this.#notBefore - now, FLUSH_MS), MAX_SLEEP_MS);
      const lease = now + pause + DELIVERY_TIMEOUT_MS;
      this.#leaseUntil = lease;
      await sleep(pause);
      await this.#flush(sink, takeNews);
      // Late, and someone else has taken over.
      if (this.#leaseUntil !== lease) return;
      now = Date.now();
    } while (this.#hasMore() && now - start < STAY_MS && now >= this.#notBefore - MAX_SLEEP_MS);

    // From here on whoever records sees to their own flush; what is there already has only this one.
    this.#leaseUntil = 0;
    if (this.#inFlight !== undefined) await this.#flush(sink, takeNews);
    if (!this.recorder.isEmpty) await this.#flush(sink, takeNews);
  }

  #hasMore(): boolean {
    return this.#inFlight !== undefined || !this.recorder.isEmpty;
  }

  async #flush(sink: Sink, takeNews: () => ConfigNews): Promise<void> {
    const now = Date.now();
    this.#dropTooOld(now);
    this.#inFlight ??= { outcomes: this.recorder.outcomes, since: now, batch: this.#freeze(takeNews()) };
    const { batch } = this.#inFlight;
    const reply = await attempt(`delivering to ${sink.name}`, () =>
      within(DELIVERY_TIMEOUT_MS, sink.deliver(batch)),
    );
    // A later flush may have settled this very batch meanwhile, and sent the next.
    if (reply === undefined || !this.#isInFlight(batch)) return;
    this.#inFlight = undefined;
    this.#notBefore = Date.now() + Math.min(Math.max(reply.nextFlushMs, FLUSH_MS), MAX_FLUSH_MS);
  }

  #isInFlight(batch: Batch): boolean {
    return this.#inFlight?.batch === batch;
  }

  #freeze(news: ConfigNews): Batch {
    const batch = {
      rollout: this.#rollout,
      isolate: this.#isolate,
      sequence: ++this.#sequence,
      ...this.recorder.drain(),
      ...news,
      lost: this.#lost,
    };
    this.#lost = 0;
    return batch;
  }

  /** Drops the frozen batch; what came after it goes into the next one. */
  #dropTooOld(now: number): void {
    if (this.#inFlight === undefined || now - this.#inFlight.since < KEEP_MS) return;
    this.#lost += this.#inFlight.outcomes + this.#inFlight.batch.lost;
    this.#inFlight = undefined;
  }
}
