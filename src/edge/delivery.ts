/**
 * Brings one rollout's counts to a sink about once a second, each exactly once.
 *
 * One batch is in flight at a time and frozen until it is acknowledged: sent again, it carries the
 * same sequence number, so the hub can tell. The lease is a timestamp: the request that holds it may
 * be cancelled at any time, and the next one then takes over.
 */
import type { Batch } from '../core/metrics/batch.ts';
import type { KeyedProblem } from '../core/rollout/problem.ts';
import { Recorder } from './recorder.ts';
import type { Sink } from './sinks/sink.ts';
import { attempt, sleep, within } from './waiting.ts';

const FLUSH_MS = 1000;
const MAX_FLUSH_MS = 30_000;
const DELIVERY_TIMEOUT_MS = 10_000;
/** `waitUntil` ends 30 s after the response; a flush that starts now may take ten. */
const STAY_MS = 15_000;
/** What could not be delivered for so long is dropped and counted as lost. */
const KEEP_MS = 600_000;

/** What the configuration has to say in the next batch. */
export interface ConfigNews {
  readonly configErrors: number;
  readonly problems: readonly KeyedProblem[];
}

export class Delivery {
  readonly recorder = new Recorder();
  readonly #rollout: string;
  readonly #isolate: string;
  #sequence = 0;
  #inFlight: { readonly batch: Batch; readonly outcomes: number; readonly since: number } | undefined;
  #leaseUntil = 0;
  #flushMs = FLUSH_MS;
  #lost = 0;

  constructor(rollout: string, isolate: string) {
    this.#rollout = rollout;
    this.#isolate = isolate;
  }

  /** Whether nobody is about to flush. Cheap: asked on every request. */
  isDue(now: number): boolean {
    return now >= this.#leaseUntil;
  }

  /** Whether nothing is left to deliver and nobody is about to. */
  get isIdle(): boolean {
    return this.#leaseUntil === 0 && this.#inFlight === undefined && this.recorder.isEmpty;
  }

  /**
   * Flushes after the flush interval, and again as long as something is left to deliver, within the
   * time the platform grants after a response. For `waitUntil`: never throws.
   */
  async flushLater(sink: Sink, takeNews: () => ConfigNews): Promise<void> {
    const start = Date.now();
    for (let now = start; now - start < STAY_MS; now = Date.now()) {
      this.#leaseUntil = now + this.#flushMs + DELIVERY_TIMEOUT_MS;
      await sleep(this.#flushMs);
      await this.#flush(sink, takeNews);
      if (this.#inFlight === undefined && this.recorder.isEmpty) break;
    }
    this.#leaseUntil = 0;
  }

  async #flush(sink: Sink, takeNews: () => ConfigNews): Promise<void> {
    const now = Date.now();
    this.#dropTooOld(now);
    this.#inFlight ??= { outcomes: this.recorder.outcomes, since: now, batch: this.#freeze(takeNews()) };
    const { batch } = this.#inFlight;
    const reply = await attempt(
      `delivering to ${sink.name}`,
      within(DELIVERY_TIMEOUT_MS, sink.deliver(batch)),
    );
    // A later flush may have settled this very batch meanwhile, and sent the next.
    if (reply === undefined || !this.#isInFlight(batch)) return;
    this.#inFlight = undefined;
    this.#flushMs = Math.min(Math.max(reply.nextFlushMs, FLUSH_MS), MAX_FLUSH_MS);
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
      configErrors: news.configErrors,
      problems: news.problems,
      lost: this.#lost,
    };
    this.#lost = 0;
    return batch;
  }

  #dropTooOld(now: number): void {
    if (this.#inFlight === undefined || now - this.#inFlight.since < KEEP_MS) return;
    this.#lost += this.#inFlight.outcomes + this.#inFlight.batch.lost + this.recorder.outcomes;
    this.recorder.drain();
    this.#inFlight = undefined;
  }
}
