/**
 * `npm run soak`: five minutes of full load while the OTLP endpoint hangs, against the same without
 * that sink. No request may fail, the hub must have counted every one, and what the hanging sink
 * costs in memory is bounded.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { residentMb } from '../test/support/memory.ts';
import { count } from './checks.ts';
import { startHanging } from './hanging.ts';
import { describeMachine } from './machine.ts';
import { openStage, type Stage } from './stage.ts';
import { BROWSER, PATH, returning, visit } from './visitor.ts';
import { load, wrkVersion } from './wrk.ts';

const CONNECTIONS = 32;
const SAMPLE_MS = 1000;
const MAX_MORE_MB = 32;
const SINKS = { without: 'hub', hanging: 'hub,otlp' } as const;

interface Soak {
  readonly sinks: keyof typeof SINKS;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  /** Resident megabytes, once a second. */
  readonly memory: readonly number[];
  readonly lastMb: number;
  readonly peakMb: number;
  /** Connections that the sink held at a time at most. */
  readonly mostConnections: number;
  readonly problem: string | undefined;
}

async function main(): Promise<void> {
  const { seconds } = parseArgs({ options: { seconds: { type: 'string', default: '300' } } }).values;
  if (!/^\d{1,3}$/.test(seconds) || Number(seconds) < 1)
    throw new Error(`--seconds must be a whole number from 1 to 999, got "${seconds}"`);
  const wrk = wrkVersion();
  if (wrk === undefined) throw new Error('wrk is not installed: apt-get install wrk (or brew install wrk)');
  const startedAt = new Date().toISOString();
  const stage = await openStage();
  const soaks: Soak[] = [];
  try {
    for (const sinks of ['without', 'hanging'] as const) {
      const soak = await run(stage, sinks, Number(seconds));
      soaks.push(soak);
      const { memory, ...figures } = soak;
      console.log(JSON.stringify({ ...figures, samples: memory.length }));
    }
  } finally {
    await stage.close();
  }
  const [without, hanging] = soaks as [Soak, Soak];
  const moreMb = hanging.peakMb - without.peakMb;
  const isWell = moreMb <= MAX_MORE_MB && soaks.every(({ problem }) => problem === undefined);
  console.log(
    `no request failed; peak memory ${moreMb.toFixed(1)} MB more than without (at most ${MAX_MORE_MB})`,
  );
  if (!isWell) {
    console.log('NOT REACHED');
    process.exitCode = 1;
  }
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}soak-${startedAt.slice(0, 19).replaceAll(':', '-')}Z.json`;
  const result = {
    startedAt,
    machine: describeMachine(wrk),
    seconds: Number(seconds),
    connections: CONNECTIONS,
    soaks,
  };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`written to ${relative(process.cwd(), file)}`);
}

async function run(stage: Stage, sinks: Soak['sinks'], seconds: number): Promise<Soak> {
  const collector = await startHanging();
  const runtime = await stage.start('weir', { SINKS: SINKS[sinks], OTLP_ENDPOINT: collector.url });
  const { pid } = runtime.process;
  if (pid === undefined) throw new Error('the runtime has no process id');
  const memory: number[] = [];
  const sampler = setInterval(() => memory.push(Math.round(residentMb(pid) * 10) / 10), SAMPLE_MS);
  try {
    const url = runtime.url + PATH;
    const first = await visit(url, BROWSER);
    const cookie = first.setCookie[0];
    if (cookie === undefined) throw new Error('a new visitor got no cookie');
    const settings = { threads: 1, connections: CONNECTIONS };
    // Throws if a single request fails.
    const result = await load(url, returning(cookie), seconds, settings);
    const assigned = { answered: 1, underWay: 0 };
    const { problem } = await count(runtime.url, {
      answered: result.requests + 1,
      underWay: CONNECTIONS,
      assigned,
      flags: 0,
    });
    return {
      sinks,
      requests: result.requests,
      requestsPerSecond: result.requests / result.seconds,
      p99Ms: result.p99Ms,
      memory,
      lastMb: memory.at(-1) ?? 0,
      peakMb: Math.max(...memory),
      mostConnections: collector.most(),
      problem: problem ?? (wasAsked(sinks, collector.most()) ? undefined : 'the endpoint was never asked'),
    };
  } finally {
    clearInterval(sampler);
    await runtime.stop();
    collector.close();
  }
}

function wasAsked(sinks: Soak['sinks'], connections: number): boolean {
  return sinks === 'without' || connections > 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await main().catch((error: unknown) => {
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
