import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf, toDataPoint } from '../../src/core/metrics/analytics-row.ts';
import { analyticsEngineSink, type Dataset } from '../../src/edge/sinks/analytics-engine.ts';
import { startAnalyticsRuntime, type AnalyticsRuntime } from '../support/analytics-runtime.ts';
import { anyBatchWith, anyText } from '../support/any-batch.ts';
import { batchOf } from '../support/batches.ts';
import { eventually } from '../support/eventually.ts';

const byIndex = (a: { index: string }, b: { index: string }): number => (a.index < b.index ? -1 : 1);

describe("the Analytics Engine sink, on the runtime's own binding", () => {
  let runtime: AnalyticsRuntime;
  beforeAll(async () => {
    runtime = await startAnalyticsRuntime();
  });
  afterAll(() => runtime.stop());

  it('writes every row of any batch: the runtime drops none for its size', async () => {
    const batches = fc.sample(anyBatchWith(anyText), { numRuns: 40, seed: 4 });
    for (const batch of batches) {
      runtime.written.length = 0;
      expect(await runtime.deliver(batch)).toEqual({ kind: 'taken' });
      const points = rowsOf(batch).map(toDataPoint);
      await eventually('the points', () => runtime.written.length === points.length);
      const expected = points.map(({ indexes, blobs, doubles }) => ({
        index: indexes[0],
        blobs,
        doubles,
      }));
      expect([...runtime.written].sort(byIndex)).toEqual(expected.sort(byIndex));
    }
  });

  it('would lose a point over the limits without a word: that is what the cuts are for', async () => {
    runtime.written.length = 0;
    await runtime.write({ indexes: ['x'.repeat(97)], blobs: ['over'], doubles: [] });
    await runtime.write({ indexes: ['x'.repeat(96)], blobs: ['within'], doubles: [] });
    await eventually('the second point', () => runtime.written.length > 0);
    expect(runtime.written.map(({ blobs }) => blobs[0])).toEqual(['within']);
  });
});

describe('the Analytics Engine sink, when writing throws', () => {
  const weights = { stable: 90_000, canary: 10_000 };
  const { stable } = batchOf([200, 200]).totals;
  const batch = batchOf([], {
    weights,
    totals: { canary: batchOf([200]).totals['stable']!, stable: stable! },
  });
  const failingAfter = (written: number): Dataset => {
    let left = written;
    return {
      writeDataPoint() {
        if (left-- <= 0) throw new TypeError('no more');
      },
    };
  };

  it('has the batch kept if nothing was written', async () => {
    expect(await analyticsEngineSink(failingAfter(0)).deliver(batch)).toEqual({
      kind: 'retry',
      why: 'no more',
    });
  });

  it('counts what was not written as lost, and never writes a row twice', async () => {
    expect(await analyticsEngineSink(failingAfter(1)).deliver(batch)).toEqual({ kind: 'taken', lost: 2 });
  });
});
