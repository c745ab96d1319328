/**
 * Whether the last weight is where it should be: KV has taken it, shows it when read back, and has had
 * the time to show it everywhere. Nothing is raised before: an emergency stop that someone has written
 * by hand, and that KV doesn't show yet, would be overwritten.
 */
import type { Kept } from '../core/rollout/control.ts';
import { readFact, readKept, writeFact } from './controller-store.ts';
import { keyOf } from './kv-writer.ts';
import { within } from './waiting.ts';

const LOOK_MS = 1500;
/** Seconds; the platform allows no less. */
const LEAST_CACHE_TTL = 30;
/** Seconds that a change takes to show everywhere, if `KV_SETTLE` doesn't say otherwise. */
const SETTLE_SECONDS = 90;
const FACT = 'read-back';

export class Settlement {
  readonly #sql: SqlStorage;
  readonly #kv: KVNamespace;
  readonly #settleMs: number;

  constructor(sql: SqlStorage, kv: KVNamespace, setting: string | undefined) {
    this.#sql = sql;
    this.#kv = kv;
    const seconds = Number(setting ?? SETTLE_SECONDS);
    this.#settleMs = (seconds >= 0 ? seconds : SETTLE_SECONDS) * 1000;
  }

  isSettled(now: number): boolean {
    const kept = readKept(this.#sql, 'weight');
    if (kept === null) return true;
    if (!kept.written || readFact(this.#sql, FACT) !== markOf(kept)) return false;
    return now - Number(readFact(this.#sql, 'written:weight') ?? '0') >= this.#settleMs;
  }

  /**
   * Reads the weight back, once it is written and as long as KV doesn't show it. Never throws.
   * @returns what someone has written by hand meanwhile, if KV shows that
   */
  async readBack(name: string): Promise<string | undefined> {
    const kept = readKept(this.#sql, 'weight');
    if (kept === null || !kept.written || readFact(this.#sql, FACT) === markOf(kept)) return undefined;
    const key = keyOf(name, 'weight');
    try {
      const { value, metadata } = await within(
        LOOK_MS,
        this.#kv.getWithMetadata<{ revision?: unknown }>(key, { cacheTtl: LEAST_CACHE_TTL }),
      );
      const revision = typeof metadata?.revision === 'number' ? metadata.revision : 0;
      if (value === kept.text && revision === kept.revision) writeFact(this.#sql, FACT, markOf(kept));
      else if (value !== null && revision === 0) return value;
    } catch (error) {
      console.warn(JSON.stringify({ message: `reading ${key} back failed`, error: String(error) }));
    }
    return undefined;
  }
}

function markOf({ revision, text }: Kept): string {
  return `${revision}:${text}`;
}
