import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANES, type Interval } from '../../src/core/analysis/interval.ts';
import {
  countFirst,
  DAY_MS,
  TEN_MINUTES_MS,
  type LastCounted,
} from '../../src/core/metrics/first-failures.ts';
import {
  addCell,
  COUNTS,
  emptyCell,
  toCellRecord,
  type CellRecord,
} from '../../src/core/metrics/judged-cell.ts';
import { IntervalSum, type JudgedRecord } from '../../src/core/metrics/judged-interval.ts';
import {
  emptyJudged,
  ingestJudged,
  MAX_GENERATIONS,
  MAX_NAMED,
} from '../../src/core/metrics/judged-state.ts';
import { MAX_STRATA, type StratumRecord } from '../../src/core/metrics/strata.ts';
import { NamedVisitors } from '../../src/edge/named-visitors.ts';
import { batchOf, stratumOf } from '../support/batches.ts';

const count = fc.nat(1000);
const cells: fc.Arbitrary<CellRecord> = fc
  .record({
    counts: fc.array(count, { minLength: COUNTS, maxLength: COUNTS }),
    sumMs: count,
    first: fc.integer({ min: -81, max: 60 }),
    buckets: fc.array(count, { maxLength: 20 }),
    errors: fc.tuple(count, count),
    goals: fc.tuple(count, count),
  })
  .map(({ counts, sumMs, first, buckets, errors, goals }) => ({
    counts: [...counts, sumMs, first, ...buckets],
    firsts: { errors, 'goal:purchase': goals },
  }));
const visitors = fc
  .bigInt({ min: 0n, max: 2n ** 256n - 1n })
  .map(bits => bits.toString(16).padStart(64, '0'));

const strata: fc.Arbitrary<StratumRecord> = fc
  .record({
    generation: fc.constantFrom('g1', 'g2'),
    coin: fc.constantFrom('split', 'rule:nz'),
    lanes: fc.array(cells, { maxLength: 2 }),
    canary: cells,
    draws: count,
    seen: visitors,
  })
  .map(({ generation, coin, lanes, canary, draws, seen }) => ({
    generation,
    coin,
    weights: { stable: 90_000, canary: 10_000 },
    lanes: Array.from({ length: LANES }, (_, lane) => lanes[lane] ?? { counts: [] }),
    candidates: { canary },
    draws: { stable: draws, canary: draws },
    visitors: { stable: seen, canary: seen },
  }));

const records: fc.Arbitrary<JudgedRecord> = fc.record({
  since: fc.integer({ min: 0, max: 1000 }),
  at: fc.integer({ min: 1000, max: 2000 }),
  strata: fc.array(strata, { maxLength: 3 }),
  lost: count,
});

function sumOf(parts: readonly JudgedRecord[]): Interval | null {
  const sum = new IntervalSum();
  for (const part of parts) expect(sum.add(part)).toBe(true);
  return sum.interval;
}

