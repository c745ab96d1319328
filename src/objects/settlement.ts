/**
 * Whether the last weight is where it should be: KV has taken it, shows it when read back, and has had
 * the time to show it everywhere. Nothing is raised before: an emergency stop that someone has written
 * by hand, and that KV doesn't show yet, would be overwritten. So KV is read anew before every look.
 */
import type { Kept } from '../core/rollout/control.ts';
import { readFact, readKept } from './controller-store.ts';
import { KV_TIMEOUT_MS, keyOf, readLateWrite } from './kv-writer.ts';
import { within } from './waiting.ts';

const LOOK_MS = 1500;
/** Seconds; the platform allows no less. */
const LEAST_CACHE_TTL = 30;
/** Seconds that a change takes to show everywhere, if `KV_SETTLE` doesn't say otherwise. */
const SETTLE_SECONDS = 90;
/** What is done with a weight may take so long after KV shows it everywhere. */
const RESERVE_MS = 30_000;
/** What KV shows may come from a cache for so long: also that there is nothing. */
const CACHED_MS = LEAST_CACHE_TTL * 1000;
/** A KV that hangs delays no more than one look in so long. */
const AWAY_MS = 10_000;

/** What KV shows instead of the weight that is kept. */
export type Unlike =
  /** Someone's, without a revision of ours; the text may be the same. */
  | { readonly kind: 'by-hand'; readonly text: string }
  /** Nothing, or another revision: deleted, restored from a backup, or a late write has landed. */
  | { readonly kind: 'lost' };

export class Settlement {
  readonly #sql: SqlStorage;
  readonly #kv: KVNamespace;
  readonly #settleMs: number;
  /** What KV showed when it was last read, if it was what is kept; not on disk: it is read anew. */
  #shown: string | undefined;
  /** Since when KV has shown nothing, or another revision, instead of which value. */
  #lost: { readonly mark: string; readonly since: number } | undefined;
  /** A late write that has been met already. */
  #met: number | undefined;
  #awayUntil = 0;

  constructor(sql: SqlStorage, kv: KVNamespace, setting: string | undefined) {
    this.#sql = sql;
    this.#kv = kv;
    const seconds = Number(setting ?? SETTLE_SECONDS);
    this.#settleMs = (seconds >= 0 ? seconds : SETTLE_SECONDS) * 1000;
  }

  /** Milliseconds after which nobody works with an old value any more. */
  get quietMs(): number {
    return this.#settleMs + RESERVE_MS;
  }

  isSettled(now: number): boolean {
    const kept = readKept(this.#sql, 'weight');
    if (kept === null) return true;
    if (!kept.written || this.#shown !== markOf(kept)) return false;
    const since = kept.revision === 0 ? kept.at : Number(readFact(this.#sql, 'written:weight') ?? '0');
    return now - since >= this.#settleMs;
  }

  /** Whether KV may show something else though nothing moves: a write that was given up may land yet. */
  isInDoubt(now: number): boolean {
    const late = readLateWrite(this.#sql);
    return late !== undefined && now - late.at < KV_TIMEOUT_MS + Math.max(this.#settleMs, CACHED_MS);
  }

  /**
   * Reads the weight back, once it is written. Never throws.
   * @returns what is to be met: otherwise KV would never show the weight, and nothing be raised again
   */
  async readBack(name: string): Promise<Unlike | undefined> {
    const kept = readKept(this.#sql, 'weight');
    this.#shown = undefined;
    if (kept === null || !kept.written || Date.now() < this.#awayUntil) return undefined;
    const key = keyOf(name, 'weight');
    try {
      const { value, metadata } = await within(
        LOOK_MS,
        this.#kv.getWithMetadata<{ revision?: unknown }>(key, { cacheTtl: LEAST_CACHE_TTL }),
      );
      const revision = typeof metadata?.revision === 'number' ? metadata.revision : 0;
      if (value === kept.text && revision === kept.revision) {
        this.#shown = markOf(kept);
        this.#lost = undefined;
      } else if (value !== null && revision === 0) {
        this.#lost = undefined;
        return { kind: 'by-hand', text: value };
      } else if (this.#isLanded(revision) || this.#isLost(markOf(kept), Date.now())) return { kind: 'lost' };
    } catch (error) {
      this.#awayUntil = Date.now() + AWAY_MS;
      console.warn(JSON.stringify({ message: `reading ${key} back failed`, error: String(error) }));
    }
    return undefined;
  }

  /** Whether a write that was given up has landed after all; once, as caches may show it for a while. */
  #isLanded(revision: number): boolean {
    if (readLateWrite(this.#sql)?.revision !== revision || this.#met === revision) return false;
    this.#met = revision;
    return true;
  }

  /** Whether it has been away for longer than any cache shows the past. */
  #isLost(mark: string, now: number): boolean {
    if (this.#lost?.mark !== mark) this.#lost = { mark, since: now };
    return now - this.#lost.since >= Math.max(this.#settleMs, CACHED_MS);
  }
}

function markOf({ revision, text }: Kept): string {
  return `${revision}:${text}`;
}
