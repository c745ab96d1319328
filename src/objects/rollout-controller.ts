/**
 * `RolloutController`: the single writer of one rollout's keys in KV.
 *
 * It stores before it acts: a value is kept here, with its revision and who brought it, and then
 * written to KV (kv-writer.ts). What is kept here is also the last good document and weight that a
 * cold isolate asks for.
 */
import { DurableObject } from 'cloudflare:workers';
import { compileDocument } from '../core/rollout/compile.ts';
import { secretsOf, type Secrets } from '../core/rollout/secrets.ts';
import {
  INDEX,
  type Actor,
  type ControlEvent,
  type ControllerState,
  type Kept,
  type Note,
  type PutResult,
  type Slot,
} from '../core/rollout/control.ts';
import type { Reading, Stored } from '../core/rollout/active.ts';
import type { Problem } from '../core/rollout/problem.ts';
import { parseWeights, parseWeightText } from '../core/rollout/weights.ts';
import type { Snapshot } from '../core/metrics/snapshot.ts';
import {
  addEvent,
  createTables,
  keep,
  readEvents,
  readFact,
  readKept,
  readRevision,
  readState,
  wasSuperseded,
  writeFact,
} from './controller-store.ts';
import { keyOf, KvWriter } from './kv-writer.ts';
import { sleep, within } from './waiting.ts';

const SLOTS: readonly Slot[] = ['weight', 'document'];
/** A `PUT` answers after so long even if KV still refuses; the write goes on behind it. */
const PUT_WAIT_MS = 8000;
/** Registering with the index holds up no change for longer: a hub registers itself, too. */
const REGISTER_MS = 1000;
/** So does a look at what KV holds. */
const KV_LOOK_MS = 1000;
/** Seconds; the platform allows no less. */
const LEAST_CACHE_TTL = 30;
const BY_HAND: Actor = { by: 'unknown', channel: 'kv' };

interface ControllerEnv {
  readonly ROLLOUTS: KVNamespace;
  readonly METRICS_HUB: {
    getByName(name: string): { register(name: string, snapshot: Snapshot | null): Promise<void> };
  };
  readonly STABLE_ORIGIN?: string;
  readonly CANARY_ORIGIN?: string;
}

export class RolloutController extends DurableObject<ControllerEnv> {
  readonly #sql: SqlStorage;
  readonly #secrets: Secrets;
  readonly #writer: KvWriter;

