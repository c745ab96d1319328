/** When the index came to know too many rollouts for a scrape to ask each hub. */

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
