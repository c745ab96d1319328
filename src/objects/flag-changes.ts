/**
 * What a change of a rollout's flags sets off, in the transaction that keeps it: who changed which flag
 * last, the list of those that are off now, on its way to the hub, and a notification.
 */
import type { Notification } from '../core/delivery/notification.ts';
import {
  changedText,
  changesText,
  documentOf,
  flagChanges,
  type Changed,
  type FlagsChange,
  type FlagsRefusal,
} from '../core/flags/change.ts';
import { offListAfter, type FlagsOff } from '../core/flags/off-list.ts';
import { stopsAfter, undoesStops, type Stops } from '../core/flags/stops.ts';
import { flagNow, type FlagNow } from '../core/flags/view.ts';
import { err, ok, type Result } from '../core/result.ts';
import { DEFAULT_ROLLOUT, type Actor, type Kept, type LastFlagChange } from '../core/rollout/control.ts';
import { NAME, readFact, readRevision, REVISIONS, writeFact } from './controller-store.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { InForce } from './in-force.ts';
import type { Notifier } from './notifier.ts';

/** Fact: the last list of flags that are off. */
const OFF = 'flags-off';
/** Fact: the flags that somebody switched off by itself. */
const STOPS = 'flags-stopped';
/** Long enough for whoever stored a change to carry it out. */
const WAKE_MS = 1000;

export class FlagChanges {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #store: DeliveryStore;
  readonly #notifier: Notifier;
  readonly #inForce: InForce;

  constructor(
    storage: DurableObjectStorage,
    parts: { readonly store: DeliveryStore; readonly notifier: Notifier; readonly inForce: InForce },
  ) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#store = parts.store;
    this.#notifier = parts.notifier;
    this.#inForce = parts.inForce;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS flag_changes (
        flag TEXT PRIMARY KEY, what TEXT NOT NULL, by TEXT NOT NULL, channel TEXT NOT NULL, at INTEGER NOT NULL
      ) WITHOUT ROWID;
    `);
  }

  /** To be called in the transaction that keeps the flags. @param before text of the earlier ones @param change null: by hand */
  tell(name: string, before: string | null, kept: Kept, actor: Actor, change: FlagsChange | null): void {
    const [old, now] = [documentOf(before), documentOf(kept.text)];
    const changes = flagChanges(old, now);
    for (const { key, what } of changes) {
      if (Object.hasOwn(now, key))
        this.#sql.exec(
          'INSERT OR REPLACE INTO flag_changes (flag, what, by, channel, at) VALUES (?, ?, ?, ?, ?)',
          ...[key, what, actor.by, actor.channel, kept.at],
        );
      // Of a flag that is gone the audit log alone tells.
      else this.#sql.exec('DELETE FROM flag_changes WHERE flag = ?', key);
    }
    writeFact(
      this.#sql,
      STOPS,
      JSON.stringify(stopsAfter(this.#stops(), now, change, { ...actor, at: kept.at })),
    );
    const previous = this.#off(name);
    const revision = kept.revision === 0 ? null : kept.revision;
    const sequence = readRevision(this.#sql, 'flags');
    const off = offListAfter(previous, old, now, { revision, sequence });
    if (JSON.stringify(off.flags) !== JSON.stringify(previous.flags)) this.#order(off, kept.at);
    if (changes.length > 0) this.#notify(name, changesText(changes), sequence, kept.at, actor);
    // Part of the same write: whoever dies before carrying it out is woken for it.
    writeFact(this.#sql, NAME, name);
    void this.#storage.setAlarm(Date.now() + WAKE_MS);
  }

  lastChanges(): Record<string, LastFlagChange> {
    const rows = this.#sql
      .exec<{ flag: string } & { [Key in keyof LastFlagChange]: LastFlagChange[Key] }>(
        'SELECT flag, what, by, channel, at FROM flag_changes',
      )
      .toArray();
    return Object.fromEntries(rows.map(({ flag, ...change }) => [flag, change]));
  }

  /**
   * What a change would make of the flags; nothing is kept yet.
   * @param isConfirmed somebody knows what was switched off meanwhile
   */
  changed(
    before: string | null,
    change: FlagsChange,
    isConfirmed: boolean,
  ): Result<Changed & { readonly flag: FlagNow | null }, FlagsRefusal> {
    const changed = changedText(before, change);
    if (!changed.ok) return changed;
    const { text } = changed.value;
    const detail = isConfirmed ? undefined : undoesStops(this.#stops(), documentOf(text), change);
    if (detail !== undefined) return err({ kind: 'refused', detail });
    const flag = change.kind === 'document' ? null : flagNow(text, change.key, Date.now());
    return ok({ ...changed.value, flag });
  }

  /** The flags are forgotten: none of them is off any more. What counts up goes on. */
  forget(name: string): void {
    const sequence = readRevision(this.#sql, 'flags') + 1;
    writeFact(this.#sql, REVISIONS.flags, String(sequence));
    this.#order({ rollout: name, sequence, flags: {} }, Date.now());
    writeFact(this.#sql, STOPS, '{}');
  }

  #stops(): Stops {
    return JSON.parse(readFact(this.#sql, STOPS) ?? '{}') as Stops;
  }

  #off(name: string): FlagsOff {
    const fact = readFact(this.#sql, OFF);
    return fact === undefined ? { rollout: name, sequence: 0, flags: {} } : (JSON.parse(fact) as FlagsOff);
  }

  #order(off: FlagsOff, now: number): void {
    writeFact(this.#sql, OFF, JSON.stringify(off));
    this.#store.addPending(`flags-off:${off.sequence}`, { kind: 'set-flags-off', off }, now);
    if (off.rollout === DEFAULT_ROLLOUT)
      this.#store.addPending(`spread:${off.sequence}`, { kind: 'spread-flags-off', off, left: null }, now);
  }

  /** To whom the rollout's plan says; without one nobody asked to be told. */
  #notify(name: string, what: string, sequence: number, at: number, actor: Actor): void {
    const targets = this.#inForce.document(name)?.rollout.plan?.notify ?? [];
    if (targets.length === 0) return;
    const state = this.#store.state(name);
    const notification: Notification = {
      id: `flags:${name}:${sequence}`,
      event: 'flags-changed',
      rollout: name,
      at,
      phase: state.phase,
      text: `Flags of ${name}: ${what}.`,
      advice: null,
      run: null,
      shares: state.shares,
      waitingFor: null,
      verdict: null,
      evidence: [],
      actor: actor.by,
      reason: null,
      path: `/__weir/#/r/${name}/flags`,
    };
    this.#notifier.enqueue(notification, targets);
  }
}
