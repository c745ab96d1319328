/** SQLite as a Durable Object has it, in memory and in this process: for what need not run in the runtime. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Sql, UnitStorage } from '../../src/objects/unit-store.ts';

export function sqliteStorage(): UnitStorage {
  const db = new DatabaseSync(':memory:');
  const statements = new Map<string, ReturnType<typeof db.prepare>>();
  const exec = (query: string, ...values: SQLInputValue[]): unknown => {
    if (/^\s*CREATE/.test(query)) {
      db.exec(query);
      return undefined;
    }
    const statement = statements.get(query) ?? db.prepare(query);
    statements.set(query, statement);
    const rows = statement.all(...values);
    return Object.assign(rows, { toArray: () => [...rows] });
  };
  let depth = 0;
  const transactionSync = (work: () => void): void => {
    const name = `level${depth++}`;
    db.exec(`SAVEPOINT ${name}`);
    try {
      work();
    } catch (error) {
      db.exec(`ROLLBACK TO ${name}`);
      throw error;
    } finally {
      db.exec(`RELEASE ${name}`);
      depth--;
    }
  };
  return { sql: { exec } as Sql, transactionSync };
}
