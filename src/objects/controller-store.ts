/** The controller's tables. docs/storage.md describes every one of them. */
import { changesText, documentOf, flagChanges } from '../core/flags/change.ts';
import { unreachable } from '../core/result.ts';
import type { Actor, ControlEvent, ControllerState, Kept, Slot } from '../core/rollout/control.ts';

/** Fact: the rollout's name; an alarm is not told whose it is. */
export const NAME = 'name';
const KEEP_EVENTS = 1000;
/** A superseded hand-written value may be read from a stale cache, and reported, for so long. */
const STALE_MS = 120_000;

export function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS kept (
      slot TEXT PRIMARY KEY, text TEXT NOT NULL, revision INTEGER NOT NULL,
      by TEXT NOT NULL, at INTEGER NOT NULL, written INTEGER NOT NULL, candidates TEXT
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS superseded (slot TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS events (
      id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL,
      channel TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `);
  // Tables of an older version know no candidates.
  const columns = sql.exec<{ name: string }>('PRAGMA table_info(kept)').toArray();
  if (!columns.some(({ name }) => name === 'candidates'))
    sql.exec('ALTER TABLE kept ADD COLUMN candidates TEXT');
}

export function readKept(sql: SqlStorage, slot: Slot): Kept | null {
  const row = sql
    .exec<{
      text: string;
      revision: number;
      by: string;
      at: number;
      written: number;
      candidates: string | null;
    }>('SELECT text, revision, by, at, written, candidates FROM kept WHERE slot = ?', slot)
    .toArray()[0];
  if (row === undefined) return null;
  const { text, revision, by, at, written, candidates } = row;
  const kept = { text, revision, by, at, written: written === 1 };
  return candidates === null
    ? kept
    : { ...kept, candidates: JSON.parse(candidates) as Readonly<Record<string, string>> };
}

/** What counts changes: flags on their own, as a toggle must not make a change of the rollout a conflict. */
export const REVISIONS = { rollout: 'revision', flags: 'revision:flags' } as const;

export function revisionFact(slot: Slot): string {
  return slot === 'flags' ? REVISIONS.flags : REVISIONS.rollout;
}

export function readRevision(sql: SqlStorage, slot: Slot): number {
  return Number(readFact(sql, revisionFact(slot)) ?? '0');
}

export function readState(sql: SqlStorage): ControllerState {
  return {
    revision: readRevision(sql, 'document'),
    document: readKept(sql, 'document'),
    weight: readKept(sql, 'weight'),
    flagsRevision: readRevision(sql, 'flags'),
    flags: readKept(sql, 'flags'),
  };
}

/** Keeps a value and notes who brought it; one transaction, so that the log never lacks a change. */
export function keep(sql: SqlStorage, slot: Slot, kept: Kept, actor: Actor): void {
  const previous = readKept(sql, slot);
  // What was put carries a revision in KV: only what was written by hand could be taken for news again.
  if (previous?.revision === 0)
    sql.exec('INSERT INTO superseded (slot, text, at) VALUES (?, ?, ?)', slot, previous.text, kept.at);
  if (!kept.written && readFact(sql, unwrittenSince(slot)) === undefined)
    writeFact(sql, unwrittenSince(slot), String(kept.at));
  sql.exec('DELETE FROM superseded WHERE at < ?', kept.at - STALE_MS);
  sql.exec(
    'INSERT OR REPLACE INTO kept (slot, text, revision, by, at, written, candidates) VALUES (?, ?, ?, ?, ?, ?, ?)',
    slot,
    kept.text,
    kept.revision,
    kept.by,
    kept.at,
    kept.written ? 1 : 0,
    kept.candidates === undefined ? null : JSON.stringify(kept.candidates),
  );
  addEvent(sql, { at: kept.at, ...actor, action: slot, detail: detailOf(slot, previous, kept) });
}

function detailOf(slot: Slot, previous: Kept | null, { text }: Kept): string {
  switch (slot) {
    case 'weight':
      return `${previous?.text ?? 'none'} → ${text}`;
    case 'document':
      return previous === null ? 'first document' : 'document changed';
    case 'flags':
      return changesText(flagChanges(documentOf(previous?.text ?? null), documentOf(text)));
    default:
      return unreachable(slot);
  }
}

export function addEvent(
  sql: SqlStorage,
  { at, by, channel, action, detail }: Omit<ControlEvent, 'id'>,
): void {
  sql.exec(
    'INSERT INTO events (at, by, channel, action, detail) VALUES (?, ?, ?, ?, ?)',
    at,
    by,
    channel,
    action,
    detail,
  );
  sql.exec('DELETE FROM events WHERE id <= (SELECT MAX(id) FROM events) - ?', KEEP_EVENTS);
}

/** Whether this text was in force a moment ago: then a report of it comes from a stale cache. */
export function wasSuperseded(sql: SqlStorage, slot: Slot, text: string, now: number): boolean {
  return (
    sql
      .exec('SELECT 1 FROM superseded WHERE slot = ? AND text = ? AND at >= ?', slot, text, now - STALE_MS)
      .toArray().length > 0
  );
}

/** Fact: since when KV holds something else than what is kept. */
const unwrittenSince = (slot: Slot): string => `unwritten:${slot}`;

/** Fact: nothing is kept, and the key in KV is still to be deleted. */
const deleting = (slot: Slot): string => `deleting:${slot}`;

export function markDeleting(sql: SqlStorage, slot: Slot): void {
  writeFact(sql, deleting(slot), '1');
}

export function markDeleted(sql: SqlStorage, slot: Slot): void {
  sql.exec('DELETE FROM facts WHERE name = ?', deleting(slot));
}

/** Whether KV is still to be told of what is kept, or of its removal. */
export function isUnwritten(sql: SqlStorage, slot: Slot): boolean {
  const kept = readKept(sql, slot);
  return kept === null ? readFact(sql, deleting(slot)) !== undefined : !kept.written;
}

/** KV has taken it: from now on its caches may go on showing what was there before, for a while. */
export function markWritten(sql: SqlStorage, slot: Slot, revision: number, now: number): void {
  sql.exec('UPDATE kept SET written = 1 WHERE slot = ? AND revision = ?', slot, revision);
  if (readKept(sql, slot) !== null) markDeleted(sql, slot);
  const since = Number(readFact(sql, unwrittenSince(slot)) ?? now);
  sql.exec('UPDATE superseded SET at = ? WHERE slot = ? AND at >= ?', now, slot, since);
  sql.exec('DELETE FROM facts WHERE name = ?', unwrittenSince(slot));
}

export function readEvents(sql: SqlStorage, limit: number): ControlEvent[] {
  return sql
    .exec<{
      id: number;
      at: number;
      by: string;
      channel: ControlEvent['channel'];
      action: ControlEvent['action'];
      detail: string;
    }>(
      'SELECT id, at, by, channel, action, detail FROM events ORDER BY id DESC LIMIT ?',
      Math.min(Math.max(Math.floor(limit), 1), KEEP_EVENTS),
    )
    .toArray();
}

export function readFact(sql: SqlStorage, name: string): string | undefined {
  return sql.exec<{ value: string }>('SELECT value FROM facts WHERE name = ?', name).toArray()[0]?.value;
}

export function writeFact(sql: SqlStorage, name: string, value: string): void {
  sql.exec('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)', name, value);
}
