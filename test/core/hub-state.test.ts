import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestsOf } from '../../src/core/metrics/counts.ts';
import {
  activeIsolates,
  emptyHubState,
  forgetSilentIsolates,
  ingest,
  REMEMBER_ISOLATES_MS,
} from '../../src/core/metrics/hub-state.ts';
import { nextFlushMs } from '../../src/core/metrics/pace.ts';
import { REQUESTS } from '../../src/core/metrics/judged-cell.ts';
import { batchOf, stratumOf } from '../support/batches.ts';

describe('the hub', () => {
  it('counts every batch once, however often and in whatever interleaving of isolates it arrives', () => {
    const sending = fc.record({
      isolate: fc.constantFrom('a', 'b', 'c'),
      repeats: fc.integer({ min: 1, max: 3 }),
      requests: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(sending, { maxLength: 40 }), sendings => {
        const state = emptyHubState();
        const sequences = new Map<string, number>();
        let expected = 0;
        for (const { isolate, repeats, requests } of sendings) {
          const sequence = (sequences.get(isolate) ?? 0) + 1;
          sequences.set(isolate, sequence);
          expected += requests;
          const batch = batchOf(new Array<number>(requests).fill(200), { isolate, sequence });
          for (let i = 0; i < repeats; i++) expect(ingest(state, batch, 0)).toBe(i === 0);
        }
        const stable = state.totals.get('stable');
        expect(stable === undefined ? 0 : requestsOf(stable)).toBe(expected);
      }),
    );
  });

  it('keeps both variants of a generation in one record and generations apart', () => {
    const state = emptyHubState();
    ingest(state, batchOf([200, 500]), 0);
    ingest(state, batchOf([200], { sequence: 2, strata: [stratumOf([200], { generation: 'g2' })] }), 0);
    expect(
      [...state.judged.strata.values()].map(({ generation, lanes }) => [
        generation,
        lanes[3]?.counts[REQUESTS],
      ]),
    ).toEqual([
      ['g1', 2],
      ['g2', 1],
    ]);
  });

  it('forgets an isolate an hour after its last batch, and not before', () => {
    const state = emptyHubState();
    ingest(state, batchOf([200]), 0);
    expect(forgetSilentIsolates(state, REMEMBER_ISOLATES_MS)).toEqual([]);
    expect(forgetSilentIsolates(state, REMEMBER_ISOLATES_MS + 1)).toEqual(['isolate-1']);
  });

  it('counts as active who has sent a batch in the last minute', () => {
    const state = emptyHubState();
    ingest(state, batchOf([200], { isolate: 'a' }), 0);
    ingest(state, batchOf([200], { isolate: 'b' }), 50_000);
    expect([activeIsolates(state, 60_000), activeIsolates(state, 60_001)]).toEqual([2, 1]);
  });

  it('adds up what the other sinks lose, and forgets the trouble of one that is well or not written to', () => {
    const state = emptyHubState();
    const reports = [
      { otlp: { lost: 2, trouble: '503' }, 'analytics-engine': { lost: 1, trouble: 'away' } },
      { otlp: { lost: 3 } },
    ];
    reports.forEach((sinks, i) => ingest(state, batchOf([200], { sequence: i + 1, sinks }), 0));
    expect(Object.fromEntries(state.sinks)).toEqual({ otlp: { lost: 5 }, 'analytics-engine': { lost: 1 } });
  });

  it('slows its writers from one second to thirty as isolates become many', () => {
    expect([1, 200, 400, 100_000].map(nextFlushMs)).toEqual([1000, 1000, 2000, 30_000]);
  });
});
