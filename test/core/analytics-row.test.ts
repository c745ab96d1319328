import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsOf, toDataPoint } from '../../src/core/metrics/analytics-row.ts';
import { outcomesOf } from '../../src/core/metrics/delta.ts';
import { shorten, utf8Length } from '../../src/core/metrics/shorten.ts';
import { anyBatchWith, anyText, histogramOf } from '../support/any-batch.ts';
import { batchOf } from '../support/batches.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('a row for Analytics Engine', () => {
  it('is within the documented limits, whatever the batch holds', () => {
    fc.assert(
      fc.property(anyBatchWith(anyText), batch => {
        const points = rowsOf(batch).map(toDataPoint);
        // A flusher flushes ten times at most, and an invocation may write 250 points.
        expect(points.length).toBeLessThanOrEqual(25);
        for (const { indexes, blobs, doubles } of points) {
          expect(indexes).toHaveLength(1);
          expect(bytes(indexes[0])).toBeLessThanOrEqual(96);
          expect(blobs.length).toBeLessThanOrEqual(20);
          expect(blobs.reduce((sum, blob) => sum + bytes(blob), 0)).toBeLessThanOrEqual(16_000);
          expect(doubles).toHaveLength(20);
          expect(doubles.every(Number.isFinite)).toBe(true);
        }
      }),
    );
  });

  it('loses no request, however many variants came together', () => {
    fc.assert(
      fc.property(anyBatchWith(anyText), batch => {
        const requests = rowsOf(batch).reduce((sum, row) => sum + row.requests, 0);
        expect(requests).toBe(outcomesOf(batch));
      }),
    );
  });

  it('counts up to every latency bound, cumulatively and exactly', () => {
    const { stable } = batchOf([]).totals;
    const totals = { stable: { ...stable!, duration: histogramOf([0, 15, 16, 125, 126, 8000, 8001]) } };
    const [row] = rowsOf(batchOf([], { totals }));
    //                      16 ms 31 62 125 250 500 1 s 2 4  8
    expect(row?.upTo).toEqual([2, 3, 3, 4, 5, 5, 5, 5, 5, 6]);
    expect([row?.durationCount, row?.durationSum]).toEqual([7, 16.283]);
  });

  it('has the columns that docs/metrics.md names, in their order', () => {
    const batch = batchOf([200, 301, 404, 500, 522, 523], {
      rollout: 'shop.example',
      weights: { stable: 90_000, canary: 10_000 },
    });
    const [stable, canary] = rowsOf(batch).map(toDataPoint);
    expect(stable).toEqual({
      indexes: ['shop.example:stable'],
      blobs: ['weir.1', 'shop.example', 'stable', 'isolate-1', ''],
      doubles: [6, 3, 2, 1, 0, 0, 0, 6, 0.06, 90, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6],
    });
    // Nobody came by, but it has a weight: a dashboard shows it.
    expect(canary?.indexes).toEqual(['shop.example:canary']);
    expect(canary?.doubles.slice(0, 11)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0]);
  });

  it('marks what was cut, keeps the names whole beside a cut index, and two long names apart', () => {
    const host = `${'a'.repeat(240)}.example`;
    const [row] = rowsOf(batchOf([200], { rollout: host }));
    expect(row).toMatchObject({ cut: 'index1', rollout: host, variant: 'stable' });
    expect(row?.index).toMatch(/^a{87}~[0-9a-f]{8}$/);
    const [other] = rowsOf(batchOf([200], { rollout: `${'a'.repeat(240)}.example.org` }));
    expect(other?.index).not.toBe(row?.index);
  });
});

describe('a shortened text', () => {
  it('is the text itself where that fits, and else fits and ends between two characters', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 9, max: 200 }), (text, max) => {
        const short = shorten(text, max);
        expect(utf8Length(text)).toBe(bytes(text));
        expect(bytes(short)).toBeLessThanOrEqual(max);
        if (bytes(text) <= max) expect(short).toBe(text);
        else expect(text.startsWith(short.slice(0, -9))).toBe(true);
        if (text.isWellFormed()) expect(short.isWellFormed()).toBe(true);
      }),
    );
  });
});
