/** Load from `wrk`, and what it counted. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Settings } from './settings.ts';
import type { Headers } from './visitor.ts';

const script = fileURLToPath(new URL('wrk-report.lua', import.meta.url));
/** How much longer than asked it may run before it is ended. */
const GRACE_MS = 10_000;

/** As `wrk-report.lua` writes it. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** @returns wrk's name for its version; undefined if it isn't installed */
export function wrkVersion(): string | undefined {
  const run = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  if (run.error !== undefined) return undefined;
  return /^wrk (\S+)/.exec(run.stdout)?.[1] ?? 'unknown';
}

/** @throws if a single request failed: a contestant that sheds load would look fast */
export async function load(
  url: string,
  headers: Headers,
  seconds: number,
  { threads, connections }: Pick<Settings, 'threads' | 'connections'>,
): Promise<Load> {
  const child = spawn(
    'wrk',
    [
      `-t${threads}`,
      `-c${connections}`,
      `-d${seconds}s`,
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      '-s',
      script,
      url,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: seconds * 1000 + GRACE_MS },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const line = output.split('\n').find(text => text.startsWith('{'));
  if (code !== 0 || line === undefined) throw new Error(`wrk failed (exit code ${code}):\n${output}`);
  const { failed, ...result } = JSON.parse(line) as Load & { failed: number };
  if (failed > 0) throw new Error(`${failed} of ${result.requests} requests to ${url} failed`);
  return result;
}
