/**
 * Writes what a controller keeps to KV until KV has taken it, at most once a second per key (KV's own
 * limit). What is still to be written is on disk: after a crash or an eviction the alarm goes on.
 */
import type { Kept, Slot } from '../core/rollout/control.ts';
import { isUnwritten, markDeleted, markWritten, readFact, readKept, writeFact } from './controller-store.ts';
import { sleep, within } from './waiting.ts';

const KV_PACE_MS = 1000;
const RETRY_MS = 2000;
/** Attempts in a row before the alarm takes over. */
const ATTEMPTS = 3;
/** A write that takes longer counts as failed; written twice, it is the same. */
export const KV_TIMEOUT_MS = 10_000;

/** Fact: the last write that was not waited for to the end; it may land after those that follow it. */
const LATE = 'late:weight';

export interface LateWrite {
  readonly revision: number;
  /** Milliseconds since 1970; when it was given up. */
  readonly at: number;
}

export function readLateWrite(sql: SqlStorage): LateWrite | undefined {
  const fact = readFact(sql, LATE);
  return fact === undefined ? undefined : (JSON.parse(fact) as LateWrite);
}

/** The key that holds the slot of a rollout. */
export function keyOf(name: string, slot: Slot): string {
  return `${slot === 'document' ? 'rollout' : slot}:${name}`;
}

export class KvWriter {
  readonly #storage: DurableObjectStorage;
  readonly #kv: KVNamespace;
  readonly #writing = new Map<Slot, Promise<void>>();

  constructor(storage: DurableObjectStorage, kv: KVNamespace) {
    this.#storage = storage;
    this.#kv = kv;
  }

  /** One writer at a time for each key; whoever comes while it runs waits for it, and for what it picks up. */
  writePending(name: string, slot: Slot): Promise<void> {
    const running = this.#writing.get(slot);
    if (running !== undefined) return running;
    const writing = this.#write(name, slot).finally(() => this.#writing.delete(slot));
    this.#writing.set(slot, writing);
    return writing;
  }

  async #write(name: string, slot: Slot): Promise<void> {
    const { sql } = this.#storage;
    const key = keyOf(name, slot);
    for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
      if (!isUnwritten(sql, slot)) return;
      const wait = Number(readFact(sql, `written:${slot}`) ?? '0') + KV_PACE_MS - Date.now();
      if (wait > 0) await sleep(wait);
      const kept = readKept(sql, slot);
      writeFact(sql, `written:${slot}`, String(Date.now()));
      try {
        await within(KV_TIMEOUT_MS, kept === null ? this.#kv.delete(key) : this.#put(key, kept));
        // Only this revision: a newer one may have been kept meanwhile.
        if (kept !== null) markWritten(sql, slot, kept.revision, Date.now());
        else if (readKept(sql, slot) === null) markDeleted(sql, slot);
        attempts = -1;
      } catch (error) {
        const late: LateWrite = { revision: kept?.revision ?? 0, at: Date.now() };
        if (slot === 'weight' && kept !== null) writeFact(sql, LATE, JSON.stringify(late));
        console.warn(
          JSON.stringify({ message: `writing ${key} failed; trying again`, error: String(error) }),
        );
        await this.#storage.setAlarm(Date.now() + RETRY_MS);
        if (attempts < ATTEMPTS - 1) await sleep(RETRY_MS);
      }
    }
  }

  #put(key: string, { text, revision, by, at, candidates }: Kept): Promise<void> {
    return this.#kv.put(key, text, { metadata: { revision, by, at, candidates } });
  }
}
