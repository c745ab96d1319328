/** How long and how often is measured. */
import { parseArgs } from 'node:util';

export interface Settings {
  /** Each contestant is measured once a round. */
  readonly rounds: number;
  /** Length of one measurement; the warm-up before it comes on top. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly connections: number;
  readonly threads: number;
  /** Rounds of what takes no load: start-up, decision, memory. */
  readonly shortRounds: number;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run bench -- [options]

  --rounds <number>    how often each contestant is measured, 1 to 50 (default 7)
  --seconds <number>   length of each measurement, 1 to 60 (default 3)
  --quick              2 rounds of 1 second: whether it runs, not how fast
  --help               this text`;

/** @returns 'help' if that is all that is wanted @throws UsageError */
export function readSettings(args: readonly string[]): Settings | 'help' {
  const { rounds, seconds, quick, help } = parse(args);
  if (help === true) return 'help';
  return {
    rounds: wholeNumber('--rounds', rounds, 50) ?? (quick === true ? 2 : 7),
    seconds: wholeNumber('--seconds', seconds, 60) ?? (quick === true ? 1 : 3),
    // The optimising compiler has settled by then.
    warmupSeconds: 1,
    connections: 32,
    // One is enough: wrk needs a fraction of what the runtime does for the same request.
    threads: 1,
    shortRounds: quick === true ? 3 : 11,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(option: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw new UsageError(`${option} must be a whole number from 1 to ${max}, got "${text}"`);
}
