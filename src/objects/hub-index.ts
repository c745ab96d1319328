/** The index: which rollouts there are, what each hub pushed last, and since when there are too many to ask. */
import type { Snapshot } from '../core/metrics/snapshot.ts';

/** The index answers for at most so many rollouts. */
const MAX_LISTED = 10_000;

/** A push may overtake an earlier one: what has the later batch stays, so that no counter steps back. */
export function enter(sql: SqlStorage, name: string, snapshot: Snapshot | null): void {
  sql.exec(
    `INSERT INTO rollouts (name, snapshot) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET snapshot = excluded.snapshot
     WHERE excluded.snapshot IS NOT NULL AND (rollouts.snapshot IS NULL
       OR rollouts.snapshot ->> 'updatedAt' <= excluded.snapshot ->> 'updatedAt')`,
    name,
    snapshot === null ? null : JSON.stringify(withoutExperiments(snapshot)),
  );
}

/** Nothing that the index is asked is made of them, and they may be longer than a row. */
function withoutExperiments(snapshot: Snapshot): Snapshot {
  const { flags } = snapshot;
  return flags === undefined ? snapshot : { ...snapshot, flags: { ...flags, experiments: [] } };
}

export function isEntered(sql: SqlStorage, name: string): boolean {
  return sql.exec('SELECT 1 FROM rollouts WHERE name = ?', name).toArray().length > 0;
}

export function readNames(sql: SqlStorage): string[] {
  return sql
    .exec<{ name: string }>('SELECT name FROM rollouts ORDER BY name LIMIT ?', MAX_LISTED)
    .toArray()
    .map(({ name }) => name);
}

/** In the order of their names. */
export function readEntries(sql: SqlStorage): { name: string; snapshot: Snapshot | null }[] {
  return sql
    .exec<{ name: string; snapshot: string | null }>(
      'SELECT name, snapshot FROM rollouts ORDER BY name LIMIT ?',
      MAX_LISTED,
    )
    .toArray()
    .map(({ name, snapshot }) => ({
      name,
      snapshot: snapshot === null ? null : (JSON.parse(snapshot) as Snapshot),
    }));
}

/** Once, whatever happens later. @param now milliseconds since 1970 */
export function noteCrowd(sql: SqlStorage, limit: number, now: number): void {
  sql.exec(
    `INSERT OR IGNORE INTO facts (name, value)
     SELECT 'crowdedAt', ? WHERE (SELECT count(*) FROM rollouts) > ?`,
    String(now),
    limit,
  );
}

/** @returns milliseconds since 1970; null if that never happened */
export function readCrowdedAt(sql: SqlStorage): number | null {
  const row = sql.exec<{ value: string }>(`SELECT value FROM facts WHERE name = 'crowdedAt'`).toArray()[0];
  return row === undefined ? null : Number(row.value);
}
