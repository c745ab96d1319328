import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketOf } from '../../src/core/metrics/buckets.ts';
import { addOutcome, emptyCounts } from '../../src/core/metrics/counts.ts';
import { LEVELS } from '../../src/core/metrics/levels.ts';
import type { Series } from '../../src/core/metrics/series.ts';
import { tallyOf } from '../../src/core/metrics/tally.ts';
import type { RolloutStatus } from '../../src/core/rollout/status.ts';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const VARIANTS = ['stable', 'canary', 'canary-b'];
const TABLES = ['buckets_10s', 'buckets_1m', 'buckets_10m'];

let variants: Variants;
let directory: string;
let weir: TestWeir;
let bytes = 0;

/** A hub on disk that has been busy for 90 days: the runtime is stopped while its tables are filled. */
beforeAll(async () => {
  variants = await startVariants();
  directory = mkdtempSync(join(tmpdir(), 'weir-full-hub-'));
  const variables = { STABLE_ORIGIN: variants.stable.url, CANARY_ORIGIN: variants.canary.url };
  const first = await startTestWeir({ stateDir: directory, variables });
  await new Visitor().visit(first.url);
  await eventually('the first count', async () => {
    const status = (await (await first.admin('/api/rollouts/default')).json()) as RolloutStatus;
    return status.lastCounts !== null;
  });
  await first.stop();
  bytes = fill(Date.now());
  weir = await startTestWeir({ stateDir: directory, variables });
}, 120_000);
afterAll(async () => {
  await weir.stop();
  await variants.close();
  rmSync(directory, { recursive: true });
});

/** The hub of the rollout is the one that has a count; the other one is the index. @returns its size */
function fill(now: number): number {
  const objects = join(directory, 'v3', 'do', 'weir-MetricsHub');
  for (const file of readdirSync(objects).filter(
    name => name.endsWith('.sqlite') && name !== 'metadata.sqlite',
  )) {
    const database = new DatabaseSync(join(objects, file));
    try {
      if (database.prepare('SELECT 1 FROM totals').all().length > 0) return fillTables(database, now);
    } finally {
      database.close();
    }
  }
  throw new Error('no hub has a count');
}

function fillTables(database: DatabaseSync, now: number): number {
  database.exec('BEGIN');
  LEVELS.forEach(({ ms, keptMs }, level) => {
    const insert = database.prepare(`INSERT OR REPLACE INTO ${TABLES[level]!} (at, record) VALUES (?, ?)`);
    const last = now - (now % ms) - ms;
    for (let at = last - keptMs + ms; at <= last; at += ms) insert.run(at, JSON.stringify(busy(at)));
  });
  database.exec('COMMIT');
  const row = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')
    .get();
  return Number(row?.['bytes']);
}

/** Three variants, each with latencies from 5 ms to 2 s: a histogram as full as one gets. */
function busy(at: number): ReturnType<typeof bucketOf> {
  const tallies = VARIANTS.map(variant => {
    const own = emptyCounts();
    for (let i = 0; i < 60; i++)
      addOutcome(
        own,
        i === 0 ? 5 : 2,
        i === 0 ? 'http_5xx' : undefined,
        5 * 1.105 ** ((i * 7 + at / 10_000) % 60),
      );
    return [variant, tallyOf(own)] as const;
  });
  return bucketOf({ stable: 80_000, canary: 10_000, 'canary-b': 10_000 }, tallies);
}

/** The quickest of three. How long it takes is printed and not asserted: the machine is busy with other tests. */
async function fetched(path: string): Promise<{ value: unknown; ms: number; size: number }> {
  let best = Infinity;
  let text = '';
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    text = await (await weir.admin(path)).text();
    best = Math.min(best, performance.now() - start);
  }
  return { value: JSON.parse(text) as unknown, ms: best, size: text.length };
}

describe('a hub that has been busy for 90 days', () => {
  it.each([
    ['window=24h&step=10s', 60, 10, 2340],
    ['window=24h', 60, 60, 1440],
    ['window=90d', 7200, 7200, 1079],
    ['window=90d&step=10s', 600, 10, 16_400],
  ])('answers series?%s whole', async (query, longest, shortest, least) => {
    const { value, ms, size } = await fetched(`/api/rollouts/default/series?${query}`);
    const { at, seconds: lengths, variants } = value as Series;
    console.log(`series?${query}: ${at.length} buckets, ${Math.round(size / 1000)} kB, ${Math.round(ms)} ms`);
    expect(at.length).toBeGreaterThanOrEqual(least);
    expect(Object.keys(variants).sort()).toEqual([...VARIANTS].sort());
    expect([lengths[0], lengths.at(-2)]).toEqual([longest, shortest]);
  });

  it('answers the status of the last 24 hours', async () => {
    const { value, ms } = await fetched('/api/rollouts/default?window=24h');
    const { variants } = value as RolloutStatus;
    console.log(`status?window=24h: ${Math.round(ms)} ms`);
    // 60 requests in every ten-minute bucket of the 24 hours, and in the shorter ones at their ends.
    expect(variants['stable']!.recent.requests).toBeGreaterThan(143 * 60);
  });

  it('is a file of less than 16 MB', () => {
    console.log(`${(bytes / 1e6).toFixed(1)} MB on disk`);
    expect(bytes).toBeGreaterThan(1e6);
    expect(bytes).toBeLessThan(16e6);
  });
});
