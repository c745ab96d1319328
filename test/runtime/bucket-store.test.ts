import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEVELS } from '../../src/core/metrics/levels.ts';
import { MAX_VARIANTS, requestsIn } from '../../src/core/metrics/buckets.ts';
import { batchOf } from '../support/batches.ts';
import {
  startBucketObjects,
  type BucketObjects,
  type RecentFigures,
  type SeriesFigures,
  type Step,
} from '../support/bucket-object.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
/** Any time will do; one that no bucket begins at. */
const NOON = Date.UTC(2026, 10, 23, 12) + 3_456;

let objects: BucketObjects;

beforeAll(async () => {
  objects = await startBucketObjects();
});
afterAll(() => objects.stop());

const counts = (requests: number) => batchOf(new Array<number>(requests).fill(200)).totals['stable']!;

function addition(at: number, bucket: Record<string, number>, weights: Record<string, number> = {}): Step {
  const entries = Object.entries(bucket).map(([name, requests]) => [name, counts(requests)]);
  return [
    'add',
    {
      bucketAt: at - (at % (10 * SECOND)),
      bucket: Object.fromEntries(entries) as Record<string, ReturnType<typeof counts>>,
      weights,
    },
  ];
}

const requestsOf = (series: SeriesFigures, variant = 'stable') =>
  (series.variants[variant]?.requests ?? []).reduce((sum, n) => sum + n, 0);

/** Traffic that comes and goes, with an eviction, a roll-up or a look at any moment. */
const events = fc.array(
  fc.record({
    waitMs: fc.oneof(
      fc.integer({ min: 0, max: 20 * SECOND }),
      fc.integer({ min: 0, max: 20 * MINUTE }),
      fc.integer({ min: 0, max: 5 * HOUR }),
    ),
    requests: fc.integer({ min: 1, max: 9 }),
    then: fc.subarray(['evict', 'rollUp', 'evict', 'prune', 'look'] as const),
  }),
  { maxLength: 60 },
);

