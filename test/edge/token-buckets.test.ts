import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../src/edge/token-buckets.ts';

const pace = { burst: 5, perSecond: 2 };

describe('a token bucket', () => {
  it('never lets more through than the burst and what has filled up since, whenever one asks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 100 }), pauses => {
        const buckets = new TokenBuckets(10);
        let now = 0;
        let through = 0;
        for (const pause of pauses) {
          now += pause;
          if (buckets.take('a', pace, now) === 0) through++;
        }
        expect(through).toBeLessThanOrEqual(pace.burst + (now * pace.perSecond) / 1000);
      }),
    );
  });

  it('lets who waits as long as it says go on', () => {
    const buckets = new TokenBuckets(10);
    const ask = (now: number): number => buckets.take('a', pace, now);
    const waits = Array.from({ length: 6 }, () => ask(1000));
    expect(waits).toEqual([0, 0, 0, 0, 0, 1]);
    expect(ask(2000)).toBe(0);
  });

  it('is of one caller', () => {
    const buckets = new TokenBuckets(10);
    while (buckets.take('a', pace, 0) === 0);
    expect(buckets.take('b', pace, 0)).toBe(0);
  });
});
