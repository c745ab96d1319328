import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, Delta } from '../../src/core/metrics/batch.ts';
import { addDeltas, outcomesOf } from '../../src/core/metrics/delta.ts';
import { emptyHubState, ingest } from '../../src/core/metrics/hub-state.ts';
import { MAX_FAILURES, MAX_STRATA, toStratumRecord } from '../../src/core/metrics/strata.ts';
import { batchOf, stratumOf } from '../support/batches.ts';

const statuses = fc.array(fc.constantFrom(200, 304, 404, 500, 503, 522, 0), { maxLength: 20 });

const deltas = fc
  .record({ statuses, variant: fc.constantFrom('stable', 'canary'), generation: fc.constantFrom('g1', 'g2') })
  .map(({ statuses, variant, generation }): Delta => {
    const { totals, ...rest } = batchOf(statuses, { configErrors: statuses.length, generation });
    const cell = stratumOf(statuses).lanes[3]!;
    const failures = statuses.slice(0, 3).map((_, unit) => [unit, variant, '4xx'] as const);
    return {
      ...rest,
      totals: { [variant]: totals['stable']! },
      mirrors: { [variant]: totals['stable']! },
      strata: [
        stratumOf(statuses, {
          generation,
          weights: {},
          draws: { [variant]: statuses.length },
          failures,
          ...(variant === 'stable' ? {} : { lanes: [], candidates: { [variant]: cell } }),
        }),
      ],
    };
  });

/** The state, with its strata as they are stored: to compare whole histograms takes long. */
function ingested(parts: readonly Delta[]): unknown {
  const state = emptyHubState();
  parts.forEach((part, i) => {
    const batch: Batch = { rollout: 'default', isolate: 'i', lost: 0, ...part, sequence: i + 1 };
    ingest(state, batch, 1);
  });
  const { strata, named, ...judged } = state.judged;
  return {
    ...state,
    sequences: new Map(),
    judged: { ...judged, strata: [...strata.values()].map(toStratumRecord), named: [...named.keys()].sort() },
  };
}

describe('the sum of deltas', () => {
  it('is to the hub what its parts are, one after the other', () => {
    fc.assert(
      fc.property(fc.array(deltas, { minLength: 1, maxLength: 5 }), parts => {
        expect(ingested([parts.reduce(addDeltas)])).toEqual(ingested(parts));
      }),
    );
  });

  it('has as many outcomes as its parts', () => {
    fc.assert(
      fc.property(deltas, deltas, (a, b) => {
        expect(outcomesOf(addDeltas(a, b))).toBe(outcomesOf(a) + outcomesOf(b));
      }),
    );
  });

  it('reaches from the beginning of the first to the end of the last', () => {
    const a = batchOf([200], { since: 0, until: 1000 });
    const b = batchOf([200], { since: 5000, until: 6000 });
    expect(addDeltas(a, b)).toMatchObject({ since: 0, until: 6000 });
  });

  it('knows a bounded number of strata, the latest ones', () => {
    const of = (n: number): Delta => ({
      ...batchOf([200]),
      strata: [stratumOf([200], { generation: `g${n}` })],
    });
    let sum = of(0);
    for (let n = 1; n < MAX_STRATA + 10; n++) sum = addDeltas(sum, of(n));
    expect(sum.strata).toHaveLength(MAX_STRATA);
    expect(sum.strata?.at(-1)?.generation).toBe(`g${MAX_STRATA + 9}`);
  });

  it('names a bounded number of failing visitors, and counts the others as they are', () => {
    const of = (n: number): Delta => ({
      ...batchOf([]),
      strata: [
        stratumOf([], { failures: Array.from({ length: n }, (_, unit) => [unit, 'canary', 'errors']) }),
      ],
    });
    const [stratum] = addDeltas(of(MAX_FAILURES), of(7)).strata!;
    expect(stratum?.failures).toHaveLength(MAX_FAILURES);
    expect(stratum?.candidates['canary']?.firsts).toEqual({ errors: [7, 7] });
  });

  it('keeps the weights that were reported last, and takes the later problems', () => {
    const problem = { key: 'weight:default', path: '$', message: 'bad' };
    const earlier = batchOf([], { weights: { stable: 90_000 }, problems: [problem] });
    expect(addDeltas(earlier, batchOf([], { weights: {} }))).toMatchObject({
      weights: { stable: 90_000 },
      problems: [],
    });
  });
});
