/** The hub's time buckets. docs/storage.md describes the table. */
import { fromRecord, mergeCounts, toRecord, type CountsRecord } from '../core/metrics/counts.ts';
import type { HubState } from '../core/metrics/hub-state.ts';

export const BUCKET_MS = 10_000;
const KEEP_BUCKETS_MS = 3 * 3_600_000;

export function createBucketTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS buckets (at INTEGER NOT NULL, variant TEXT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (at, variant)) WITHOUT ROWID;
  `);
}

/** Writes what came since the last commit. */
export function addToBucket(sql: SqlStorage, state: HubState): void {
  // A bucket is read back before it is added to: an evicted hub may have begun it.
  for (const [variant, counts] of state.bucket) {
    const row = sql
      .exec<{ counts: string }>(
        'SELECT counts FROM buckets WHERE at = ? AND variant = ?',
        state.bucketAt,
        variant,
      )
      .toArray()[0];
    if (row !== undefined) mergeCounts(counts, fromRecord(JSON.parse(row.counts) as CountsRecord));
    sql.exec(
      'INSERT OR REPLACE INTO buckets (at, variant, counts) VALUES (?, ?, ?)',
      state.bucketAt,
      variant,
      JSON.stringify({ ...toRecord(counts), decisions: undefined }),
    );
  }
}

export function pruneBuckets(sql: SqlStorage, now: number): void {
  sql.exec('DELETE FROM buckets WHERE at < ?', now - KEEP_BUCKETS_MS);
}

/** Counts by variant of every bucket that ends after `since`. */
export function readBuckets(sql: SqlStorage, since: number): Record<string, CountsRecord> {
  const merged = new Map<string, ReturnType<typeof fromRecord>>();
  const rows = sql.exec<{ variant: string; counts: string }>(
    'SELECT variant, counts FROM buckets WHERE at > ?',
    since - BUCKET_MS,
  );
  for (const row of rows) {
    const counts = fromRecord(JSON.parse(row.counts) as CountsRecord);
    const known = merged.get(row.variant);
    if (known === undefined) merged.set(row.variant, counts);
    else mergeCounts(known, counts);
  }
  return Object.fromEntries([...merged].map(([variant, counts]) => [variant, toRecord(counts)]));
}
