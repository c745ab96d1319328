/**
 * What the judge reads, as the hub keeps it: a row for each commit that had something to compare, and
 * who was counted as failing when. docs/storage.md describes both tables.
 */
import type { Interval } from '../core/analysis/interval.ts';
import { countFirst, DAY_MS } from '../core/metrics/first-failures.ts';
import type { HubReading } from '../core/metrics/hub-reading.ts';
import type { HubState } from '../core/metrics/hub-state.ts';
import { IntervalSum, type JudgedRecord } from '../core/metrics/judged-interval.ts';
import { clearJudged, type JudgedState } from '../core/metrics/judged-state.ts';
import { countFailure, keyOf, toStratumRecord } from '../core/metrics/strata.ts';
import { murmur3 } from '../core/rollout/hash.ts';

const KEEP_MS = 3_600_000;
/** One coin and two busy variants make about 9 MB an hour; beyond this the oldest goes before its hour. */
const MAX_BYTES = 32e6;
/** What one answer is made of, so that nobody waits for it: about 0.1 s; the rest is in the next ones. */
const MAX_READ_BYTES = 2e6;
/** What one answer holds of it; a long tail of a busy rollout comes in longer intervals. */
const MAX_TAIL_BYTES = 2e6;
/** Visitors who are told apart, all variants and kinds together. */
const MAX_TOLD_APART = 100_000;

interface Row extends Record<string, SqlStorageValue> {
  readonly id: number;
  readonly record: string;
}

export class JudgedStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS judged (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, bytes INTEGER NOT NULL, record TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS judged_at ON judged (at);
      CREATE TABLE IF NOT EXISTS first_failures (
        stratum INTEGER, unit INTEGER, variant TEXT, kind TEXT, day INTEGER NOT NULL, ten_minutes INTEGER NOT NULL,
        PRIMARY KEY (stratum, unit, variant, kind)
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS first_failures_seen ON first_failures (ten_minutes);
      DROP TABLE IF EXISTS intervals;
    `);
  }

  /** Writes everything that came since the last commit; runs inside its transaction. */
  commit(state: JudgedState, now: number): void {
    this.#tellApart(state, now);
    const { since, strata, lost } = state;
    if (since !== undefined) {
      const record = { since, at: now, strata: [...strata.values()].map(toStratumRecord), lost };
      const text = JSON.stringify(record satisfies JudgedRecord);
      this.#sql.exec('INSERT INTO judged (at, bytes, record) VALUES (?, ?, ?)', now, text.length, text);
    }
    clearJudged(state);
  }

  /** Counts of the named failures those that are a visitor's first. */
  #tellApart({ named }: JudgedState, now: number): void {
    for (const { failure, tally } of named.values()) {
      const key = [murmur3(keyOf(tally)), ...failure];
      const known = this.#sql
        .exec<{ day: number; tenMinutes: number }>(
          'SELECT day, ten_minutes AS tenMinutes FROM first_failures WHERE stratum = ? AND unit = ? AND variant = ? AND kind = ?',
          ...key,
        )
        .toArray()[0];
      const { last, day, tenMinutes } = countFirst(known, now);
      if (tenMinutes === 0) continue;
      countFailure(tally, failure, day, tenMinutes);
      this.#sql.exec(
        'INSERT OR REPLACE INTO first_failures (stratum, unit, variant, kind, day, ten_minutes) VALUES (?, ?, ?, ?, ?, ?)',
        ...key,
        last.day,
        last.tenMinutes,
      );
    }
  }

  /**
   * Everything after the cursor in one interval, or a part of it if there is much. The first row is
   * always read, so that the cursor moves.
   * @param cursor null for none of it: only where the records end now
   */
  read(cursor: number | null, { updatedAt, versions, judged }: HubState): HubReading {
    const sum = new IntervalSum();
    let last = cursor ?? this.#end();
    let room = MAX_READ_BYTES;
    for (const { id, record } of this.#rows(last)) {
      if (room <= 0 || !sum.add(JSON.parse(record) as JudgedRecord)) break;
      room -= record.length;
      last = id;
    }
    return {
      cursor: last,
      interval: sum.interval,
      lastBatchAt: updatedAt === 0 ? null : updatedAt,
      generations: Object.fromEntries(judged.generations),
      versions,
    };
  }

  /** The last `seconds`, oldest first: one interval a commit, or as many in one as it takes to be small. */
  tail(seconds: number, now: number): Interval[] {
    const { bytes, first } = this.#sql
      .exec<{ bytes: number | null; first: number | null }>(
        'SELECT SUM(bytes) AS bytes, MIN(id) AS first FROM judged WHERE at > ?',
        now - seconds * 1000,
      )
      .one();
    if (first === null) return [];
    const inOne = Math.max(Math.ceil((bytes ?? 0) / MAX_TAIL_BYTES), 1);
    const sums: IntervalSum[] = [];
    let taken = 0;
    for (const { record } of this.#rows(first - 1)) {
      const parsed = JSON.parse(record) as JudgedRecord;
      if (taken++ % inOne === 0 || !sums.at(-1)!.add(parsed)) {
        const sum = new IntervalSum();
        sum.add(parsed);
        sums.push(sum);
      }
    }
    return sums.map(sum => sum.interval).filter(interval => interval !== null);
  }

  #end(): number {
    return this.#sql.exec<{ id: number | null }>('SELECT MAX(id) AS id FROM judged').one().id ?? 0;
  }

  #rows(cursor: number): Iterable<Row> {
    return this.#sql.exec<Row>('SELECT id, record FROM judged WHERE id > ? ORDER BY id', cursor);
  }

  prune(now: number): void {
    const sql = this.#sql;
    sql.exec('DELETE FROM judged WHERE at < ?', now - KEEP_MS);
    let room = MAX_BYTES;
    const oldest = sql
      .exec<{ id: number; bytes: number }>('SELECT id, bytes FROM judged ORDER BY id DESC')
      .toArray()
      .find(({ bytes }) => (room -= bytes) < 0);
    if (oldest !== undefined) sql.exec('DELETE FROM judged WHERE id <= ?', oldest.id);
    // Whoever counts for the day counts for ten minutes too: both would begin anew.
    sql.exec('DELETE FROM first_failures WHERE ten_minutes <= ?', now - DAY_MS);
    sql.exec(
      `DELETE FROM first_failures WHERE ten_minutes <
         (SELECT ten_minutes FROM first_failures ORDER BY ten_minutes DESC LIMIT 1 OFFSET ?)`,
      MAX_TOLD_APART - 1,
    );
  }
}