/** In an order of its own: which stratum came first says nothing. */
function ordered(interval: Interval | null): unknown {
  const key = ({ generation, coin }: { generation: string; coin: string }): string => generation + coin;
  return interval && { ...interval, strata: interval.strata.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

describe('an interval', () => {
  it('is the same in whatever order its records come, and whether they came in one or in several', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 4 }), fc.nat(4), (parts, at) => {
        const whole = ordered(sumOf(parts));
        expect(ordered(sumOf(parts.toReversed()))).toEqual(whole);
        const grouped = parts.map((part, i) => ({ ...part, strata: i < at ? part.strata : [] }));
        const rest = parts.map((part, i) => ({ ...part, strata: i < at ? [] : part.strata, lost: 0 }));
        expect(ordered(sumOf([...grouped, ...rest]))).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it("has the sum of stable's lanes as its arm, and everything that was counted somewhere", () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 4 }), parts => {
        const interval = sumOf(parts)!;
        const started = (cell: CellRecord): number => cell.counts[0] ?? 0;
        const all = parts.flatMap(part => part.strata);
        const expected = all.flatMap(({ lanes, candidates }) => [...lanes, ...Object.values(candidates)]);
        const arms = interval.strata.flatMap(({ arms }) => Object.values(arms));
        expect(arms.reduce((sum, arm) => sum + arm.started, 0)).toBe(
          expected.reduce((sum, cell) => sum + started(cell), 0),
        );
        for (const { arms, lanes } of interval.strata) {
          const sum = (of: (lane: (typeof lanes)[number]) => number): number =>
            lanes.reduce((total, lane) => total + of(lane), 0);
          const { requests, errors, firsts, latency } = arms['stable']!;
          expect([requests, errors]).toEqual([sum(lane => lane.requests), sum(lane => lane.errors)]);
          expect(firsts.errors?.[0] ?? 0).toBe(sum(lane => lane.firsts.errors?.[0] ?? 0));
          expect(latency.sumMs).toBe(sum(lane => lane.latency.sumMs));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is none where nothing came, and has no strata where nothing but a loss did', () => {
    expect(sumOf([])).toBeNull();
    expect(sumOf([{ since: 1, at: 2, strata: [], lost: 3 }])).toEqual({
      from: 1,
      to: 2,
      strata: [],
      lost: 3,
    });
  });

  it('takes no record that holds more strata than it can tell apart: that waits for the next', () => {
    const of = (n: number): StratumRecord => stratumOf([200], { generation: `g${n}` });
    const sum = new IntervalSum();
    const full = Array.from({ length: MAX_STRATA }, (_, n) => of(n));
    expect(sum.add({ since: 0, at: 1, strata: full, lost: 0 })).toBe(true);
    expect(sum.add({ since: 1, at: 2, strata: [of(MAX_STRATA)], lost: 0 })).toBe(false);
    expect(sum.add({ since: 1, at: 2, strata: [of(5)], lost: 0 })).toBe(true);
    expect(sum.interval).toMatchObject({ from: 0, to: 2, strata: { length: MAX_STRATA } });
  });
});

describe("a cell's record", () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(cells, record => {
        const cell = emptyCell();
        addCell(cell, record);
        const again = emptyCell();
        addCell(again, toCellRecord(cell));
        expect(again).toEqual(cell);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a visitor who fails', () => {
  const MINUTE = 60_000;

  it('counts at most once in ten minutes and once in 24 hours, whichever of four isolates see it', () => {
    const failure = fc.record({ isolate: fc.nat(3), afterMs: fc.integer({ min: 0, max: 90 * MINUTE }) });
    fc.assert(
      fc.property(fc.array(failure, { minLength: 1, maxLength: 60 }), failures => {
        const isolates = Array.from({ length: 4 }, () => new NamedVisitors());
        const [days, tens]: [number[], number[]] = [[], []];
        let last: LastCounted | undefined;
        let now = 0;
        for (const { isolate, afterMs } of failures) {
          now += afterMs;
          if (!isolates[isolate]!.take(0xfedc_ba98, 0, now)) continue;
          const counted = countFirst(last, now);
          last = counted.last;
          if (counted.day === 1) days.push(now);
          if (counted.tenMinutes === 1) tens.push(now);
        }
        expect([days[0], tens[0]]).toEqual([failures[0]!.afterMs, failures[0]!.afterMs]);
        for (let i = 1; i < days.length; i++) expect(days[i]! - days[i - 1]!).toBeGreaterThanOrEqual(DAY_MS);
        for (let i = 1; i < tens.length; i++)
          expect(tens[i]! - tens[i - 1]!).toBeGreaterThanOrEqual(TEN_MINUTES_MS);
      }),
    );
  });

  it('counts about every ten minutes while they go on failing, and again after a day', () => {
    const isolate = new NamedVisitors();
    let last: LastCounted | undefined;
    const sums = { day: 0, tenMinutes: 0 };
    for (let now = 0; now < 25 * 60 * MINUTE; now += MINUTE) {
      if (!isolate.take(1, 0, now)) continue;
      const counted = countFirst(last, now);
      last = counted.last;
      sums.day += counted.day;
      sums.tenMinutes += counted.tenMinutes;
    }
    // Every eleventh minute is the first one that is more than ten and a half later.
    expect(sums).toEqual({ day: 2, tenMinutes: Math.ceil((25 * 60) / 11) });
  });

  it('is one visitor to the hub, however many isolates name them in the same second', () => {
    const state = emptyJudged();
    const failures = [[7, 'canary', 'errors'] as const];
    for (const isolate of ['a', 'b', 'c', 'd'])
      ingestJudged(state, batchOf([], { isolate, strata: [stratumOf([], { failures })] }), 0);
    expect(state.named.size).toBe(1);
  });

  it('counts without being told apart when a second has more of them than the hub looks up', () => {
    const state = emptyJudged();
    const named = (from: number): StratumRecord =>
      stratumOf([], { failures: Array.from({ length: 500 }, (_, n) => [from + n, 'canary', 'errors']) });
    for (let i = 0; i < 5; i++) ingestJudged(state, batchOf([], { strata: [named(500 * i)] }), 0);
    expect(state.named.size).toBe(MAX_NAMED);
    const [tally] = state.strata.values();
    expect(tally?.candidates.get('canary')?.firsts.get('errors')).toEqual([500, 500]);
  });
});

describe('generations', () => {
  it('are known by their last report, judged or not, and only the latest are kept', () => {
    const state = emptyJudged();
    for (let n = 0; n < MAX_GENERATIONS + 5; n++)
      ingestJudged(state, batchOf([], { strata: [], generation: `g${n}` }), n);
    ingestJudged(
      state,
      batchOf([], { strata: [stratumOf([200], { generation: 'g5' })], generation: 'new' }),
      99,
    );
    expect(state.generations.size).toBe(MAX_GENERATIONS);
    expect([...state.generations].slice(-2)).toEqual([
      ['g5', 99],
      ['new', 99],
    ]);
  });
});
