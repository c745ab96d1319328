import { describe, expect, it } from 'vitest';
import { columnsOf, lonelyIn, marksOf, MEASURES, summaryOf } from '../../dashboard/charts/columns.ts';
import type { Series } from '../../dashboard/types.ts';

const variant = (requests: number[], errors: number[]) => ({
  weight: requests.map(() => 10),
  requests,
  errors,
  p50: requests.map(count => (count > 0 ? 0.02 : null)),
  p95: requests.map(() => null),
  p99: requests.map(() => null),
});
const series: Series = {
  name: 'default',
  from: 1000,
  to: 1033,
  at: [1000, 1010, 1020, 1030],
  seconds: [10, 10, 10, 3],
  variants: { stable: variant([100, 0, 50, 5], [1, 0, 5, 5]), canary: variant([10, 20, 0, 0], [0, 1, 0, 0]) },
};

describe('a chart', () => {
  it('has a point at the end of each complete bucket, and none for the one that is filling', () => {
    expect(columnsOf(series, ['stable', 'canary'], MEASURES.rate)).toEqual({
      at: [1010, 1020, 1030],
      values: [
        [10, 0, 5],
        [1, 2, 0],
      ],
      ceiling: 10,
    });
  });

  it('has a gap where there was no traffic, not an error ratio or latency of zero', () => {
    expect(columnsOf(series, ['stable'], MEASURES.errors).values).toEqual([[0.01, null, 0.1]]);
    expect(columnsOf(series, ['stable'], MEASURES.p50).values).toEqual([[0.02, null, 0.02]]);
  });

  it('is scaled to what enough requests stand behind, if anything is', () => {
    const few = { ...series, variants: { stable: variant([100, 3, 50, 5], [1, 3, 5, 5]) } };
    expect(columnsOf(few, ['stable'], MEASURES.errors)).toMatchObject({
      values: [[0.01, 1, 0.1]],
      ceiling: 0.1,
    });
    const fewer = { ...series, variants: { stable: variant([1, 3, 5, 5], [1, 3, 5, 5]) } };
    expect(columnsOf(fewer, ['stable'], MEASURES.errors).ceiling).toBeUndefined();
  });

  it('leaves a variant empty that was not there at the time', () => {
    expect(columnsOf(series, ['canary-b'], MEASURES.rate).values).toEqual([[null, null, null]]);
  });

  it('keeps a last bucket that is as long as the others, and is empty without buckets', () => {
    expect(columnsOf({ ...series, seconds: [10, 10, 10, 10] }, [], MEASURES.rate).at).toHaveLength(4);
    expect(columnsOf({ ...series, at: [], seconds: [] }, [], MEASURES.rate).at).toEqual([]);
  });

  it('marks the weight changes of its window, and no other event', () => {
    const event = (at: number, action: string) => ({
      id: at,
      at: new Date(at * 1000).toISOString(),
      by: 'ada',
      channel: 'cli',
      action,
      detail: '10 → 25',
    });
    const events = [event(1020, 'weight'), event(1010, 'document'), event(990, 'weight')];
    expect(marksOf(events, 1000, 1033)).toEqual([{ at: 1020, text: '10 → 25 by ada' }]);
  });

  it.each([
    [[1, 3, 2], '2 now, lowest 1, highest 3'],
    [[1, 3, null], 'nothing now, lowest 1, highest 3'],
    [[null], 'nothing known'],
  ])('tells in words what %j shows', (column, words) => {
    expect(summaryOf(column, String)).toBe(words);
  });
});

describe('points that get a dot', () => {
  it.each([
    [[null, 3, null], [1]],
    [
      [3, null, null, 4],
      [0, 3],
    ],
    [[1, 2, null, 5, null, 1, 2], [3]],
    [[1, 2, 3], []],
    [[null, null], []],
  ])('in %j are %j: between two gaps there is no line to see', (values, dots) => {
    expect(lonelyIn(values)).toEqual(dots);
  });
});
