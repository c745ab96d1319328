import { describe, expect, it } from 'vitest';
import { LANES } from '../../src/core/analysis/interval.ts';
import { countOf, fromSparse, quantile } from '../../src/core/analysis/histogram.ts';
import { RAMP, roughDay, stageAt, steady } from '../../simulate/circumstances.ts';
import { CoinWorld, type World } from '../../simulate/coin-world.ts';
import { failing, slow } from '../../simulate/harm.ts';
import { slowerBy, slowerTail } from '../../simulate/latency.ts';
import { Random } from '../../simulate/random.ts';
import { binomial, poisson } from '../../simulate/sampling.ts';
import { StickyWorld, type StickyService } from '../../simulate/sticky-world.ts';
import type { Tick } from '../../simulate/tally.ts';

const SERVICE = { rate: 100, errors: 0.01, status4xx: 0.02 };
const STICKY: StickyService = {
  ...SERVICE,
  burst: 1,
  breaker: true,
  crowd: { visitors: 2000, use: 'even', speedSpread: 0.3, failing: 0, isolates: 2 },
};

function run(world: World, seconds: number, weight: number): Tick[] {
  return Array.from({ length: seconds / 10 }, () => world.advance(10, weight));
}

function sum(ticks: readonly Tick[], of: (tick: Tick) => number): number {
  return ticks.reduce((total, tick) => total + of(tick), 0);
}

/** Six standard deviations: a right generator misses it once in five hundred million seeds, and the seed is fixed. */
function expectNear(value: number, mean: number, deviation: number): void {
  expect(Math.abs(value - mean)).toBeLessThan(6 * deviation);
}

describe('drawn counts', () => {
  it.each([
    ['few of few', 20, 0.1],
    ['few of many', 100_000, 0.00005],
    ['many', 5000, 0.3],
    ['most', 400, 0.97],
  ])('have the binomial mean and variance: %s', (_, n, p) => {
    const random = new Random(1);
    const draws = Array.from({ length: 20_000 }, () => binomial(random, n, p));
    const variance = n * p * (1 - p);
    expectNear(average(draws), n * p, Math.sqrt(variance / draws.length));
    expect(average(draws.map(k => (k - n * p) ** 2)) / variance).toBeCloseTo(1, 1);
    expect(draws.every(k => Number.isInteger(k) && k >= 0 && k <= n)).toBe(true);
  });

  it.each([0.3, 8, 40, 5000])('have the Poisson mean and variance: %s', mean => {
    const random = new Random(2);
    const draws = Array.from({ length: 20_000 }, () => poisson(random, mean));
    expectNear(average(draws), mean, Math.sqrt(mean / draws.length));
    expect(average(draws.map(k => (k - mean) ** 2)) / mean).toBeCloseTo(1, 1);
  });
});

describe.each([
  ['drawn request by request', (seed: number): World => new CoinWorld(new Random(seed), SERVICE, steady)],
  ['with sticky visitors', (seed: number): World => new StickyWorld(new Random(seed), STICKY, steady)],
])('a world %s', (_, world) => {
  it('is the same again for the same seed, and another for another', () => {
    expect(run(world(7), 100, 5)).toEqual(run(world(7), 100, 5));
    expect(run(world(7), 100, 5)).not.toEqual(run(world(8), 100, 5));
  });

  it('has the request rate, the error rates and the latencies that it says', () => {
    const ticks = run(world(3), 2000, 20);
    const requests = sum(ticks, ({ canary, stable }) => canary.requests + stable.requests);
    expectNear(requests, 200_000, Math.sqrt(200_000));
    expectNear(
      sum(ticks, ({ canary, stable }) => canary.errors + stable.errors),
      2000,
      Math.sqrt(2000),
    );
    expectNear(
      sum(ticks, ({ canary, stable }) => canary.status4xx + stable.status4xx),
      3960,
      Math.sqrt(3960),
    );
    const latency = fromSparse({ buckets: [], sumMs: 0 });
    for (const { stable } of ticks) stable.latency.forEach((count, i) => (latency.counts[i]! += count));
    expect(quantile(latency, 0.5)!).toBeCloseTo(0.08, 2);
  });

  it('hands the judge one interval with both arms', () => {
    for (const { interval, canary, stable } of run(world(4), 50, 20)) {
      const [stratum] = interval.strata;
      expect(stratum!.weights).toEqual({ stable: 80_000, canary: 20_000 });
      expect(stratum!.arms['stable']!.requests).toBe(stable.requests);
      const arm = stratum!.arms['canary']!;
      expect(arm.requests).toBe(canary.requests);
      expect(countOf(fromSparse(arm.latency))).toBe(canary.requests - canary.errors);
    }
  });
});

