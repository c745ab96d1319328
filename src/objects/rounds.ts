/**
 * A controller's rounds: a look while a rollout is under way, and whatever a change, a crash, an eviction
 * or a refusing KV has left to be done; and the alarm that brings the next one.
 */
import type { Parts } from './controller-parts.ts';
import { NAME, isUnwritten, readFact, writeFact } from './controller-store.ts';
import { isOpen } from './delivery-runner.ts';
import { SLOTS } from './rollout-values.ts';

const TICK_MS = 2000;
/** What is under way still counts as due: no alarm follows the other at once. */
const LEAST_TICK_MS = 1000;
/** While nothing moves by itself. */
const SLOW_TICK_MS = 10_000;
/** What is late by more is looked after when someone asks. */
const LATE_MS = 10_000;

export class Rounds {
  readonly #ctx: DurableObjectState;
  readonly #sql: SqlStorage;
  readonly #parts: Parts;

  constructor(ctx: DurableObjectState, parts: Parts) {
    this.#ctx = ctx;
    this.#sql = ctx.storage.sql;
    this.#parts = parts;
  }

  async alarm(): Promise<void> {
    const name = readFact(this.#sql, NAME);
    if (name === undefined) return;
    // Before the work: an alarm that dies with it would be the last one.
    await this.#ctx.storage.setAlarm(Date.now() + TICK_MS);
    try {
      await this.#work(name);
    } catch (error) {
      console.error(JSON.stringify({ message: `a look at ${name} failed`, error: String(error) }));
    }
    await this.#arm(name);
  }

  /** Makes up for an alarm that is gone, or late. */
  async poke(name: string): Promise<void> {
    const looked = this.#parts.store.judging()?.lookedAt ?? 0;
    if (isOpen(this.#parts.runner.state(name)) && Date.now() - looked > LATE_MS) await this.#work(name);
    await this.#arm(name);
  }

  /** Carries out what a change has set off, at once; what the world refuses is tried again by the alarm. */
  async settle(name: string): Promise<void> {
    writeFact(this.#sql, NAME, name);
    await this.#carryOut(name);
    await this.#arm(name);
  }

  async #work(name: string): Promise<void> {
    const { delivery, runner, looking, settlement } = this.#parts;
    delivery.catchUp(name);
    this.#ctx.waitUntil(this.#write(name));
    if (isOpen(runner.state(name)) || settlement.isInDoubt(Date.now())) await this.#readBack(name);
    if (isOpen(runner.state(name))) {
      runner.noteWritten(name);
      await looking.look(name);
    }
    await this.#carryOut(name);
  }

  async #readBack(name: string): Promise<void> {
    const { delivery, settlement, values } = this.#parts;
    const unlike = await settlement.readBack(name);
    if (unlike === undefined) return;
    values.meet(name, unlike);
    delivery.catchUp(name);
  }

  /** What was decided is obeyed at once; receivers may take their time. */
  async #carryOut(name: string): Promise<void> {
    await this.#parts.effects.carryOut(name);
    this.#ctx.waitUntil(this.#write(name));
    this.#ctx.waitUntil(this.#parts.notifier.deliverDue(Date.now()));
    this.#ctx.waitUntil(this.#parts.pushGauges(name));
  }

  async #write(name: string): Promise<void> {
    await Promise.all(SLOTS.map(slot => this.#parts.writer.writePending(name, slot)));
    this.#parts.runner.noteWritten(name);
  }

  /** The next moment at which something is to be done. */
  async #arm(name: string): Promise<void> {
    const { store, runner, notifier, settlement } = this.#parts;
    const now = Date.now();
    const state = runner.state(name);
    const pace = state.phase === 'paused' ? SLOW_TICK_MS : TICK_MS;
    const isPending = SLOTS.some(slot => isUnwritten(this.#sql, slot));
    const due = [
      ...(isOpen(state) ? [(store.judging()?.lookedAt ?? now) + pace] : []),
      ...(isPending || settlement.isInDoubt(now) ? [now + TICK_MS] : []),
      ...[store.nextDue(), notifier.nextDue()].flatMap(at => (at == null ? [] : [at])),
    ];
    if (due.length > 0) await this.#ctx.storage.setAlarm(Math.max(Math.min(...due), now + LEAST_TICK_MS));
    // Who has nothing to do sleeps.
    else await this.#ctx.storage.deleteAlarm();
  }
}
