/**
 * `npm run bench:flags`: what 20 flags for the origin cost a proxied request, by the two alone that are
 * compared and more rounds than `npm run bench` has time for: the difference is smaller than its noise.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTESTANTS } from '../contestants.ts';
import { median } from '../figures.ts';
import { describeMachine } from '../machine.ts';
import { readSettings, USAGE } from '../settings.ts';
import { openStage } from '../stage.ts';
import { measureThroughput, type Sample } from '../throughput.ts';
import { wrkVersion } from '../wrk.ts';

const ROUNDS = 24;
/** No less of the requests per second than without. */
const TARGET = 0.97;

async function main(): Promise<void> {
  const given = readSettings(process.argv.slice(2));
  if (given === 'help') {
    console.log(USAGE);
    return;
  }
  const settings = process.argv.includes('--rounds') ? given : { ...given, rounds: ROUNDS };
  const wrk = wrkVersion();
  if (wrk === undefined) throw new Error('wrk is not installed: apt-get install wrk (or brew install wrk)');
  const startedAt = new Date();
  const machine = describeMachine(wrk);
  const stage = await openStage();
  try {
    const pair = CONTESTANTS.filter(({ id }) => id === 'weir-returning' || id === 'weir-flags');
    const log = (line: string): void => console.error(line);
    const { samples, problems } = await measureThroughput(stage, settings, log, pair);
    report(
      'requests/s, with ÷ without',
      ratios(samples, ({ requestsPerSecond }) => requestsPerSecond),
    );
    report('CPU time per request, with ÷ without', ratios(samples, cpuPerRequest));
    console.log(`to reach: at least ${TARGET} of the requests/s`);
    if (problems.length > 0) {
      console.log(`WEIR MISCOUNTED:\n${problems.map(problem => `  ${problem}`).join('\n')}`);
      process.exitCode = 1;
    }
    const folder = fileURLToPath(new URL('../results/', import.meta.url));
    mkdirSync(folder, { recursive: true });
    const file = `${folder}flags-${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z.json`;
    const result = { startedAt: startedAt.toISOString(), machine, settings, samples, problems };
    writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`written to ${relative(process.cwd(), file)}`);
  } finally {
    await stage.close();
  }
}

function cpuPerRequest({ cpuSeconds, requests }: Sample): number {
  return cpuSeconds === null ? Number.NaN : cpuSeconds / requests;
}

/** One a round. */
function ratios(samples: readonly Sample[], measure: (sample: Sample) => number): number[] {
  const of = (id: string): number[] =>
    samples
      .filter(({ contestant }) => contestant === id)
      .toSorted((a, b) => a.round - b.round)
      .map(measure);
  const without = of('weir-returning');
  return of('weir-flags').map((value, round) => value / without[round]!);
}

/** The standard error of a median is about 1.25 times that of the mean. */
function report(name: string, values: readonly number[]): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(values.length - 1, 1),
  );
  const error = (1.25 * deviation) / Math.sqrt(values.length);
  const range = `${Math.min(...values).toFixed(3)} … ${Math.max(...values).toFixed(3)}`;
  console.log(
    `${name}: ${median(values).toFixed(3)} ± ${error.toFixed(3)} (${range}, ${values.length} rounds)`,
  );
}

await main();
