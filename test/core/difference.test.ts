import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorRatioDifference, quantileDifference } from '../../src/core/analysis/difference.ts';
import { emptyHistogram, observe, quantile, type Histogram } from '../../src/core/analysis/histogram.ts';
import { quantileRanks } from '../../src/core/analysis/order-statistics.ts';

/** Mulberry32: a seeded draw is the same on every machine. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Share of so many repetitions that say yes. */
function share(repetitions: number, isSo: (random: () => number) => boolean): number {
  const random = draws(20_261_123);
  let yes = 0;
  for (let i = 0; i < repetitions; i++) if (isSo(random)) yes++;
  return yes / repetitions;
}

function histogramOf(values: readonly number[]): Histogram {
  const histogram = emptyHistogram();
  for (const ms of values) observe(histogram, ms);
  return histogram;
}

const anyCount = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 0, max: 2 ** 40 }))
  .map(([requests, errors]) => ({ requests, errors }));
const anyHistogram = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1_200_000 }), fc.integer({ min: 1, max: 2 ** 36 })), {
    maxLength: 30,
  })
  .map(entries => {
    const histogram = emptyHistogram();
    for (const [ms, times] of entries) {
      const one = histogramOf([ms]);
      one.counts.forEach((count, i) => (histogram.counts[i]! += count * times));
    }
    return histogram;
  });

