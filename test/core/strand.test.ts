import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_STRANDS, strandOf } from '../../src/core/rollout/strand.ts';

const BUCKETS = 2 ** 32;
const bucket = fc.nat(BUCKETS - 1);
/** Where a candidate's range ends. */
const cut = fc.integer({ min: 1, max: BUCKETS });

describe('a strand of stable', () => {
  it.each([
    [1.5625, 64],
    [5, 16],
    [6.25, 16],
    [25, 4],
    [50, 2],
    [100, 1],
  ])(
    'is one of so many that it has about as many visitors as a candidate of %s percent: %s',
    (percent, count) => {
      const ranges = { low: (percent / 100) * BUCKETS, high: BUCKETS };
      const strands = Array.from({ length: 16 * 240 }, (_, i) =>
        strandOf(ranges, Math.floor(((i >> 4) / 240) * BUCKETS) + (i & 15)),
      );
      const sizes = [...new Set(strands)].map(strand => strands.filter(other => other === strand).length);
      expect(sizes).toEqual(Array.from({ length: count }, () => strands.length / count));
    },
  );

  it('is one of a bounded number, whatever the weight', () => {
    fc.assert(
      fc.property(cut, cut, bucket, (low, top, at) => {
        const strand = strandOf({ low, high: BUCKETS - Math.min(top, BUCKETS - low) }, at);
        expect(strand).toBeGreaterThanOrEqual(0);
        expect(strand).toBeLessThan(MAX_STRANDS);
      }),
    );
  });

  it('is as thin as the larger of two candidates', () => {
    const wide = { low: BUCKETS / 100, high: BUCKETS * 0.75 };
    expect(strandOf(wide, 4)).toBe(strandOf({ low: BUCKETS / 4, high: BUCKETS }, 4));
  });

  it('is all of stable where only rules send anyone to a candidate', () => {
    fc.assert(fc.property(bucket, at => strandOf({ low: 0, high: BUCKETS }, at) === 0));
  });
});
