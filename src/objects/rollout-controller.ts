/**
 * `RolloutController`: the single writer of one rollout's keys in KV. It stores before it acts, and its
 * alarm finishes what a crash, an eviction or a refusing KV has left to be done.
 */
import { DurableObject } from 'cloudflare:workers';
import {
  INDEX,
  type Actor,
  type ControlEvent,
  type ControllerState,
  type HandWrittenReply,
  type Note,
  type PutResult,
  type Slot,
} from '../core/rollout/control.ts';
import type { Reading } from '../core/rollout/active.ts';
import type { Snapshot } from '../core/metrics/snapshot.ts';
import {
  addEvent,
  createTables,
  readEvents,
  readFact,
  readKept,
  readState,
  writeFact,
} from './controller-store.ts';
import { KvWriter } from './kv-writer.ts';
import { RolloutValues, SLOTS, type ValuesEnv } from './rollout-values.ts';
import { sleep, within } from './waiting.ts';

/** A `PUT` answers after so long even if KV still refuses; the write goes on behind it. */
const PUT_WAIT_MS = 8000;
/** Registering with the index holds up no change for longer: a hub registers itself, too. */
const REGISTER_MS = 1000;

interface ControllerEnv extends ValuesEnv {
  readonly METRICS_HUB: {
    getByName(name: string): { register(name: string, snapshot: Snapshot | null): Promise<void> };
  };
}

export class RolloutController extends DurableObject<ControllerEnv> {
  readonly #sql: SqlStorage;
  readonly #values: RolloutValues;
  readonly #writer: KvWriter;

  constructor(ctx: DurableObjectState, env: ControllerEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    createTables(this.#sql);
    this.#values = new RolloutValues(ctx.storage, env);
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
    return this.#values.lastGood();
  }

  async reportHandWritten(
    name: string,
    values: Readonly<Partial<Record<Slot, string>>>,
  ): Promise<HandWrittenReply> {
    const accepted: Slot[] = [];
    for (const slot of SLOTS) {
      const text = values[slot];
      if (text !== undefined && this.#values.accept(name, slot, text)) accepted.push(slot);
    }
    await this.#register(name);
    return { accepted, cap: null };
  }

  async putDocument(
    name: string,
    text: string,
    actor: Actor,
    ifMatch: number | undefined,
  ): Promise<PutResult> {
    const problems = this.#values.problems(name, 'document', text);
    if (problems.length > 0) return { kind: 'invalid', problems };
    return this.#put(name, 'document', text, actor, ifMatch);
  }

  async putWeight(
    name: string,
    value: unknown,
    actor: Actor,
    ifMatch: number | undefined,
  ): Promise<PutResult> {
    const refusal = await this.#values.weightRefusal(name, value);
    return refusal ?? this.#put(name, 'weight', JSON.stringify(value), actor, ifMatch);
  }

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
    const conflict = await this.#values.conflict(name, slot, ifMatch);
    if (conflict !== undefined) return conflict;
    const revision = this.#values.put(slot, text, actor);
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

  async #register(name: string): Promise<void> {
    try {
      await within(REGISTER_MS, this.env.METRICS_HUB.getByName(INDEX).register(name, null));
    } catch (error) {
      // The hub registers itself with its first batch, too.
      console.warn(JSON.stringify({ message: 'registering with the index failed', error: String(error) }));
    }
  }
}
