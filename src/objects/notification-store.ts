/** The table of notifications that are to be sent or were; docs/storage.md describes it. */

/** Rows that are kept, settled or not. */
const KEEP = 500;

export interface Entry {
  readonly key: string;
  /** As the document spells it. */
  readonly url: string;
  readonly format: string;
  readonly body: string;
  /** Milliseconds since 1970, of the transition. */
  readonly at: number;
}

export interface Pending extends Entry {
  readonly id: number;
  readonly attempts: number;
}

export class NotificationStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // next_at: NULL once it is settled. is_refused: it holds up nothing behind it.
    sql.exec(`
      CREATE TABLE IF NOT EXISTS notifications (
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, url TEXT NOT NULL, format TEXT NOT NULL,
        body TEXT NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER,
        is_refused INTEGER NOT NULL DEFAULT 0, delivered_at INTEGER, error TEXT, UNIQUE (key, url)
      );
    `);
  }

  /** To be sent at once; nothing if the key has been entered for that address before. */
  add({ key, url, format, body, at }: Entry): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO notifications (key, url, format, body, at, next_at) VALUES (?, ?, ?, ?, ?, ?)',
      key,
      url,
      format,
      body,
      at,
      at,
    );
  }

  /** Addresses with something to send, the one that has waited for longest first. */
  dueAddresses(now: number, limit: number): string[] {
    return this.#sql
      .exec<{
        url: string;
      }>(
        'SELECT url FROM notifications WHERE next_at <= ? GROUP BY url ORDER BY MIN(next_at) LIMIT ?',
        now,
        limit,
      )
      .toArray()
      .map(({ url }) => url);
  }

  /** The oldest that is due, unless an older one waits for its receiver to be well again. */
  nextOf(url: string, now: number): Pending | undefined {
    return this.#sql
      .exec<Pending & Record<string, SqlStorageValue>>(
        `SELECT id, key, url, format, body, at, attempts FROM notifications
         WHERE url = ? AND next_at <= ? AND id <= IFNULL(
           (SELECT MIN(id) FROM notifications WHERE url = ? AND next_at IS NOT NULL AND is_refused = 0), id)
         ORDER BY id LIMIT 1`,
        url,
        now,
        url,
      )
      .toArray()[0];
  }

  delivered(id: number, now: number): void {
    this.#sql.exec(
      `UPDATE notifications SET attempts = attempts + 1, next_at = NULL, delivered_at = ?, error = NULL, body = ''
       WHERE id = ?`,
      now,
      id,
    );
  }

  /** @param isRefused whether it lets pass what comes after it */
  postpone(id: number, nextAt: number, isRefused: boolean, error: string): void {
    this.#sql.exec(
      'UPDATE notifications SET attempts = attempts + 1, next_at = ?, is_refused = ?, error = ? WHERE id = ?',
      nextAt,
      isRefused ? 1 : 0,
      error,
      id,
    );
  }

  giveUp(id: number, error: string): void {
    this.#sql.exec(
      `UPDATE notifications SET attempts = attempts + 1, next_at = NULL, error = ?, body = '' WHERE id = ?`,
      error,
      id,
    );
  }

  /** When the next may be sent; what waits behind another one counts with that one. */
  nextDue(): number | undefined {
    const { due } = this.#sql
      .exec<{ due: number | null }>(
        `SELECT MIN(next_at) AS due FROM notifications AS own WHERE next_at IS NOT NULL AND (is_refused = 1 OR id =
           (SELECT MIN(id) FROM notifications WHERE url = own.url AND next_at IS NOT NULL AND is_refused = 0))`,
      )
      .one();
    return due ?? undefined;
  }

  /** Keeps the newest. @returns what was still to be sent of the others */
  prune(): Pick<Entry, 'key' | 'url'>[] {
    return this.#sql
      .exec<{ key: string; url: string; next_at: number | null }>(
        `DELETE FROM notifications WHERE id <= (SELECT MAX(id) FROM notifications) - ?
         RETURNING key, url, next_at`,
        KEEP,
      )
      .toArray()
      .filter(({ next_at }) => next_at !== null);
  }
}
