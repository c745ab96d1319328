/** What is simulated. */
import { parseArgs } from 'node:util';

export const TABLES = [
  'false-rollbacks',
  'errors',
  'latency',
  'promotion',
  'sticky-false-rollbacks',
  'sticky-detection',
] as const;
export type TableName = (typeof TABLES)[number];

export interface Settings {
  readonly isFull: boolean;
  readonly tables: readonly TableName[];
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run simulate -- [options]

  --full           thirty to two hundred times as many runs: many hours on one core
  --table <name>   this table alone: ${TABLES.join(', ')}
  --help           this text`;

/** @returns 'help' if that is all that is wanted @throws UsageError */
export function readSettings(args: readonly string[]): Settings | 'help' {
  const { full, table, help } = parse(args);
  if (help === true) return 'help';
  if (table === undefined) return { isFull: full === true, tables: TABLES };
  const known = TABLES.find(name => name === table);
  if (known !== undefined) return { isFull: full === true, tables: [known] };
  throw new UsageError(`--table must be one of ${TABLES.join(', ')}, got "${table}"`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        full: { type: 'boolean' },
        table: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
