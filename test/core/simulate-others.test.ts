import { describe, expect, it } from 'vitest';
import { limits, medianAndP90 } from '../../simulate/estimate.ts';
import { Flagger } from '../../simulate/flagger.ts';
import { classify, errorRate, Kayenta, p99 } from '../../simulate/kayenta.ts';
import { positionOf } from '../../simulate/latency.ts';
import { shiftBetween } from '../../simulate/mann-whitney.ts';
import { emptyBitmap, Tally, toTick, type Tick } from '../../simulate/tally.ts';
import type { Watcher } from '../../simulate/watcher.ts';
import { PeekedZTest } from '../../simulate/z-test.ts';

/** One minute with so many requests and errors of the canary, all of them as fast as the median. */
function minute(
  index: number,
  requests: number,
  errors: number,
  stable = { requests: 900, errors: 1 },
): Tick {
  const tally = (counts: { requests: number; errors: number }): Tally => {
    const result = Object.assign(new Tally(), counts);
    result.latency[positionOf(0, 0)] = counts.requests - counts.errors;
    return result;
  };
  return toTick({
    from: index * 60,
    to: (index + 1) * 60,
    weight: 10,
    canary: tally({ requests, errors }),
    stable: tally(stable),
    lanes: [],
    visitors: { canary: emptyBitmap(), stable: emptyBitmap() },
  });
}

/** @returns the minute, from 1, at whose end it rolls back; undefined if it doesn't */
function rollbackOf(watcher: Watcher, ticks: readonly Tick[]): number | undefined {
  const index = ticks.findIndex(tick => watcher.see(tick));
  return index < 0 ? undefined : index + 1;
}

describe('Flagger', () => {
  const errorsAlone = { successRate: 0.99, latency: false };

  it('rolls back one check after the one that failed', () => {
    const ticks = [minute(0, 100, 0), minute(1, 100, 2), minute(2, 100, 0)];
    expect(rollbackOf(new Flagger({ ...errorsAlone, threshold: 1 }), ticks)).toBe(3);
  });

  it('counts failed checks for ever: no good one takes one back', () => {
    const ticks = [1, 0, 0, 1, 0, 0, 1, 0].map((bad, i) => minute(i, 100, bad * 2));
    expect(rollbackOf(new Flagger({ ...errorsAlone, threshold: 3 }), ticks)).toBe(8);
  });

  it('takes silence for failure', () => {
    expect(
      rollbackOf(new Flagger({ ...errorsAlone, threshold: 1 }), [minute(0, 0, 0), minute(1, 100, 0)]),
    ).toBe(2);
  });

  it('lets exactly 99 % pass', () => {
    const ticks = [minute(0, 100, 1), minute(1, 100, 1)];
    expect(rollbackOf(new Flagger({ ...errorsAlone, threshold: 1 }), ticks)).toBeUndefined();
  });

  it('fails a minute in which more than one in a hundred took over half a second', () => {
    const withSlow = (slow: number): Tick[] => {
      const tick = minute(0, 200, 0);
      tick.canary.latency[positionOf(0, 0)]! -= slow;
      tick.canary.latency[positionOf(0, Math.log2(0.51 / 0.08))]! += slow;
      return [tick, minute(1, 200, 0)];
    };
    const flagger = (): Flagger => new Flagger({ successRate: 0.99, latency: true, threshold: 1 });
    expect(rollbackOf(flagger(), withSlow(2))).toBeUndefined();
    expect(rollbackOf(flagger(), withSlow(3))).toBe(2);
  });
});

describe("Kayenta's judge", () => {
  it('gives the interval that inverts the statistic', () => {
    // By hand, for five points each: all 25 pairs won are z = 2.51, above 2.33; 24 are 2.30, below. So
    // the interval ends where the first pair ties, at 11 - 5, and where the last one does, at 15 - 1.
    const { low, high, estimate } = shiftBetween([11, 12, 13, 14, 15], [1, 2, 3, 4, 5], 0.98);
    expect(estimate).toBeCloseTo(10, 3);
    expect(low).toBeCloseTo(6, 3);
    expect(high).toBeCloseTo(14, 3);
  });

  it('calls a clear rise High and a clear fall Low', () => {
    const control = [1, 1.1, 1.2, 1.3, 1.4, 1.5];
    expect(
      classify(
        control.map(value => value + 5),
        control,
      ),
    ).toBe('High');
    expect(
      classify(
        control,
        control.map(value => value + 5),
      ),
    ).toBe('Low');
  });

  it('passes the same series, and a shift that it can not tell from noise', () => {
    const control = [1, 2, 3, 4, 5, 6];
    expect(classify(control, control)).toBe('Pass');
    expect(
      classify(
        control.map(value => value + 0.5),
        control,
      ),
    ).toBe('Pass');
  });

  it('passes three points a hundred times worse among ten (its known blind spot)', () => {
    const control = Array.from({ length: 10 }, () => 0);
    expect(classify([0, 0, 0, 0, 0, 0, 0, 5, 5, 5], control)).toBe('Pass');
  });

  it('needs five minutes with data, then stops an outage', () => {
    const ticks = Array.from({ length: 9 }, (_, i) =>
      minute(i, i < 2 ? 0 : 100 + i, i < 2 ? 0 : 90, {
        requests: 900,
        errors: i,
      }),
    );
    expect(rollbackOf(new Kayenta('error rate', errorRate), ticks)).toBe(7);
  });

  it('has the p99 that Prometheus would have', () => {
    const tally = new Tally();
    tally.latency[positionOf(0, Math.log2(0.5 / 0.08) - 1e-9)] = 98;
    tally.latency[positionOf(0, Math.log2(1 / 0.08) - 1e-9)] = 2;
    // Half way into the last bucket, (2^(-1/8), 1].
    expect(p99(tally)).toBeCloseTo((1000 * (1 + 2 ** (-1 / 8))) / 2, 6);
  });
});

describe('the peeked z-test', () => {
  it('looks at the totals so far', () => {
    const ticks = [minute(0, 100, 0), minute(1, 100, 1), minute(2, 100, 4)];
    expect(rollbackOf(new PeekedZTest(), ticks)).toBe(3);
  });
});

describe('what is printed', () => {
  it('has the exact limits of a proportion', () => {
    expect(limits({ count: 0, runs: 300 }).high).toBeCloseTo(0.01222, 4);
    expect(limits({ count: 5, runs: 100 })).toEqual({
      low: expect.closeTo(0.01643, 4) as number,
      high: expect.closeTo(0.11284, 4) as number,
    });
  });

  it('counts what never came as later than everything', () => {
    expect(medianAndP90([10, 20, 30, Infinity, 40])).toBe('30/–');
  });
});
