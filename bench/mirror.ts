/**
 * `npm run bench:mirror`: what visitors and the isolate notice of copies that are all sent to a canary
 * that hangs. Copies off and on in alternation, each in a fresh process.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { residentMb } from '../test/support/memory.ts';
import { median } from './figures.ts';
import { startHanging } from './hanging.ts';
import { describeMachine } from './machine.ts';
import { readSettings, USAGE, UsageError, type Settings } from './settings.ts';
import { openStage, type Stage } from './stage.ts';
import { BROWSER, PATH, returning, visit } from './visitor.ts';
import { load, wrkVersion } from './wrk.ts';

/** Short, so that hung copies are given up and replaced many times in one measurement. */
const TIMEOUT = '1s';
const SAMPLE_MS = 100;
/** Few: a saturated machine's latency is its queue's. */
const CONNECTIONS = 4;
const FIGURES = ['requestsPerSecond', 'p50Ms', 'p99Ms', 'residentMb', 'peakMb', 'mostCopies'] as const;

type Sample = Readonly<Record<(typeof FIGURES)[number], number>> & {
  readonly copies: 'off' | 'on';
  readonly round: number;
};

async function main(): Promise<void> {
  const read = readSettings(process.argv.slice(2));
  if (read === 'help') {
    console.log(USAGE.replace('npm run bench', 'npm run bench:mirror'));
    return;
  }
  const settings = { ...read, connections: CONNECTIONS };
  const wrk = wrkVersion();
  if (wrk === undefined) throw new Error('wrk is not installed: apt-get install wrk (or brew install wrk)');
  const machine = describeMachine(wrk);
  const startedAt = new Date();
  const stage = await openStage();
  const samples: Sample[] = [];
  try {
    for (let round = 1; round <= settings.rounds; round++) {
      for (const copies of round % 2 === 1 ? (['off', 'on'] as const) : (['on', 'off'] as const)) {
        const sample = { copies, round, ...(await measure(stage, copies, settings)) };
        samples.push(sample);
        console.error(JSON.stringify(sample));
      }
    }
  } finally {
    await stage.close();
  }
  for (const figure of FIGURES) {
    const of = (copies: Sample['copies']): string => {
      const values = samples.filter(sample => sample.copies === copies).map(sample => sample[figure]);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      return `${median(values).toFixed(1)} (${least.toFixed(1)} … ${most.toFixed(1)})`;
    };
    console.log(`${figure.padEnd(18)} off ${of('off').padEnd(30)} on ${of('on')}`);
  }
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}mirror-${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z.json`;
  const result = { startedAt: startedAt.toISOString(), machine, settings, timeout: TIMEOUT, samples };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`written to ${relative(process.cwd(), file)}`);
}

async function measure(
  stage: Stage,
  copies: Sample['copies'],
  settings: Settings,
): Promise<Omit<Sample, 'copies' | 'round'>> {
  const hanging = await startHanging();
  const mirror = { to: 'canary', percent: copies === 'on' ? 100 : 0 };
  stage.configure({ proxy: { mirror, timeout: TIMEOUT }, canaryUrl: hanging.url });
  const runtime = await stage.start('weir');
  const { pid } = runtime.process;
  if (pid === undefined) throw new Error('the runtime has no process id');
  let peakMb = 0;
  const sampler = setInterval(() => (peakMb = Math.max(peakMb, residentMb(pid))), SAMPLE_MS);
  try {
    const url = runtime.url + PATH;
    const headers = await stableVisitor(url);
    await load(url, headers, settings.warmupSeconds, settings);
    const run = await load(url, headers, settings.seconds, settings);
    return {
      requestsPerSecond: run.requests / run.seconds,
      p50Ms: run.p50Ms,
      p99Ms: run.p99Ms,
      residentMb: residentMb(pid),
      peakMb,
      mostCopies: hanging.most(),
    };
  } finally {
    clearInterval(sampler);
    await runtime.stop();
    hanging.close();
  }
}

/** Drawn anew until the answer is stable's: the canary's would not come. */
async function stableVisitor(url: string): Promise<Readonly<Record<string, string>>> {
  for (let i = 0; i < 50; i++) {
    const start = performance.now();
    const { setCookie } = await visit(url, BROWSER);
    if (performance.now() - start < 500 && setCookie[0] !== undefined) return returning(setCookie[0]);
  }
  throw new Error('no visitor was drawn stable');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
