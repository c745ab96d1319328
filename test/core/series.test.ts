import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, type BucketRecord } from '../../src/core/metrics/buckets.ts';
import { fromRecord } from '../../src/core/metrics/counts.ts';
import { cover, finestAt, keptFrom, LEVELS } from '../../src/core/metrics/levels.ts';
import { gridOf, MAX_SERIES, seriesOf, type Row, type Series } from '../../src/core/metrics/series.ts';
import { tallyOf } from '../../src/core/metrics/tally.ts';
import { batchOf } from '../support/batches.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const NOW = Date.UTC(2026, 10, 23, 12) + 3_456;

const at = (ago: number, ms = 10 * SECOND): number => NOW - ago - ((NOW - ago) % ms);

function row(begin: number, bucket: Record<string, number[]>, weights: BucketRecord['weights'] = {}): Row {
  const tallies = Object.entries(bucket).map(
    ([name, statuses]) => [name, tallyOf(fromRecord(batchOf(statuses).totals['stable']!))] as const,
  );
  return { at: begin, record: bucketOf(weights, tallies) };
}

const series = (rows: readonly Row[], windowMs = HOUR, stepMs?: number): Omit<Series, 'name'> =>
  seriesOf(rows, gridOf(windowMs, stepMs, NOW));

describe('a series', () => {
  it('begins with the first bucket that holds anything and has no gap from there to now', () => {
    const {
      at: begins,
      seconds,
      variants,
    } = series([row(at(50 * SECOND), { stable: [200, 500] }), row(at(20 * SECOND), { stable: [200] })]);
    expect(begins).toEqual([50, 40, 30, 20, 10, 0].map(ago => at(ago * SECOND) / 1000));
    expect(seconds).toEqual([10, 10, 10, 10, 10, 3.456]);
    expect(variants['stable']).toMatchObject({ requests: [2, 0, 0, 1, 0, 0], errors: [1, 0, 0, 0, 0, 0] });
    expect(variants['stable']!.p50.map(p50 => p50 === null)).toEqual([false, true, true, false, true, true]);
  });

  it('is empty but for its ends where nothing was counted', () => {
    expect(series([])).toEqual({
      from: at(HOUR) / 1000,
      to: NOW / 1000,
      at: [],
      seconds: [],
      variants: {},
    });
  });

  it('shows the weights in force at the end of each bucket, and nothing where nobody said', () => {
    const weights = (canary: number) => ({ stable: 100_000 - canary, canary });
    const { variants } = series(
      [
        row(at(3 * MINUTE, MINUTE), { stable: [200] }, weights(10_000)),
        row(at(3 * MINUTE, MINUTE) + 20 * SECOND, { stable: [200] }, weights(250)),
        row(at(3 * MINUTE, MINUTE) + 30 * SECOND, { stable: [200] }),
        row(at(MINUTE, MINUTE), { stable: [200] }, weights(0)),
      ],
      HOUR,
      MINUTE,
    );
    expect(variants['canary']!.weight).toEqual([0.25, null, 0, null]);
    expect(variants['stable']!.weight).toEqual([99.75, null, 100, null]);
    expect(variants['canary']!.requests).toEqual([0, 0, 0, 0]);
  });

  it('has a column as long as all others for a variant that comes late', () => {
    const { variants } = series([
      row(at(MINUTE), { stable: [200] }),
      row(at(30 * SECOND), { stable: [200], canary: [200] }),
    ]);
    for (const column of Object.values(variants['canary']!)) expect(column).toHaveLength(7);
    expect(variants['canary']!.requests).toEqual([0, 0, 0, 1, 0, 0, 0]);
  });

  it('tells apart the variants that were seen last, when documents brought very many', () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      row(at((400 - 10 * i) * SECOND), { stable: [200], [`v${i}`]: [200] }),
    );
    const names = Object.keys(series(rows).variants);
    expect(names).toHaveLength(MAX_SERIES);
    expect(names).toContain('stable');
    expect(names).toContain('v39');
    expect(names).not.toContain('v0');
  });
});

describe('the grid', () => {
  const lengths = (windowMs: number, stepMs?: number): number[] => {
    const grid = gridOf(windowMs, stepMs, NOW);
    const found: number[] = [];
    for (let begin = grid.from; begin < NOW; begin += grid.lengthAt(begin))
      found.push(grid.lengthAt(begin) / SECOND);
    return found;
  };

  it.each([
    ['an hour', HOUR, 10],
    ['3 hours', 3 * HOUR, 10],
    ['4 hours', 4 * HOUR, 60],
    ['24 hours', DAY, 60],
    ['48 hours', 2 * DAY, 120],
    ['a week', 7 * DAY, 600],
    ['90 days', 90 * DAY, 7200],
  ])('of %s is of one length, in at most about 1,500 buckets', (_, windowMs, length) => {
    const found = lengths(windowMs);
    expect([...new Set(found)]).toEqual([length]);
    expect(found.length).toBeLessThanOrEqual(1501);
  });

  it('of 24 hours in steps of 10 s is of minutes where ten seconds are no longer kept', () => {
    const found = lengths(DAY, 10 * SECOND);
    expect([...new Set(found)]).toEqual([60, 10]);
    expect(found.filter(length => length === 10).length).toBeGreaterThanOrEqual(1080);
  });

  it('never gives a shorter length than was asked for', () => {
    expect([...new Set(lengths(DAY, 90 * SECOND))]).toEqual([120]);
    expect([...new Set(lengths(3 * DAY, 300 * SECOND))]).toEqual([600, 300]);
  });
});

describe('the levels', () => {
  it('cover any window with buckets that are kept and have ended, each moment once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200 * DAY, max: 400 * DAY }),
        fc.integer({ min: 15 * SECOND, max: 90 * DAY }),
        fc.option(fc.integer({ min: 10, max: 86_400 }), { nil: undefined }),
        (now, windowMs, step) => {
          const grid = gridOf(windowMs, step === undefined ? undefined : step * SECOND, now);
          const stretches = cover(grid.from, now, begin => grid.lengthAt(begin));
          let reached = grid.from;
          for (const { level, from, to } of stretches) {
            expect(from).toBe(reached);
            expect(from).toBeGreaterThanOrEqual(keptFrom(level, now));
            expect([from % LEVELS[level]!.ms, to % LEVELS[level]!.ms]).toEqual([0, 0]);
            if (level > 0) expect(to).toBeLessThanOrEqual(now);
            reached = to;
          }
          expect(reached).toBeGreaterThanOrEqual(now);
        },
      ),
    );
  });

  it('need few buckets for the last 24 hours: it is asked for every few seconds', () => {
    const from = at(DAY, MINUTE);
    const buckets = cover(from, NOW, () => Infinity).map(
      ({ level, from, to }) => (to - from) / LEVELS[level]!.ms,
    );
    expect(finestAt(from, NOW)).toBe(MINUTE);
    expect(buckets.reduce((sum, n) => sum + n, 0)).toBeLessThan(170);
  });
});
