/** What the controller allows, as the hub keeps it: every reply to a batch carries it to an isolate. */
import type { Cap } from '../core/rollout/cap.ts';

interface CapFact {
  readonly cap: Cap;
  /** A plan is running: the controller should be reading this hub. */
  readonly isWatched: boolean;
}

const FACT = 'cap';

export class CapKeeper {
  readonly #sql: SqlStorage;
  #fact: CapFact | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const row = sql.exec<{ value: string }>('SELECT value FROM facts WHERE name = ?', FACT).toArray()[0];
    this.#fact = row === undefined ? undefined : (JSON.parse(row.value) as CapFact);
  }

  get cap(): Cap | null {
    return this.#fact?.cap ?? null;
  }

  get isWatched(): boolean {
    return this.#fact?.isWatched ?? false;
  }

  /** A late call never brings back what an earlier one has replaced; one of the same number may end the watch. */
  set(cap: Cap, isWatched: boolean): void {
    const known = this.#fact?.cap.sequence ?? -1;
    if (cap.sequence < known) return;
    this.#fact = { cap: cap.sequence === known ? this.#fact!.cap : cap, isWatched };
    this.#sql.exec(
      'INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)',
      FACT,
      JSON.stringify(this.#fact),
    );
  }
}
