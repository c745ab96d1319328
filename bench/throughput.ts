/**
 * Requests per second and CPU time of every contestant: fresh process, check, warm-up, load, once a
 * round, and in the opposite order every other round, so that a machine that slows down or speeds up
 * favours nobody.
 */
import { admit, count, type Counted } from './checks.ts';
import { CONTESTANTS, type Contestant, type ContestantId } from './contestants.ts';
import { cpuSeconds } from './cpu.ts';
import { flagsForOrigin, ORIGIN_FLAGS } from './flags/for-origin.ts';
import type { Settings } from './settings.ts';
import type { Stage } from './stage.ts';
import { PATH } from './visitor.ts';
import { load, type Load } from './wrk.ts';

export interface Sample extends Load {
  readonly contestant: ContestantId;
  readonly round: number;
  readonly requestsPerSecond: number;
  /** Of the runtime's process during the load; null where it can't be had. */
  readonly cpuSeconds: number | null;
  /** Weir only. */
  readonly counted: Counted | null;
}

export interface Throughput {
  readonly samples: readonly Sample[];
  /** Runs whose requests Weir did not count as it should. */
  readonly problems: readonly string[];
}

export async function measureThroughput(
  stage: Stage,
  settings: Settings,
  log: (line: string) => void,
  contestants: readonly (Contestant & { readonly id: ContestantId })[] = CONTESTANTS,
): Promise<Throughput> {
  const samples: Sample[] = [];
  const problems: string[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    for (const contestant of round % 2 === 1 ? contestants : contestants.toReversed()) {
      const { problem, ...measured } = await measure(stage, contestant, settings);
      samples.push({ contestant: contestant.id, round, ...measured });
      if (problem !== undefined) problems.push(`round ${round}, ${contestant.title}: ${problem}`);
      log(
        `round ${round} of ${settings.rounds}: ${contestant.title}, ${Math.round(measured.requestsPerSecond)} requests/s`,
      );
    }
  }
  return { samples, problems };
}

async function measure(stage: Stage, contestant: Contestant, settings: Settings) {
  stage.configure(contestant.hasFlags === true ? { flags: flagsForOrigin() } : {});
  const runtime = await stage.start(contestant.worker);
  try {
    const url = runtime.url + PATH;
    const admission = await admit(contestant, url);
    const warmup = await load(url, admission.headers, settings.warmupSeconds, settings);

    const before = cpuSeconds(runtime.process.pid);
    const run = await load(url, admission.headers, settings.seconds, settings);
    const after = cpuSeconds(runtime.process.pid);

    const counts =
      contestant.worker === 'weir'
        ? await count(runtime.url, {
            ...expectedOf(admission.requests + warmup.requests + run.requests, settings),
            // Of the check's two visits the second brought the cookie of the first.
            assigned: isNew(contestant)
              ? expectedOf(warmup.requests + run.requests + 1, settings)
              : { answered: 1, underWay: 0 },
            flags: contestant.hasFlags === true ? ORIGIN_FLAGS : 0,
          })
        : undefined;
    return {
      ...run,
      requestsPerSecond: run.requests / run.seconds,
      cpuSeconds: before === undefined || after === undefined ? null : after - before,
      counted: counts?.counted ?? null,
      problem: counts?.problem,
    };
  } finally {
    await runtime.stop();
  }
}

function isNew(contestant: Contestant): boolean {
  return contestant.visitor === 'new';
}

/** Each of the two loads leaves up to one request per connection under way. */
function expectedOf(answered: number, { connections }: Settings): { answered: number; underWay: number } {
  return { answered, underWay: 2 * connections };
}
