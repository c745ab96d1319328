/**
 * The hub's side of its controller: the cap and the flags switched off that it sets, which every reply to
 * a batch carries to an isolate, and whether it is still there while it has a plan to run.
 */
import type { FlagsOff } from '../core/flags/off-list.ts';
import type { Orders } from '../core/metrics/batch.ts';
import type { Cap } from '../core/rollout/cap.ts';
import { within } from './waiting.ts';

const FACT = 'cap';
const FLAGS_OFF = 'flags-off';
/** For so long after a new order isolates get it as soon as they ask, rather than with the next commit. */
const HURRY_MS = 5000;
/** A controller that has a plan to run and hasn't been heard of for so long has lost its alarm. */
export const SILENCE_MS = 30_000;
const POKE_TIMEOUT_MS = 10_000;

interface CapFact {
  readonly rollout: string;
  readonly cap: Cap;
  /** A plan is running: the controller should be reading this hub. */
  readonly isWatched: boolean;
}

/** The part of a controller that a hub talks to. */
export interface Controllers {
  getByName(name: string): { poke(rollout: string): Promise<void> };
}

export class ControllerLink {
  readonly #sql: SqlStorage;
  readonly #controllers: Controllers;
  #fact: CapFact | undefined;
  /** One for each rollout whose flags isolates of this one may use: its own and the default one. */
  #flagsOff: readonly FlagsOff[];
  #hurryUntil = 0;
  /** As far as this instance knows: one that was just loaded wakes a controller for nothing, at worst. */
  #heardAt = 0;

  constructor(sql: SqlStorage, controllers: Controllers) {
    this.#sql = sql;
    this.#controllers = controllers;
    this.#fact = this.#read(FACT) as CapFact | undefined;
    this.#flagsOff = (this.#read(FLAGS_OFF) as readonly FlagsOff[] | undefined) ?? [];
  }

  get cap(): Cap | null {
    return this.#fact?.cap ?? null;
  }

  /** What every reply carries. An empty list goes along, too: it ends an earlier one. */
  get orders(): Orders {
    return { cap: this.cap, flagsOff: this.#flagsOff };
  }

  get isWatched(): boolean {
    return this.#fact?.isWatched ?? false;
  }

  isInAHurry(now: number): boolean {
    return now < this.#hurryUntil;
  }

  /** A late call never brings back what an earlier one has replaced; one of the same number may end the watch. */
  setCap(rollout: string, cap: Cap, isWatched: boolean, now: number): void {
    this.heard(now);
    const known = this.#fact?.cap;
    if (known !== undefined && cap.sequence < known.sequence) return;
    const isNew = known === undefined || cap.sequence > known.sequence;
    if (isNew) this.#hurryUntil = now + HURRY_MS;
    this.#fact = { rollout, cap: isNew ? cap : known, isWatched };
    this.#write(FACT, this.#fact);
  }

  /** A late call never brings back what an earlier one has replaced. */
  setFlagsOff(off: FlagsOff, now: number): void {
    const known = this.#flagsOff.find(({ rollout }) => rollout === off.rollout);
    if (known !== undefined && off.sequence <= known.sequence) return;
    this.#hurryUntil = now + HURRY_MS;
    this.#flagsOff = [...this.#flagsOff.filter(({ rollout }) => rollout !== off.rollout), off];
    this.#write(FLAGS_OFF, this.#flagsOff);
  }

  /** The controller has called: its alarm is alive. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** Wakes the controller if it should have called by now. Never throws. */
  async pokeIfSilent(now: number): Promise<void> {
    if (this.#fact?.isWatched !== true || now - this.#heardAt < SILENCE_MS) return;
    const { rollout } = this.#fact;
    try {
      await within(POKE_TIMEOUT_MS, this.#controllers.getByName(rollout).poke(rollout));
    } catch (error) {
      console.warn(JSON.stringify({ message: `waking the controller failed`, error: String(error) }));
    }
  }

  #read(fact: string): unknown {
    const row = this.#sql
      .exec<{ value: string }>('SELECT value FROM facts WHERE name = ?', fact)
      .toArray()[0];
    return row === undefined ? undefined : JSON.parse(row.value);
  }

  #write(fact: string, value: object): void {
    this.#sql.exec('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)', fact, JSON.stringify(value));
  }
}
