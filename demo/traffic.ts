/**
 * `npm run demo:traffic`: plays visitors against a proxy on this machine and says what they saw.
 * Exit codes: 0 done (whatever was seen), 2 bad arguments.
 */
import { Command, InvalidArgumentError } from 'commander';
import { durationUpTo, runCommand, wholeNumber } from './arguments.ts';
import { finalTable, liveLine } from './report.ts';
import { loopbackTarget, MAX_RPS, MAX_VISITORS, playTraffic } from './visitors.ts';

interface Flags {
  readonly rps: number;
  readonly visitors: number;
  readonly url: string;
  readonly path: string;
  readonly duration?: number;
  readonly json?: true;
}

const DAY_MS = 86_400_000;

await runCommand(
  new Command('npm run demo:traffic --')
    .description('Play visitors with cookies against a proxy on this machine')
    .option('--rps <number>', 'requests per second', wholeNumber(1, MAX_RPS), 50)
    .option(
      '--visitors <number>',
      'how many visitors, each with its cookies',
      wholeNumber(1, MAX_VISITORS),
      200,
    )
    .option(
      '--url <url>',
      'where the proxy listens',
      checked(text => loopbackTarget(text)),
      'http://localhost:8787',
    )
    .option(
      '--path <path>',
      'what they ask for',
      checked(text => loopbackTarget('http://localhost', text)),
      '/api/whoami',
    )
    .option('--duration <duration>', 'such as 30s; without it, until Ctrl-C', durationUpTo(DAY_MS))
    .option('--json', 'print the summary as JSON')
    .action(run),
);

function checked(check: (text: string) => unknown): (text: string) => string {
  return text => {
    try {
      check(text);
      return text;
    } catch (error) {
      throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
    }
  };
}

async function run({ duration, json, ...flags }: Flags): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);

  const isLive = process.stdout.isTTY && json !== true;
  const summary = await playTraffic({
    ...flags,
    signal: interrupted.signal,
    ...(duration !== undefined && { durationMs: duration }),
    ...(isLive && { onSecond: sofar => process.stdout.write(`\r\x1b[2K${liveLine(sofar)}`) }),
  });
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);

  if (isLive) process.stdout.write('\r\x1b[2K');
  if (json === true) console.log(JSON.stringify(summary, undefined, 2));
  else console.log(finalTable(summary));
}
