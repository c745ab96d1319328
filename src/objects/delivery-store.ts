/**
 * What the controller remembers of a rollout that moves itself. docs/storage.md describes every table.
 * What must be true together is written in one transaction: {@link DeliveryStore.save} is called in one.
 */
import type { EffectBody } from '../core/delivery/effect.ts';
import type { FlagsOff } from '../core/flags/off-list.ts';
import type { Judging } from '../core/delivery/judging.ts';
import type { RunReport } from '../core/delivery/report.ts';
import { initialState, type DeliveryState } from '../core/delivery/state.ts';

const KEEP_REPORTS = 20;
/** Questions and caps under way at a time; a state machine that asks for more has a defect. */
const MAX_PENDING = 100;

/** What is carried out after it is stored, until it has succeeded; the rest is done by storing it. */
export type PendingEffect =
  | Extract<EffectBody, { kind: 'set-cap' | 'ask-gate' }>
  /** To the hub, at once, like a cap. */
  | { readonly kind: 'set-flags-off'; readonly off: FlagsOff }
  /** To the hubs of other rollouts, whose hosts use the same flags. @property left who hasn't taken it; null: nobody was asked */
  | { readonly kind: 'spread-flags-off'; readonly off: FlagsOff; readonly left: readonly string[] | null };

export interface Pending {
  readonly key: string;
  readonly effect: PendingEffect;
  readonly attempts: number;
}

export class DeliveryStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS delivery (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS effects (
        key TEXT PRIMARY KEY, kind TEXT NOT NULL, effect TEXT NOT NULL,
        attempts INTEGER NOT NULL, due INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS reports (run INTEGER PRIMARY KEY, report TEXT NOT NULL);
    `);
  }

  state(rollout: string): DeliveryState {
    return (this.#read('state') as DeliveryState | null) ?? initialState(rollout);
  }

  saveState(state: DeliveryState): void {
    this.#write('state', state);
  }

  judging(): Judging | null {
    return this.#read('judging') as Judging | null;
  }

  saveJudging(judging: Judging): void {
    this.#write('judging', judging);
  }

  /** A later order replaces the earlier one; a question is kept once, by its key. */
  addPending(key: string, effect: PendingEffect, now: number): void {
    if (effect.kind !== 'ask-gate') this.#sql.exec('DELETE FROM effects WHERE kind = ?', effect.kind);
    this.#sql.exec(
      'INSERT OR IGNORE INTO effects (key, kind, effect, attempts, due) VALUES (?, ?, ?, 0, ?)',
      key,
      effect.kind,
      JSON.stringify(effect),
      now,
    );
    this.#sql.exec(
      'DELETE FROM effects WHERE key NOT IN (SELECT key FROM effects ORDER BY due DESC LIMIT ?)',
      MAX_PENDING,
    );
  }

  duePending(now: number): Pending[] {
    return this.#sql
      .exec<{ key: string; effect: string; attempts: number }>(
        'SELECT key, effect, attempts FROM effects WHERE due <= ? ORDER BY due',
        now,
      )
      .toArray()
      .map(row => ({ ...row, effect: JSON.parse(row.effect) as PendingEffect }));
  }

  /** When the first of them is due; null if there is none. */
  nextDue(): number | null {
    return this.#sql.exec<{ due: number | null }>('SELECT MIN(due) AS due FROM effects').one().due;
  }

  postpone(key: string, due: number): void {
    this.#sql.exec('UPDATE effects SET attempts = attempts + 1, due = ? WHERE key = ?', due, key);
  }

  /** What is left of it to be done. */
  replace(key: string, effect: PendingEffect): void {
    this.#sql.exec('UPDATE effects SET effect = ? WHERE key = ?', JSON.stringify(effect), key);
  }

  settle(key: string): void {
    this.#sql.exec('DELETE FROM effects WHERE key = ?', key);
  }

  saveReport(report: RunReport): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO reports (run, report) VALUES (?, ?)',
      report.id,
      JSON.stringify(report),
    );
    this.#sql.exec('DELETE FROM reports WHERE run <= (SELECT MAX(run) FROM reports) - ?', KEEP_REPORTS);
  }

  /** Newest first. */
  reports(): RunReport[] {
    return this.#sql
      .exec<{ report: string }>('SELECT report FROM reports ORDER BY run DESC')
      .toArray()
      .map(({ report }) => JSON.parse(report) as RunReport);
  }

  #read(name: string): unknown {
    const row = this.#sql
      .exec<{ value: string }>('SELECT value FROM delivery WHERE name = ?', name)
      .toArray()[0];
    return row === undefined ? null : JSON.parse(row.value);
  }

  #write(name: string, value: object): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO delivery (name, value) VALUES (?, ?)',
      name,
      JSON.stringify(value),
    );
  }
}
