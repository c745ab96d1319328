/**
 * `RolloutController`: the single writer of one rollout's keys in KV.
 *
 * It stores before it acts: a value is kept here, with its revision and who brought it, and then
 * written to KV until KV has taken it, at most once a second per key (KV's own limit). What is kept
 * here is also the last good document and weight that a cold isolate asks for.
 */
import { DurableObject } from 'cloudflare:workers';
import { compileDocument, type Secrets } from '../core/rollout/compile.ts';
import {
  INDEX,
  type Actor,
  type ControlEvent,
  type ControllerState,
  type Kept,
  type PutResult,
} from '../core/rollout/control.ts';
import type { Reading, Stored } from '../core/rollout/active.ts';
import type { Problem } from '../core/rollout/problem.ts';
import { parseWeights, parseWeightText } from '../core/rollout/weights.ts';
import type { Snapshot } from '../core/metrics/snapshot.ts';
import {
  createTables,
  keep,
  markWritten,
  readEvents,
  readFact,
  readKept,
  readRevision,
  readState,
  wasSuperseded,
  writeFact,
  type Slot,
} from './controller-store.ts';

const KV_PACE_MS = 1000;
const RETRY_MS = 2000;
/** Attempts in a row before the alarm takes over. */
const ATTEMPTS = 3;
/** A `PUT` answers after so long even if KV still refuses; the write goes on behind it. */
const PUT_WAIT_MS = 8000;

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
  #writing: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: ControllerEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    createTables(this.#sql);
  }

  state(): ControllerState {
    return readState(this.#sql);
  }

  events(limit: number): ControlEvent[] {
    return readEvents(this.#sql, limit);
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

  async reportHandWritten(
    name: string,
    values: { readonly document?: string; readonly weight?: string },
  ): Promise<void> {
    const now = Date.now();
    const actor: Actor = { by: 'unknown', channel: 'kv' };
    for (const slot of ['document', 'weight'] as const) {
      const text = values[slot];
      if (
        text === undefined ||
        readKept(this.#sql, slot)?.text === text ||
        wasSuperseded(this.#sql, slot, text, now)
      )
        continue;
      if (this.#problems(name, slot, text).length > 0) continue;
      this.#keep(slot, { text, revision: 0, by: actor.by, at: now, written: true }, actor);
    }
    await this.#register(name);
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
    if (name !== undefined) await this.#writePending(name);
  }

  async #put(
    name: string,
    slot: Slot,
    text: string,
    actor: Actor,
    ifMatch: number | undefined,
  ): Promise<PutResult> {
    const current = readRevision(this.#sql);
    if (ifMatch !== undefined && ifMatch !== current) return { kind: 'conflict', revision: current };
    this.#keep(slot, { text, revision: current + 1, by: actor.by, at: Date.now(), written: false }, actor);
    writeFact(this.#sql, 'name', name);
    await this.ctx.storage.setAlarm(Date.now() + PUT_WAIT_MS);
    await this.#register(name);
    await Promise.race([this.#writePending(name), new Promise(resolve => setTimeout(resolve, PUT_WAIT_MS))]);
    return { kind: 'stored', state: this.state(), written: readKept(this.#sql, slot)?.written ?? false };
  }

  #keep(slot: Slot, kept: Kept, actor: Actor): void {
    this.ctx.storage.transactionSync(() => {
      writeFact(this.#sql, 'revision', String(readRevision(this.#sql) + 1));
      keep(this.#sql, slot, kept, actor);
    });
  }

  /** One writer at a time; whoever comes while it runs waits for it, and for what it picks up. */
  #writePending(name: string): Promise<void> {
    this.#writing ??= this.#write(name).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(name: string): Promise<void> {
    let failures = 0;
    for (let slot = this.#pending(); slot !== undefined; slot = this.#pending()) {
      const { text, revision, by, at } = readKept(this.#sql, slot) as Kept;
      const key = `${slot === 'document' ? 'rollout' : 'weight'}:${name}`;
      const wait = Number(readFact(this.#sql, `written:${slot}`) ?? '0') + KV_PACE_MS - Date.now();
      if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait));
      writeFact(this.#sql, `written:${slot}`, String(Date.now()));
      try {
        await this.env.ROLLOUTS.put(key, text, { metadata: { revision, by, at } });
        // Only this revision: a newer one may have been kept meanwhile.
        markWritten(this.#sql, slot, revision);
      } catch (error) {
        console.warn(
          JSON.stringify({ message: `writing ${key} failed; trying again`, error: String(error) }),
        );
        await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
        if (++failures === ATTEMPTS) return;
        await new Promise(resolve => setTimeout(resolve, RETRY_MS));
      }
    }
    await this.ctx.storage.deleteAlarm();
  }

  #pending(): Slot | undefined {
    return (['document', 'weight'] as const).find(slot => readKept(this.#sql, slot)?.written === false);
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
      await this.env.METRICS_HUB.getByName(INDEX).register(name, null);
    } catch (error) {
      // The hub registers itself with its first batch, too.
      console.warn(JSON.stringify({ message: 'registering with the index failed', error: String(error) }));
    }
  }

  readonly #secrets: Secrets = secret => {
    const value: unknown = Object.hasOwn(this.env, secret)
      ? (this.env as unknown as Record<string, unknown>)[secret]
      : undefined;
    return typeof value === 'string' ? value : undefined;
  };
}