describe('the difference of two error ratios', () => {
  // Newcombe 1998, table II, method 10.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('of %i in %i and %i in %i is what the paper gives', (errors, requests, baseErrors, base, low, high) => {
    const difference = errorRatioDifference({ requests, errors }, { requests: base, errors: baseErrors })!;
    expect(difference.low).toBeCloseTo(low, 4);
    expect(difference.high).toBeCloseTo(high, 4);
    expect(difference.value).toBeCloseTo(errors / requests - baseErrors / base, 12);
  });

  it.each([
    [0.01, 0.02, 2000, 400],
    [0.001, 0.001, 5000, 5000],
    [0.2, 0.1, 100, 60],
  ])('holds the true one, %f against %f, in about 95 of 100 draws', (stable, candidate, many, few) => {
    const failures = (random: () => number, n: number, ratio: number) => {
      let errors = 0;
      for (let i = 0; i < n; i++) if (random() < ratio) errors++;
      return { requests: n, errors };
    };
    const coverage = share(600, random => {
      const { low, high } = errorRatioDifference(
        failures(random, few, candidate),
        failures(random, many, stable),
      )!;
      return low <= candidate - stable && candidate - stable <= high;
    });
    expect(coverage).toBeGreaterThan(0.93);
    expect(coverage).toBeLessThan(0.985);
  });

  it('is finite and in order for whatever was counted, and nothing without requests', () => {
    fc.assert(
      fc.property(anyCount, anyCount, (candidate, stable) => {
        const difference = errorRatioDifference(candidate, stable);
        if (candidate.requests === 0 || stable.requests === 0) {
          expect(difference).toBeNull();
          return;
        }
        const { value, low, high } = difference!;
        for (const number of [value, low, high]) expect(Math.abs(number)).toBeLessThanOrEqual(1 + 1e-9);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  it('of the other way round is its mirror image', () => {
    fc.assert(
      fc.property(anyCount, anyCount, (a, b) => {
        const [there, back] = [errorRatioDifference(a, b), errorRatioDifference(b, a)];
        if (there === null || back === null) return;
        expect(there.low).toBeCloseTo(-back.high, 12);
      }),
    );
  });
});

describe('what is said aloud', () => {
  it('is wrong about two equal variants less than once in some thousand looks', () => {
    const failures = (random: () => number, n: number) => {
      let errors = 0;
      for (let i = 0; i < n; i++) if (random() < 0.02) errors++;
      return { requests: n, errors };
    };
    const [said, shown] = [{ n: 0 }, { n: 0 }];
    share(3000, random => {
      const { clear, low, high } = errorRatioDifference(failures(random, 300), failures(random, 2000))!;
      if (clear) said.n++;
      if (low > 0 || high < 0) shown.n++;
      return true;
    });
    // The 95 % interval is wrong about a hundred times as often.
    expect([said.n, shown.n > 60]).toEqual([0, true]);
  });

  it('is said when a candidate fails half of a hundred requests', () => {
    const candidate = { requests: 100, errors: 50 };
    expect(errorRatioDifference(candidate, { requests: 2000, errors: 20 })?.clear).toBe(true);
  });
});

describe('the ranks around a quantile', () => {
  // Tables of the sign test: 95 % intervals for the median.
  it.each([
    [6, 1, 6],
    [10, 2, 9],
    [20, 6, 15],
    [50, 18, 33],
  ])('of the median of %i are %i and %i, as tables have them', (n, low, high) => {
    expect(quantileRanks(n, 0.5)).toEqual({ low, high });
  });

  it('are none where the sample has no bound: five for the median, 367 for p99', () => {
    expect([quantileRanks(0, 0.5), quantileRanks(5, 0.5), quantileRanks(367, 0.99)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(quantileRanks(368, 0.99)?.high).toBe(368);
  });

  it('go over from exact to approximate without a step', () => {
    const exact = quantileRanks(9999, 0.5)!;
    const approximate = quantileRanks(10_001, 0.5)!;
    expect(Math.abs(exact.low - approximate.low)).toBeLessThanOrEqual(2);
    expect(Math.abs(exact.high - approximate.high)).toBeLessThanOrEqual(3);
  });
});

describe('the difference of two quantiles', () => {
  /** Log-normal latencies, as those of a web page are: median in ms, wide. */
  const latency = (random: () => number, median: number, sigma: number) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(1, Math.round(median * Math.exp(sigma * normal)));
  };
  const sample = (random: () => number, n: number, median: number, sigma: number) =>
    histogramOf(Array.from({ length: n }, () => latency(random, median, sigma)));
  const NORMAL_QUANTILES = { 0.5: 0, 0.95: 1.6448536, 0.99: 2.3263479 } as const;

  // Narrow ones, of which few buckets hold all, and medians at several places in their bucket.
  it.each([
    [0.5, 60, 200, 1, 300],
    [0.5, 400, 800, 0.6, 300],
    [0.5, 600, 800, 0.8, 320],
    [0.5, 200, 800, 0.3, 340],
    [0.95, 300, 600, 1, 300],
    [0.95, 500, 800, 0.6, 310],
    [0.99, 1000, 1500, 1, 300],
  ] as const)(
    'holds the true one of q = %f, %i requests against %i, spread %f, in at least 95 of 100 draws',
    (q, few, many, sigma, median) => {
      const truth = ((median - 200) / 1000) * Math.exp(sigma * NORMAL_QUANTILES[q]);
      const coverage = share(200, random => {
        const candidate = sample(random, few, median, sigma);
        const { low, high } = quantileDifference(candidate, sample(random, many, 200, sigma), q)!;
        return low <= truth && truth <= high;
      });
      expect(coverage).toBeGreaterThan(0.95);
    },
  );

  it('tells a candidate that is a half slower, from 2,000 requests, for sure', () => {
    const told = share(50, random => {
      const difference = quantileDifference(
        sample(random, 2000, 300, 0.6),
        sample(random, 8000, 200, 0.6),
        0.5,
      )!;
      return difference.low > 0 && difference.clear;
    });
    expect(told).toBe(1);
  });

  it('is never surer than the buckets: a difference inside them is not told from none', () => {
    // 92 and 100 ms are in the same bucket or beside each other whatever the number of requests.
    const always = (ms: number) => histogramOf(new Array<number>(20_000).fill(ms));
    for (const [candidate, stable] of [
      [100, 92],
      [92, 100],
    ] as const) {
      const { low, high } = quantileDifference(always(candidate), always(stable), 0.5)!;
      const truth = (candidate - stable) / 1000;
      expect(low).toBeLessThanOrEqual(truth);
      expect(high).toBeGreaterThanOrEqual(truth);
    }
  });

  it('is what the figures beside it differ by', () => {
    const [a, b] = [histogramOf([10, 20, 30, 40, 50, 60]), histogramOf([5, 6, 7, 8, 9, 10])];
    expect(quantileDifference(a, b, 0.5)?.value).toBe(quantile(a, 0.5)! - quantile(b, 0.5)!);
  });

  it('is finite and in order for any two histograms, or nothing where there is too little', () => {
    fc.assert(
      fc.property(anyHistogram, anyHistogram, fc.constantFrom(0.5, 0.95, 0.99), (a, b, q) => {
        const difference = quantileDifference(a, b, q);
        if (difference === null) return;
        const { value, low, high } = difference;
        expect([value, low, high].every(Number.isFinite)).toBe(true);
        expect(difference.low).toBeLessThanOrEqual(difference.value);
        expect(difference.high).toBeGreaterThanOrEqual(difference.value);
      }),
    );
  });
});
