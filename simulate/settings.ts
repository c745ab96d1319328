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
  /** Runs of every cell; undefined: as each table has it. */
  readonly runs?: number;
  /** File to which the outcome of each run is appended, a line of JSON each. */
  readonly raw?: string;
  readonly tables: readonly TableName[];
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run simulate -- [options]

  --full           thirty to two hundred times as many runs: many hours on one core
  --runs <n>       so many runs of every cell, 1 to 10000
  --raw <file>     appends each run's outcome to it, a line of JSON each
  --table <name>   this table alone: ${TABLES.join(', ')}
  --help           this text`;

/** @returns 'help' if that is all that is wanted @throws UsageError */
export function readSettings(args: readonly string[]): Settings | 'help' {
  const { full, table, help, runs, raw } = parse(args);
  if (help === true) return 'help';
  const size = {
    isFull: full === true,
    ...(runs === undefined ? {} : { runs: readRuns(runs) }),
    ...(raw === undefined ? {} : { raw }),
  };
  if (table === undefined) return { ...size, tables: TABLES };
  const known = TABLES.find(name => name === table);
  if (known !== undefined) return { ...size, tables: [known] };
  throw new UsageError(`--table must be one of ${TABLES.join(', ')}, got "${table}"`);
}

function readRuns(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1 && runs <= 10_000) return runs;
  throw new UsageError(`--runs must be a whole number from 1 to 10000, got "${text}"`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        full: { type: 'boolean' },
        table: { type: 'string' },
        runs: { type: 'string' },
        raw: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