describe('a canary', () => {
  it('gets its weight of the requests where each is drawn', () => {
    const ticks = run(new CoinWorld(new Random(5), SERVICE, steady), 1000, 5);
    expectNear(
      sum(ticks, ({ canary }) => canary.requests),
      5000,
      Math.sqrt(5000),
    );
  });

  it('gets worse when it is told to, and stable does not', () => {
    const ticks = run(new CoinWorld(new Random(6), SERVICE, steady, failing(0.5, 500)), 1000, 20);
    const [before, after] = [ticks.slice(0, 50), ticks.slice(50)];
    expectNear(
      sum(before, ({ canary }) => canary.errors),
      100,
      10,
    );
    expectNear(
      sum(after, ({ canary }) => canary.errors),
      5000,
      50,
    );
    expectNear(
      sum(after, ({ stable }) => stable.errors),
      400,
      20,
    );
  });

  it.each([
    ['all of it', slowerBy(2), 2, 2],
    ['its tail alone', slowerTail(2), 1, 2],
  ])('is slower by the factor said: %s', (_, slowdown, atMedian, atP99) => {
    const ticks = run(
      new CoinWorld(new Random(7), { ...SERVICE, rate: 2000 }, steady, slow(slowdown)),
      100,
      50,
    );
    const [canary, stable] = (['canary', 'stable'] as const).map(arm => {
      const histogram = fromSparse({ buckets: [], sumMs: 0 });
      for (const tick of ticks) tick[arm].latency.forEach((count, i) => (histogram.counts[i]! += count));
      return histogram;
    });
    for (const [q, factor] of [
      [0.5, atMedian],
      [0.99, atP99],
    ] as const) {
      expect(Math.log2(quantile(canary!, q)! / quantile(stable!, q)!)).toBeCloseTo(Math.log2(factor), 0);
    }
  });
});

describe('sticky visitors', () => {
  it('fail for the first time once in a day and once in ten minutes, however often they come', () => {
    const service = { ...STICKY, errors: 0, crowd: { ...STICKY.crowd, failing: 10 } };
    const ticks = run(new StickyWorld(new Random(8), service, steady), 1800, 0);
    const firsts = (span: 0 | 1): number => sum(ticks, ({ stable }) => stable.firstErrors[span]);
    expect(firsts(0)).toBe(10);
    expect(firsts(1)).toBeGreaterThan(20);
    expect(firsts(1)).toBeLessThanOrEqual(30);
    expect(sum(ticks, ({ stable }) => stable.errors)).toBeGreaterThan(500);
  });

  it('fail for the first time again under another coin, on both variants alike', () => {
    const service = { ...STICKY, errors: 0, breaker: false, crowd: { ...STICKY.crowd, failing: 100 } };
    const world = new StickyWorld(new Random(13), service, steady);
    run(world, 600, 5);
    const ticks = run(world, 600, 50);
    expect(sum(ticks, ({ canary, stable }) => canary.firstErrors[0] + stable.firstErrors[0])).toBe(100);
    expectNear(
      sum(ticks, ({ canary }) => canary.firstErrors[0]),
      50,
      5,
    );
  });

  it('are in sixteen lanes of stable, which add up to it', () => {
    const [tick] = run(new StickyWorld(new Random(12), STICKY, steady), 10, 20);
    const { lanes } = tick!.interval.strata[0]!;
    expect(lanes).toHaveLength(LANES);
    expect(lanes.every(lane => lane.requests > 0)).toBe(true);
    expect(lanes.reduce((total, lane) => total + lane.requests, 0)).toBe(tick!.stable.requests);
  });

  it('try again as often as the burst says', () => {
    const service = { ...STICKY, breaker: false, burst: 4 };
    const errors = sum(run(new StickyWorld(new Random(9), service, steady), 3000, 0), t => t.stable.errors);
    // 3,000 failures of variance 1 and their geometric runs of mean 4: variance 12 each.
    expectNear(errors, 12_000, Math.sqrt(3000 * (12 + 16)));
  });

  it('are diverted by the breaker of their isolate while the canary is down', () => {
    const ticks = run(new StickyWorld(new Random(10), STICKY, steady, failing(1)), 100, 20);
    expect(sum(ticks, ({ canary }) => canary.requests - canary.errors)).toBe(0);
    expect(sum(ticks, ({ stable }) => stable.errors / stable.requests) / ticks.length).toBeCloseTo(0.01, 2);
  });
});

describe('a rough day', () => {
  it('has three incidents of two minutes and twenty times the errors', () => {
    const course = roughDay(new Random(11));
    const bad = Array.from({ length: 8640 }, (_, i) => course(i * 10)).filter(({ errors }) => errors > 5);
    expect(bad.length).toBeGreaterThanOrEqual(34);
    expect(bad.length).toBeLessThanOrEqual(38);
  });

  it('walks 1, 5, 25 and 50 percent', () => {
    expect([0, 3600, 86_000].map(seconds => stageAt(RAMP, seconds).weight)).toEqual([1, 5, 50]);
  });
});

function average(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
