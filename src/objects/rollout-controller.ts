/**
 * `RolloutController`: the single writer of one rollout's keys in KV, and what moves its weight. It
 * stores before it acts; its rounds (rounds.ts) look every two seconds while a rollout is under way, and
 * finish what a crash, an eviction or a refusing KV has left to be done.
 */
import { DurableObject } from 'cloudflare:workers';
import type { DeliveryStatus } from '../core/delivery/delivery-status.ts';
import type { Command } from '../core/delivery/phase.ts';
import type { RunReport } from '../core/delivery/report.ts';
import type { FlagsChange } from '../core/flags/change.ts';
import type { Reading } from '../core/rollout/active.ts';
import type {
  ActResult,
  Actor,
  ControlEvent,
  ControllerState,
  DocumentVersion,
  FlagsPutResult,
  Force,
  HandWrittenReply,
  KeptFlags,
  Note,
  PutResult,
  RemoveResult,
  Slot,
} from '../core/rollout/control.ts';
import { unreachable } from '../core/result.ts';
import { addEvent, readEvents, readKept, readRevision, readState } from './controller-store.ts';
import { build, type ControllerEnv, type Parts } from './controller-parts.ts';
import { SLOTS } from './rollout-values.ts';
import { Rounds } from './rounds.ts';
import { sleep } from './waiting.ts';

const PUT_WAIT_MS = 8000; // A change answers then even if KV still refuses; the write goes on behind it.

export class RolloutController extends DurableObject<ControllerEnv> {
  readonly #sql: SqlStorage;
  readonly #parts: Parts;
  readonly #rounds: Rounds;

  constructor(ctx: DurableObjectState, env: ControllerEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#parts = build(ctx, env);
    this.#rounds = new Rounds(ctx, this.#parts);
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
    return this.#parts.values.lastGood();
  }

  documents(): DocumentVersion[] {
    return this.#parts.values.history.versions();
  }

  reports(): RunReport[] {
    return this.#parts.store.reports();
  }

  delivery(name: string): DeliveryStatus {
    this.#parts.delivery.catchUp(name);
    return this.#parts.status(name);
  }