describe('the buckets', () => {
  it('neither lose nor double a request at any length, wherever the hub is evicted', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(events, fc.constantFrom(10, 60, 300, 600, 7200), async (happenings, step) => {
        let now = NOON;
        const added: { at: number; requests: number }[] = [];
        const script: Step[] = [];
        for (const { waitMs, requests, then } of happenings) {
          now += waitMs;
          added.push({ at: now, requests });
          script.push(addition(now, { stable: requests }));
          for (const what of then) {
            if (what === 'evict') script.push(['evict']);
            else if (what === 'look') script.push(['recent', 3600, now]);
            // As the hub does it: nothing is forgotten that was not rolled up.
            else if (what === 'prune') script.push(['rollUp', now], ['prune', now]);
            else script.push(['rollUp', now]);
          }
        }
        const total = added.reduce((sum, { requests }) => sum + requests, 0);
        const results = await objects.run(`law ${runs++}`, [
          ...script,
          ['series', 90 * 86_400, step, now + 1],
        ]);
        const series = results.at(-1) as SeriesFigures;
        expect(requestsOf(series)).toBe(total);
        series.at.forEach((at, i) => {
          const [from, to] = [at * SECOND, (at + series.seconds[i]!) * SECOND];
          const within = added.filter(one => one.at >= from && one.at < to);
          expect(series.variants['stable']!.requests[i]).toBe(
            within.reduce((sum, { requests }) => sum + requests, 0),
          );
          if (i > 0) expect(at).toBe(series.at[i - 1]! + series.seconds[i - 1]!);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('hold after 100 days of traffic what three levels hold, and not a row more', async () => {
    const start = NOON - 100 * DAY;
    const spells = [
      { from: start, until: NOON - 4 * DAY, every: 10 * MINUTE },
      { from: NOON - 4 * DAY, until: NOON - 4 * HOUR, every: MINUTE },
      { from: NOON - 4 * HOUR, until: NOON, every: 10 * SECOND },
    ];
    for (const { from, until, every } of spells) {
      const script: Step[] = [];
      for (let at = from; at < until; at += every)
        script.push(addition(at, { stable: 2, canary: 1 }), ['rollUp', at], ['prune', at]);
      await objects.run('old', script);
    }
    const [tens, minutes, tenMinutes, series] = (await objects.run('old', [
      ['sql', 'SELECT COUNT(*) AS n FROM buckets_10s'],
      ['sql', 'SELECT COUNT(*) AS n FROM buckets_1m'],
      ['sql', 'SELECT COUNT(*) AS n FROM buckets_10m'],
      ['series', 90 * 86_400, 10, NOON],
    ])) as [{ n: number }[], { n: number }[], { n: number }[], SeriesFigures];
    // Each level keeps what the next one is still rolled up from, at most one bucket of that more.
    const rows = [tens[0]!.n, minutes[0]!.n, tenMinutes[0]!.n];
    const most = LEVELS.map(({ ms, keptMs }, i) => (keptMs + (LEVELS[i + 1]?.ms ?? ms)) / ms);
    rows.forEach((n, i) => {
      expect(n).toBeGreaterThan(most[i]! * 0.99);
      expect(n).toBeLessThanOrEqual(most[i]!);
    });
    expect([...new Set(series.seconds.slice(0, -1))]).toEqual([600, 60, 10]);
    expect(series.at[0]).toBeGreaterThanOrEqual((NOON - 90 * DAY) / 1000 - 600);
  }, 120_000);

  it('write one row for a commit, however many variants there are', async () => {
    const add = addition(NOON, { stable: 5, canary: 3, 'canary-b': 1 });
    expect(await objects.run('cheap', [add, add, ['rollUp', NOON]])).toEqual([
      { written: 1 },
      { written: 1 },
      { written: 0 },
    ]);
  });

  it('keep the weighted and the busiest variants of a bucket when documents brought too many', async () => {
    const bucket = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`v${i}`, i + 1]));
    const weights = { stable: 90_000, v0: 10_000 };
    const [, recent] = (await objects.run('crowded', [
      addition(NOON, { ...bucket, stable: 1 }, weights),
      ['recent', 60, NOON],
    ])) as [unknown, RecentFigures];
    expect(Object.keys(recent.counts).sort()).toEqual(
      ['stable', 'v0', ...Array.from({ length: MAX_VARIANTS - 2 }, (_, i) => `v${39 - i}`)].sort(),
    );
  });

  it('show a variant that is gone as long as its rows are kept, and forget it with them', async () => {
    const names = async (now: number, windowSeconds: number) => {
      const [series] = (await objects.run('gone', [['series', windowSeconds, null, now]])) as [SeriesFigures];
      return Object.keys(series.variants).sort();
    };
    await objects.run('gone', [
      addition(NOON, { stable: 1, canary: 1 }, { stable: 50_000, canary: 50_000 }),
      addition(NOON + DAY, { stable: 1 }, { stable: 100_000 }),
    ]);
    expect(await names(NOON + DAY + SECOND, 3600)).toEqual(['stable']);
    expect(await names(NOON + DAY + SECOND, 90_000)).toEqual(['canary', 'stable']);
    await objects.run('gone', [
      ['rollUp', NOON + 91 * DAY],
      ['prune', NOON + 91 * DAY],
    ]);
    expect(await objects.run('gone', [['sql', 'SELECT 1 FROM buckets_10m']])).toEqual([[{ '1': 1 }]]);
    expect(await names(NOON + 91 * DAY, 90 * 86_400)).toEqual(['stable']);
  });

  it('count what a clock that was set back brings late', async () => {
    const [, , , , series, recent] = (await objects.run('set back', [
      addition(NOON, { stable: 1 }),
      ['rollUp', NOON + 20 * MINUTE],
      ['evict'],
      addition(NOON, { stable: 2 }),
      ['series', 7200, 600, NOON + 20 * MINUTE],
      ['recent', 7200, NOON + 20 * MINUTE],
    ])) as [unknown, unknown, unknown, unknown, SeriesFigures, RecentFigures];
    expect([requestsOf(series), requestsIn(recent.counts['stable']!)]).toEqual([3, 3]);
  });

  it('take over what version 0.1 kept', async () => {
    const at = NOON - (NOON % (10 * SECOND));
    const row = (variant: string, requests: number, begin: number) =>
      `(${begin}, '${variant}', '${JSON.stringify(counts(requests))}')`;
    const [, , , series, tables] = (await objects.run('released', [
      [
        'sql',
        'CREATE TABLE buckets (at INTEGER NOT NULL, variant TEXT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (at, variant)) WITHOUT ROWID',
      ],
      [
        'sql',
        `INSERT INTO buckets VALUES ${[row('stable', 4, at), row('canary', 2, at), row('stable', 3, at - HOUR)].join(', ')}`,
      ],
      ['evict'],
      ['series', 7200, 60, at + 5 * MINUTE],
      ['sql', `SELECT COUNT(*) AS n FROM sqlite_master WHERE name = 'buckets'`],
    ])) as [unknown, unknown, unknown, SeriesFigures, { n: number }[]];
    expect([requestsOf(series), requestsOf(series, 'canary'), tables[0]!.n]).toEqual([7, 2, 0]);
    expect(series.variants['stable']!.weight.every(weight => weight === null)).toBe(true);
  });
});
