import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_STRANDS, strandOf } from '../../src/core/rollout/strand.ts';

const BUCKETS = 2 ** 32;
const bucket = fc.nat(BUCKETS - 1);
/** Where a candidate's range ends. */
const cut = fc.integer({ min: 1, max: BUCKETS });

describe('a strand of stable', () => {
  it('has as many visitors as the candidate', () => {
    const at = Array.from({ length: 64 }, (_, i) => (i * BUCKETS) / 64);
    const strands = at.map(bucket => strandOf({ low: BUCKETS / 16, high: BUCKETS }, bucket));
    expect(strands).toEqual(at.map((_, i) => Math.floor(i / 4)));
  });

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
    expect(strandOf({ low: BUCKETS / 100, high: BUCKETS * 0.9 }, BUCKETS * 0.55)).toBe(5);
  });

  it('is all of stable where only rules send anyone to a candidate', () => {
    fc.assert(fc.property(bucket, at => strandOf({ low: 0, high: BUCKETS }, at) === 0));
  });
});
