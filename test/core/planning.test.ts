import { describe, expect, it } from 'vitest';
import { emptyHistogram, observe } from '../../src/core/analysis/histogram.ts';
import { latencyScale } from '../../src/core/analysis/latency-scale.ts';
import type { Interval, JudgedCounts } from '../../src/core/analysis/interval.ts';
import { secondsToDetect, stepNeed } from '../../src/core/analysis/planning.ts';
import type { JudgeSettings } from '../../src/core/analysis/settings.ts';
import { latencySpread, smallestSlowdown } from '../../src/core/analysis/slowdown.ts';
import { START, live, settings } from '../support/judging.ts';

/** As the tables of the statistics document were made: errors and latency, every request by itself. */
const plain: JudgeSettings = {
  ...settings,
  sticky: false,
  countsDraws: false,
  criteria: settings.criteria.slice(0, 2),
};
const traffic = (requestsPerSecond: number, errorRatio: number) => ({
  requestsPerSecond,
  errorRatio,
  scale: null,
});

describe('what a plan is told beforehand', () => {
  it.each([
    [100, 0.001, 10, 125],
    [100, 0.01, 2, 495],
    [1000, 0.001, 3, 155],
  ])(
    'at %i requests/s and %f errors, times %i are found in about the %i s that were simulated',
    (perSecond, errors, times, simulated) => {
      const seconds = secondsToDetect(traffic(perSecond, errors), 5, times, plain)!;
      expect(seconds / simulated).toBeGreaterThan(0.8);
      expect(seconds / simulated).toBeLessThan(1.25);
    },
  );

  it('never promises to find what it cannot: no traffic, no errors to multiply, or within the margin', () => {
    expect(secondsToDetect(traffic(0, 0.01), 5, 10, settings)).toBeNull();
    expect(secondsToDetect(traffic(100, 0), 5, 10, settings)).toBeNull();
    expect(secondsToDetect(traffic(100, 0.01), 5, 1.05, settings)).toBeNull();
  });

  it('is never faster than two looks', () => {
    expect(secondsToDetect(traffic(100_000, 0.1), 50, 10, settings)).toBe(4);
  });

  // Section 3.6: 4.5 / (blast radius / next weight) requests without an error.
  it.each([
    [1, 5, 225],
    [5, 25, 1125],
    [25, 50, 2250],
    [50, 100, 4500],
  ])(
    'needs about as many requests to go from %i to %i without an error as the document says',
    (from, to, requests) => {
      const need = stepNeed(traffic(10, 0), from, to, plain)!;
      expect(need.by).toBe('evidence:errors');
      expect(need.requests / requests).toBeGreaterThan(0.95);
      expect(need.requests / requests).toBeLessThan(1.1);
      expect(need.seconds).toBeCloseTo((need.requests * 100) / (10 * from), 6);
    },
  );

  it.each<[string, (i: number) => number]>([
    ['the same for everybody', () => 30],
    ['of one or two milliseconds', i => 1 + (i % 2)],
    ['quicker than the clock can tell', () => 0],
    ['spread evenly', i => 20 + (i % 180)],
    ['of two kinds', i => (i % 50 === 0 ? 900 : 40)],
  ])('gets the evidence on latency at some time where durations are %s', (_, ms) => {
    const histogram = emptyHistogram();
    for (let i = 0; i < 2000; i++) observe(histogram, ms(i));
    const known = { ...traffic(100, 0.001), scale: latencyScale(histogram.counts) };
    const need = stepNeed(known, 25, 50, plain)!;
    expect(need.seconds).toBeGreaterThan(0);
    expect(need.seconds).toBeLessThan(3600);
  });

  it('says that a step never ends without traffic, and that the last one only counts requests', () => {
    expect(stepNeed(traffic(0, 0), 5, 25, settings)).toBeNull();
    expect(stepNeed(traffic(10, 0), 100, null, settings)).toEqual({
      requests: 50,
      by: 'requests',
      seconds: 5,
    });
  });
});

describe('the smallest slowdown that can be told', () => {
  it('is the tolerance, wider the more visitors differ, and the more so the fewer requests there are', () => {
    const even = smallestSlowdown({ lanes: 0, requests: 8 }, 1e9, 5, settings)!;
    expect(even.ratio).toBeCloseTo(1.19, 2);
    expect(even.visitors).toBe(0);
    const uneven = smallestSlowdown({ lanes: 0.5, requests: 8 }, 1e9, 5, settings)!;
    expect(uneven.visitors).toBeCloseTo(0.16, 2);
    expect(uneven.ratio).toBeGreaterThan(even.ratio * 1.1);
    const few = smallestSlowdown({ lanes: 0.5, requests: 8 }, 500, 5, settings)!;
    expect(few.ratio).toBeGreaterThan(uneven.ratio);
  });

  it('is measured on what stable did before: lanes of the same visitors do not differ, slow ones do', () => {
    const next = live({ requestsPerSecond: 200, weight: 5, stable: { errors: 0 }, canary: { errors: 0 } });
    const same = Array.from({ length: 30 }, (_, i) => next(START + i * 2000, START + i * 2000 + 2000));
    // Every second lane twice as slow: eight buckets.
    const slower = (counts: JudgedCounts, by: number): JudgedCounts => ({
      ...counts,
      latency: { sumMs: 0, buckets: counts.latency.buckets.map(([bucket, n]) => [bucket + by, n] as const) },
    });
    const uneven = same.map((interval): Interval => ({
      ...interval,
      strata: interval.strata.map(stratum => ({
        ...stratum,
        lanes: stratum.lanes.map((lane, i) => slower(lane, i % 2 === 0 ? 8 : 0)),
      })),
    }));
    expect(latencySpread(same)!.lanes).toBeLessThan(0.3);
    expect(latencySpread(uneven)!.lanes).toBeCloseTo(4, 0);
    expect(latencySpread([])).toBeNull();
  });
});
