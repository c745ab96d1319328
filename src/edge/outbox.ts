/**
 * What one sink of one rollout has not taken yet.
 *
 * One batch is in flight at a time and frozen until it is acknowledged: sent again, it carries the
 * same sequence number, so the hub can tell. What comes meanwhile is added up behind it, so a sink
 * that is away for long costs no more memory than one that is away for a second.
 */
import type { Batch, Delta, SinkHealth } from '../core/metrics/batch.ts';
import { addDeltas, outcomesOf } from '../core/metrics/delta.ts';
import { FLUSH_MS, MAX_FLUSH_MS } from '../core/metrics/pace.ts';
import { unreachable } from '../core/result.ts';
import type { Sink, SinkReply } from './sinks/sink.ts';
import { within } from './waiting.ts';

export const DELIVERY_TIMEOUT_MS = 10_000;
/** A batch that could not be delivered for so long is dropped and counted as lost. */
const KEEP_MS = 600_000;
/** A sink that fails is logged when it begins to, and then so often: each answer may be worded anew. */
const WARN_MS = 60_000;

export class Outbox {
  readonly #rollout: string;
  readonly #isolate: string;
  #sequence = 0;
  #pending: Delta | undefined;
  #inFlight: { readonly batch: Batch; readonly since: number } | undefined;
  /** A timestamp, not a flag: the request that sends may be cancelled at any time, and another then takes over. */
  #busyUntil = 0;
  /** A sink that failed is left alone until then. */
  #notBefore = 0;
  /** A busy hub would rather not hear of us before; it would still take what is left at the end. */
  #pacedUntil = 0;
  #failures = 0;
  /** Dropped, and not said in a batch yet. */
  #lost = 0;
  /** Dropped, and not said in this sink's health yet. */
  #unreported = 0;
  #trouble: string | undefined;
  #warnedAt = -Infinity;

  constructor(rollout: string, isolate: string) {
    this.#rollout = rollout;
    this.#isolate = isolate;
  }

  get isEmpty(): boolean {
    return this.#inFlight === undefined && this.#pending === undefined;
  }

  /** When the sink would like to be given more. */
  get readyAt(): number {
    return Math.max(this.#notBefore, this.#pacedUntil);
  }

  add(delta: Delta): void {
    this.#pending = this.#pending === undefined ? delta : addDeltas(this.#pending, delta);
  }

  /** How the sink has fared; what it lost is told once. */
  takeHealth(): SinkHealth {
    const lost = this.#unreported;
    this.#unreported = 0;
    return this.#trouble === undefined ? { lost } : { lost, trouble: this.#trouble };
  }

  /**
   * Gives the sink what it has not taken yet, unless that is under way or not its time. Never throws.
   * @param isLast nobody else is about to: what is left goes now, whatever pace was asked for
   */
  async send(sink: Sink, isLast = false): Promise<void> {
    const now = Date.now();
    if (now < this.#busyUntil) return;
    this.#dropTooOld(now);
    if (now < this.#notBefore || (now < this.#pacedUntil && !isLast)) return;
    this.#inFlight ??= this.#freeze(now);
    if (this.#inFlight === undefined) return;
    const { batch } = this.#inFlight;
    const busyUntil = now + DELIVERY_TIMEOUT_MS + FLUSH_MS;
    this.#busyUntil = busyUntil;
    const reply = await answer(sink, batch);
    if (this.#busyUntil === busyUntil) this.#busyUntil = 0;
    // A later one may have settled this very batch meanwhile, and sent the next.
    if (this.#isInFlight(batch)) this.#settle(sink.name, batch, reply, now);
  }

  #isInFlight(batch: Batch): boolean {
    return this.#inFlight?.batch === batch;
  }

  #freeze(now: number): { batch: Batch; since: number } | undefined {
    if (this.#pending === undefined) return undefined;
    const batch = {
      ...this.#pending,
      rollout: this.#rollout,
      isolate: this.#isolate,
      sequence: ++this.#sequence,
      lost: this.#lost,
    };
    this.#pending = undefined;
    this.#lost = 0;
    return { batch, since: now };
  }

  #settle(name: string, batch: Batch, reply: SinkReply, sentAt: number): void {
    const now = Date.now();
    switch (reply.kind) {
      case 'taken':
        this.#inFlight = undefined;
        this.#failures = 0;
        this.#trouble = undefined;
        // From when it was sent: a hub answers after its commit, and would else be told every third second.
        this.#pacedUntil = sentAt + Math.min(Math.max(reply.nextFlushMs ?? FLUSH_MS, FLUSH_MS), MAX_FLUSH_MS);
        this.#lose(reply.lost ?? 0);
        return;
      case 'retry':
        // "At once", said by one that can't keep up, would have it asked twenty times a second.
        this.#notBefore = now + Math.max(reply.afterMs ?? 0, backoffMs(this.#failures++));
        this.#fail(name, reply.why, now);
        return;
      case 'refused':
        this.#notBefore = now + FLUSH_MS;
        this.#drop(batch);
        this.#fail(name, reply.why, now);
        return;
      default:
        unreachable(reply);
    }
  }

  #fail(name: string, why: string, now: number): void {
    if (this.#trouble === undefined || now - this.#warnedAt >= WARN_MS) {
      this.#warnedAt = now;
      console.warn(JSON.stringify({ message: `delivering to ${name} failed`, error: why }));
    }
    this.#trouble = why;
  }

  /** Drops the frozen batch; what came after it goes into the next one. */
  #dropTooOld(now: number): void {
    if (this.#inFlight !== undefined && now - this.#inFlight.since >= KEEP_MS)
      this.#drop(this.#inFlight.batch);
  }

  /** What it said was lost has to be said again; the health has told of that already. */
  #drop(batch: Batch): void {
    this.#inFlight = undefined;
    this.#lost += batch.lost;
    this.#lose(outcomesOf(batch));
  }

  #lose(outcomes: number): void {
    this.#lost += outcomes;
    this.#unreported += outcomes;
  }
}

async function answer(sink: Sink, batch: Batch): Promise<SinkReply> {
  try {
    return await within(DELIVERY_TIMEOUT_MS, sink.deliver(batch));
  } catch (error) {
    return { kind: 'retry', why: error instanceof Error ? error.message : String(error) };
  }
}

/** 1 s, 2 s, 4 s … 30 s, less up to half: isolates that failed together don't come back together. */
function backoffMs(failures: number): number {
  return Math.min(FLUSH_MS * 2 ** Math.min(failures, 10), MAX_FLUSH_MS) * (1 - Math.random() / 2);
}
