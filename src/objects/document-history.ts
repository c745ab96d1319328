/** The last documents that were in force, with their authors: what `weir history` shows and `weir apply --revision` brings back. */
import type { Actor, DocumentVersion, Kept } from '../core/rollout/control.ts';

const KEEP_DOCUMENTS = 50;

export class DocumentHistory {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, revision INTEGER NOT NULL, text TEXT NOT NULL,
        by TEXT NOT NULL, channel TEXT NOT NULL, at INTEGER NOT NULL
      );
    `);
  }

  /** @param revision of the rollout with this document; a hand-written one has the one that it was found at */
  add({ text, by, at }: Pick<Kept, 'text' | 'by' | 'at'>, revision: number, { channel }: Actor): void {
    this.#sql.exec(
      'INSERT INTO documents (revision, text, by, channel, at) VALUES (?, ?, ?, ?, ?)',
      revision,
      text,
      by,
      channel,
      at,
    );
    this.#sql.exec('DELETE FROM documents WHERE id <= (SELECT MAX(id) FROM documents) - ?', KEEP_DOCUMENTS);
  }

  /** Newest first. */
  versions(): DocumentVersion[] {
    return this.#sql
      .exec<{ revision: number; text: string; by: string; channel: DocumentVersion['channel']; at: number }>(
        'SELECT revision, text, by, channel, at FROM documents ORDER BY id DESC',
      )
      .toArray();
  }
}