  constructor(ctx: DurableObjectState, env: ControllerEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#secrets = secretsOf(env);
    createTables(this.#sql);
    this.#writer = new KvWriter(ctx.storage, env.ROLLOUTS);
  }

  state(): ControllerState {
    return readState(this.#sql);
  }

  events(limit: number): ControlEvent[] {
    return readEvents(this.#sql, limit);
  }

  note(action: Note, detail: string, actor: Actor): void {
    addEvent(this.#sql, { at: Date.now(), ...actor, action, detail });
  }

  lastGood(): Reading {
    const stored = (kept: Kept | null): Stored | null =>
      kept === null
        ? null
        : kept.revision === 0
          ? { text: kept.text }
          : { text: kept.text, revision: kept.revision };
    return {
      document: stored(readKept(this.#sql, 'document')),
      weight: stored(readKept(this.#sql, 'weight')),
    };
  }

  async reportHandWritten(name: string, values: Readonly<Partial<Record<Slot, string>>>): Promise<Slot[]> {
    const accepted: Slot[] = [];
    for (const slot of SLOTS) {
      const text = values[slot];
      if (text !== undefined && this.#accept(name, slot, text)) accepted.push(slot);
    }
    await this.#register(name);
    return accepted;
  }

  /** @returns whether the hand-written value is the last good one now */
  #accept(name: string, slot: Slot, text: string): boolean {
    if (readKept(this.#sql, slot)?.text === text) return true;
    if (!this.#isNews(name, slot, text)) return false;
    const { by } = BY_HAND;
    this.#keep(slot, { text, revision: 0, by, at: Date.now(), written: true }, BY_HAND);
    return true;
  }

  /** Whether a hand-written value is good, and newer than what is kept as far as anyone can tell. */
  #isNews(name: string, slot: Slot, text: string): boolean {
    const kept = readKept(this.#sql, slot);
    // What was just put has not even reached KV: the report tells of what it is about to replace.
    if (kept?.written === false || this.#problems(name, slot, text).length > 0) return false;
    if (!wasSuperseded(this.#sql, slot, text, Date.now())) return true;
    // Written by hand, changed by hand, and now the old value again: a stale cache, or someone went
    // back. In doubt, the least canary.
    return slot === 'weight' && kept?.revision === 0 && Number(text) < Number(kept.text);
  }

  async putDocument(
    name: string,
    text: string,
    actor: Actor,
    ifMatch: number | undefined,
  ): Promise<PutResult> {
    const problems = this.#problems(name, 'document', text);
    if (problems.length > 0) return { kind: 'invalid', problems };
    return this.#put(name, 'document', text, actor, ifMatch);
  }

  async putWeight(
    name: string,
    value: unknown,
    actor: Actor,
    ifMatch: number | undefined,
  ): Promise<PutResult> {
    const candidates = await this.#candidates(name);
    if (candidates === undefined) return { kind: 'no-document' };
    const parsed = parseWeights(value, candidates);
    if (!parsed.ok) return { kind: 'invalid', problems: parsed.error };
    return this.#put(name, 'weight', JSON.stringify(value), actor, ifMatch);
  }

  /** Finishes what a crash, an eviction or a refusing KV has left to be written. */
  override async alarm(): Promise<void> {
    const name = readFact(this.#sql, 'name');
    if (name !== undefined) await Promise.all(SLOTS.map(slot => this.#writer.writePending(name, slot)));
  }

  async #put(
    name: string,
    slot: Slot,
    text: string,
    actor: Actor,
    ifMatch: number | undefined,
  ): Promise<PutResult> {
    if (ifMatch !== undefined) await this.#lookForHandWritten(name, slot);
    const current = readRevision(this.#sql);
    if (ifMatch !== undefined && ifMatch !== current) return { kind: 'conflict', revision: current };
    const revision = current + 1;
    this.#keep(slot, { text, revision, by: actor.by, at: Date.now(), written: false }, actor);
    writeFact(this.#sql, 'name', name);
    await this.ctx.storage.setAlarm(Date.now() + PUT_WAIT_MS);
    const written = Promise.all([this.#writer.writePending(name, slot), this.#register(name)]);
    await Promise.race([written, sleep(PUT_WAIT_MS)]);
    const kept = readKept(this.#sql, slot);
    return {
      kind: 'stored',
      state: this.state(),
      written: kept?.written === true && kept.revision >= revision,
      effects: [],
    };
  }

  /**
   * Who names a revision wants to replace what they saw, not what someone has written into KV by hand
   * since and no isolate has reported yet. A KV that fails or hangs changes nothing.
   */
  async #lookForHandWritten(name: string, slot: Slot): Promise<void> {
    const key = keyOf(name, slot);
    try {
      const { value, metadata } = await within(
        KV_LOOK_MS,
        this.env.ROLLOUTS.getWithMetadata<{ revision?: unknown }>(key, { cacheTtl: LEAST_CACHE_TTL }),
      );
      if (value !== null && typeof metadata?.revision !== 'number') this.#accept(name, slot, value);
    } catch (error) {
      console.warn(JSON.stringify({ message: `looking at ${key} failed`, error: String(error) }));
    }
  }

  #keep(slot: Slot, kept: Kept, actor: Actor): void {
    this.ctx.storage.transactionSync(() => {
      writeFact(this.#sql, 'revision', String(readRevision(this.#sql) + 1));
      keep(this.#sql, slot, kept, actor);
    });
  }

  #problems(name: string, slot: Slot, text: string): readonly Problem[] {
    if (slot === 'document') {
      const compiled = compileDocument(text, name, this.#secrets);
      return compiled.ok ? [] : compiled.error;
    }
    const document = readKept(this.#sql, 'document');
    const compiled = document === null ? undefined : compileDocument(document.text, name, this.#secrets);
    // Without a document here (variables only) the isolate that reports has checked it against its own.
    const candidates =
      compiled?.ok === true ? compiled.value.variants.slice(1).map(variant => variant.name) : ['canary'];
    const parsed = parseWeightText(text, candidates);
    return parsed.ok ? [] : parsed.error;
  }

  /** Names of the variants beside stable: of the kept document, else of KV's, else of the variables. */
  async #candidates(name: string): Promise<readonly string[] | undefined> {
    const text = readKept(this.#sql, 'document')?.text ?? (await this.env.ROLLOUTS.get(`rollout:${name}`));
    if (text !== null) {
      const compiled = compileDocument(text, name, this.#secrets);
      if (compiled.ok) return compiled.value.variants.slice(1).map(variant => variant.name);
    }
    if (name !== 'default' || (this.env.STABLE_ORIGIN ?? '') === '') return undefined;
    return (this.env.CANARY_ORIGIN ?? '') === '' ? [] : ['canary'];
  }

  async #register(name: string): Promise<void> {
    try {
      await within(REGISTER_MS, this.env.METRICS_HUB.getByName(INDEX).register(name, null));
    } catch (error) {
      // The hub registers itself with its first batch, too.
      console.warn(JSON.stringify({ message: 'registering with the index failed', error: String(error) }));
    }
  }
}