  async reportHandWritten(
    name: string,
    values: Readonly<Partial<Record<Slot, string>>>,
  ): Promise<HandWrittenReply> {
    const accepted: Slot[] = [];
    for (const slot of SLOTS) {
      const text = values[slot];
      if (text !== undefined && this.#parts.values.accept(name, slot, text)) accepted.push(slot);
    }
    this.#parts.delivery.catchUp(name, { by: 'unknown', channel: 'kv' });
    await Promise.all([this.#parts.register(name), this.#rounds.settle(name)]);
    return { accepted, cap: this.#parts.runner.state(name).cap };
  }

  async putDocument(
    name: string,
    text: string,
    actor: Actor,
    ifMatch: number | undefined,
    isConfirmed = false,
  ): Promise<PutResult> {
    const { values, delivery } = this.#parts;
    const problems = values.problems(name, 'document', text);
    if (problems.length > 0) return { kind: 'invalid', problems };
    const conflict = await values.conflict(name, 'document', ifMatch);
    if (conflict !== undefined) return conflict;
    delivery.catchUp(name);
    const refusal = delivery.refusesDocument(name, text, actor, isConfirmed);
    if (refusal !== undefined) return { kind: 'refused', detail: refusal };
    const revision = values.put('document', text, actor);
    return this.#stored(name, 'document', revision, delivery.catchUp(name, actor));
  }

  async putWeight(
    name: string,
    value: unknown,
    actor: Actor,
    ifMatch: number | undefined,
    { force, reason }: Force = { force: false },
  ): Promise<PutResult> {
    const { values, delivery } = this.#parts;
    const weights = await values.weights(name, value);
    if (!weights.ok) return weights.error;
    const conflict = await values.conflict(name, 'weight', ifMatch);
    if (conflict !== undefined) return conflict;
    const before = readKept(this.#sql, 'weight')?.revision ?? 0;
    const command: Command = {
      verb: 'weight',
      weights: weights.value,
      force,
      ...(reason === undefined ? {} : { reason }),
    };
    const answer = await delivery.command(name, command, actor, crypto.randomUUID());
    switch (answer.kind) {
      case 'refused':
        return answer;
      case 'invalid':
        return answer;
      case 'probe':
        throw new Error('a weight asks for no probe');
      case 'done': {
        const revision = readKept(this.#sql, 'weight')?.revision ?? 0;
        // The same again: KV may hold something else by now.
        const written = revision > before ? revision : values.repeatWeight(value, actor);
        return this.#stored(name, 'weight', written, []);
      }
      default:
        return unreachable(answer);
    }
  }

  flags(): KeptFlags {
    return {
      revision: readRevision(this.#sql, 'flags'),
      kept: readKept(this.#sql, 'flags'),
      changes: this.#parts.flags.lastChanges(),
    };
  }

  /** A change of flags is none of the rollout: nothing of its run is asked, or told. */
  async changeFlags(
    name: string,
    change: FlagsChange,
    actor: Actor,
    ifMatch: number | undefined,
    isConfirmed = false,
  ): Promise<FlagsPutResult> {
    const { flags, values } = this.#parts;
    const before = await values.latestFlags(name);
    const current = readRevision(this.#sql, 'flags');
    if (ifMatch !== undefined && ifMatch !== current) return { kind: 'conflict', revision: current };
    const changed = flags.changed(before, change, isConfirmed || ifMatch !== undefined);
    if (!changed.ok) return changed.error;
    const { text, ...said } = changed.value;
    const revision = values.putFlags(name, text, actor, change);
    return { kind: 'stored', revision, written: await this.#written(name, 'flags', revision), ...said };
  }

  async act(name: string, command: Command, actor: Actor): Promise<ActResult> {
    if (command.verb !== 'rollback') await this.#parts.values.lookUp(name);
    else if (!(await this.#mayExist(name))) return { kind: 'unknown' };
    const { phase } = this.#parts.runner.state(name);
    const answer = await this.#parts.delivery.command(name, command, actor, crypto.randomUUID());
    await this.#rounds.settle(name);
    switch (answer.kind) {
      case 'done': {
        const isReturn = command.verb === 'rollback' && (phase === 'completed' || phase === 'adopting');
        // Asked behind the roll-back: it waits for no answer, and none would refuse it.
        const doubt = isReturn ? await this.#parts.delivery.doubtOfStable(name) : '';
        return { ...answer, message: answer.message + doubt, status: this.delivery(name) };
      }
      case 'refused':
      case 'invalid':
        return answer;
      case 'probe':
        return {
          kind: 'refused',
          detail: 'The origin was asked twice whether it is there; nothing was changed.',
        };
      default:
        return unreachable(answer);
    }
  }

  /** A rollback waits for KV only where nothing is known here, and fails only where there is nothing at all. */
  async #mayExist(name: string): Promise<boolean> {
    const { delivery, values } = this.#parts;
    if (delivery.isKnown(name)) return true;
    const isRead = await values.lookUp(name);
    return delivery.isKnown(name) || !isRead || this.#parts.isListed(name);
  }

  /** The hub has heard nothing of this controller for a while: the alarm is gone, or late. */
  poke(name: string): Promise<void> {
    return this.#rounds.poke(name);
  }

  /** Removes the keys in KV and everything that is kept here, of a rollout that is idle. */
  async remove(name: string, actor: Actor): Promise<RemoveResult> {
    const { phase } = this.#parts.runner.state(name);
    if (phase !== 'idle')
      return { kind: 'refused', detail: `The rollout is ${phase}; only an idle one can be removed.` };
    // At once, before anyone may start it; KV follows, behind a write that is under way.
    this.#parts.forget(name);
    addEvent(this.#sql, {
      at: Date.now(),
      ...actor,
      action: 'document',
      detail: 'removed with its weight and flags',
    });
    await this.#rounds.settle(name);
    const deleting = Promise.all(SLOTS.map(slot => this.#parts.writer.writePending(name, slot)));
    await Promise.race([deleting, sleep(PUT_WAIT_MS)]);
    return { kind: 'removed' };
  }

  override alarm(): Promise<void> {
    return this.#rounds.alarm();
  }

  async #stored(name: string, slot: Slot, revision: number, effects: readonly string[]): Promise<PutResult> {
    const written = await this.#written(name, slot, revision);
    return { kind: 'stored', state: this.state(), written, effects };
  }

  /** Carries out what was stored. @returns whether KV has taken it, after a while */
  async #written(name: string, slot: Slot, revision: number): Promise<boolean> {
    await this.#rounds.settle(name);
    await Promise.race([
      Promise.all([this.#parts.writer.writePending(name, slot), this.#parts.register(name)]),
      sleep(PUT_WAIT_MS),
    ]);
    const kept = readKept(this.#sql, slot);
    return kept?.written === true && kept.revision >= revision;
  }
}
