import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDense,
  CLASSIC_BOUNDS,
  countOf,
  countUpTo,
  emptyHistogram,
  fromSparse,
  mergeHistogram,
  observe,
  quantile,
  quantiles,
  toDense,
  toSparse,
  type Histogram,
} from '../../src/core/analysis/histogram.ts';

const durations = fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 200 });

function histogramOf(values: readonly number[]): Histogram {
  const histogram = emptyHistogram();
  for (const ms of values) observe(histogram, ms);
  return histogram;
}

describe('the histogram', () => {
  it('gives every quantile within 4.5 % of the exact one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 600_000 }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = [...values].sort((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]! / 1000;
          expect(Math.abs(quantile(histogramOf(values), q)! / exact - 1)).toBeLessThanOrEqual(0.0452);
        },
      ),
    );
  });

  it('gives several quantiles as it gives each of them', () => {
    fc.assert(
      fc.property(
        durations,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
        (ms, any) => {
          const qs = any.toSorted((a, b) => a - b);
          const histogram = histogramOf(ms);
          expect(quantiles(histogram, qs)).toEqual(qs.map(q => quantile(histogram, q)));
        },
      ),
    );
  });

  it('survives being kept without its sum', () => {
    fc.assert(
      fc.property(durations, ms => {
        const [histogram, kept] = [histogramOf(ms), emptyHistogram()];
        addDense(kept, toDense(histogram));
        expect(kept.counts).toEqual(histogram.counts);
      }),
    );
  });

  it('counts exactly below every classic bound', () => {
    fc.assert(
      fc.property(durations, values => {
        const histogram = histogramOf(values);
        for (const bound of CLASSIC_BOUNDS) {
          expect(countUpTo(histogram, Math.log2(bound))).toBe(values.filter(ms => ms / 1000 <= bound).length);
        }
      }),
    );
  });

  it('has inclusive upper bounds', () => {
    expect(countUpTo(histogramOf([250]), -2)).toBe(1);
    expect(countUpTo(histogramOf([251]), -2)).toBe(0);
    expect(CLASSIC_BOUNDS[0]).toBeCloseTo(0.001, 4);
    expect(CLASSIC_BOUNDS.at(-1)).toBe(64);
  });

  it('merges by addition: any grouping gives the same', () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        const merged = histogramOf(a);
        mergeHistogram(merged, histogramOf(b));
        expect(merged).toEqual(histogramOf([...a, ...b]));
      }),
    );
  });

  it('survives the way over the wire', () => {
    fc.assert(
      fc.property(durations, values => {
        expect(fromSparse(toSparse(histogramOf(values)))).toEqual(histogramOf(values));
      }),
    );
  });

  it('has no quantile without observations', () => {
    expect(quantile(emptyHistogram(), 0.5)).toBeNull();
  });

  it('takes a clock that stepped back for zero, and a week for the longest there is', () => {
    const histogram = histogramOf([-5, 604_800_000]);
    expect(countOf(histogram)).toBe(2);
    expect(quantile(histogram, 0)).toBe(0);
    expect(quantile(histogram, 1)).toBeGreaterThan(1000);
  });
});
