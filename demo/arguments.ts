/** Values on the command line. What does not fit throws commander's error, which names the option. */
import type { Command } from 'commander';
import { CommanderError, InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "300ms", "30s", "5m", "1h". A unit is required, so that nobody waits 300 seconds for "300". */
export function durationUpTo(maxMs: number): (text: string) => number {
  return text => {
    const [, digits = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
    const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
    if (ms >= 0 && ms <= maxMs) return ms;
    throw new InvalidArgumentError(`Expected a duration such as 300ms or 30s, at most ${maxMs / 1000}s.`);
  };
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return text => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** 0 to 1. */
export function share(text: string): number {
  const value = /^\d{0,9}\.?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a share from 0 to 1, such as 0.5.');
}

/** Runs the command and sets the exit code: 2 for bad arguments, as those are no failure of the work. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.exitOverride().parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2; // 0 after --help
  }
}
