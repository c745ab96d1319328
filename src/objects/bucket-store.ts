/**
 * The hub's time buckets: one table a level, one row a bucket. docs/storage.md describes them.
 *
 * A longer bucket is written once it has ended, from the shorter ones, which are kept: writing it
 * again gives the same row. What was rolled up is read off the tables, so an eviction changes nothing.
 */
import { bucketOf, mergeBuckets, type BucketRecord } from '../core/metrics/buckets.ts';
import type { CountsRecord } from '../core/metrics/counts.ts';
import type { HubState } from '../core/metrics/hub-state.ts';
import {
  beginOf,
  cover,
  FINEST_MS,
  finestAt,
  keptFrom,
  LEVELS,
  type Stretch,
} from '../core/metrics/levels.ts';
import { gridOf, seriesOf, type Row, type Series } from '../core/metrics/series.ts';

/** By position in {@link LEVELS}. */
const TABLES = ['buckets_10s', 'buckets_1m', 'buckets_10m'] as const;

export class BucketStore {
  readonly #sql: SqlStorage;
  /** By level: every bucket that begins before is rolled up. */
  readonly #rolledTo: number[];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const table of TABLES)
      sql.exec(`CREATE TABLE IF NOT EXISTS ${table} (at INTEGER PRIMARY KEY, record TEXT NOT NULL)`);
    this.#rolledTo = LEVELS.map(({ ms }, level) => {
      const last = sql.exec<{ at: number | null }>(`SELECT MAX(at) AS at FROM ${TABLES[level]!}`).one().at;
      return last === null ? 0 : last + ms;
    });
    this.#takeOver();
  }

  /** Adds what came since the last commit to the ten seconds it belongs to: one row. */
  add({ bucketAt, bucket, weights }: Pick<HubState, 'bucketAt' | 'bucket' | 'weights'>): void {
    this.#addTo(bucketAt, bucketOf(weights, bucket));
  }

  /** Writes the longer buckets that have ended since the last time; nothing may be waiting to be added. */
  rollUp(now: number): void {
    for (let level = 1; level < LEVELS.length; level++) {
      const { ms } = LEVELS[level]!;
      const [from, to] = [this.#rolledTo[level]!, beginOf(now, ms)];
      if (from >= to) continue;
      const rows = Map.groupBy(this.#read({ level: level - 1, from, to }), ({ at }) => beginOf(at, ms));
      for (const [at, parts] of rows) this.#write(level, at, mergeBuckets(parts.map(({ record }) => record)));
      this.#rolledTo[level] = to;
    }
  }

  /** Forgets what is older than its level keeps. Roll up first. */
  prune(now: number): void {
    TABLES.forEach((table, level) =>
      this.#sql.exec(`DELETE FROM ${table} WHERE at < ?`, keptFrom(level, now)),
    );
  }

  /** Counts by variant over about the last `seconds`, in whole buckets of ten seconds or more. */
  recent(seconds: number, now: number): { seconds: number; counts: Record<string, CountsRecord> } {
    this.rollUp(now);
    const since = now - seconds * 1000;
    const from = beginOf(since, finestAt(since, now));
    const rows = cover(from, now, () => Infinity).flatMap(stretch => this.#read(stretch));
    const { counts } = mergeBuckets(rows.map(({ record }) => record));
    return { seconds: (now - from) / 1000, counts };
  }

  /** @param stepSeconds the least length of a bucket, see {@link gridOf} */
  series(windowSeconds: number, stepSeconds: number | undefined, now: number): Omit<Series, 'name'> {
    this.rollUp(now);
    const stepMs = stepSeconds === undefined ? undefined : stepSeconds * 1000;
    const grid = gridOf(windowSeconds * 1000, stepMs, now);
    const stretches = cover(grid.from, now, at => grid.lengthAt(at));
    return seriesOf(this.#eachRow(stretches), grid);
  }

  /** One after the other: a long series needn't be in memory as a whole. */
  *#eachRow(stretches: readonly Stretch[]): Generator<Row> {
    for (const stretch of stretches) yield* this.#rows(stretch);
  }

  #read(stretch: Stretch): Row[] {
    return [...this.#rows(stretch)];
  }

  *#rows({ level, from, to }: Stretch): Generator<Row> {
    const rows = this.#sql.exec<{ at: number; record: string }>(
      `SELECT at, record FROM ${TABLES[level]!} WHERE at >= ? AND at < ? ORDER BY at`,
      from,
      to,
    );
    for (const { at, record } of rows) yield { at, record: JSON.parse(record) as BucketRecord };
  }

  #addTo(at: number, record: BucketRecord): void {
    // Read back before it is added to: an evicted hub may have begun it.
    const begun = this.#read({ level: 0, from: at, to: at + FINEST_MS }).map(row => row.record);
    this.#write(0, at, mergeBuckets([...begun, record]));
    // A clock that was set back: what was rolled up already is rolled up again.
    LEVELS.forEach(({ ms }, level) => {
      this.#rolledTo[level] = Math.min(this.#rolledTo[level]!, beginOf(at, ms));
    });
  }

  #write(level: number, at: number, record: BucketRecord): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO ${TABLES[level]!} (at, record) VALUES (?, ?)`,
      at,
      JSON.stringify(record),
    );
  }

  /** Version 0.1 kept ten-second buckets only, a row per variant: its rows move over, once. */
  #takeOver(): void {
    const sql = this.#sql;
    if (
      sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'buckets'`).toArray().length === 0
    )
      return;
    const rows = sql
      .exec<{ at: number; variant: string; counts: string }>('SELECT at, variant, counts FROM buckets')
      .toArray();
    for (const [at, variants] of Map.groupBy(rows, row => row.at)) {
      const counts = variants.map(row => [row.variant, JSON.parse(row.counts) as CountsRecord]);
      this.#addTo(at, { weights: {}, counts: Object.fromEntries(counts) as BucketRecord['counts'] });
    }
    sql.exec('DROP TABLE buckets');
  }
}
