import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addOutcome,
  emptyCounts,
  fromRecord,
  mergeCounts,
  toRecord,
  type Counts,
} from '../../src/core/metrics/counts.ts';
import {
  addDecision,
  emptyDecisions,
  MAX_RULES,
  mergeDecisions,
  OTHER_RULES,
} from '../../src/core/metrics/decisions.ts';

const countsWith = fc
  .record({
    codes: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 10 }),
    rules: fc.array(fc.constantFrom('a', 'b', '__proto__', ''), { maxLength: 10 }),
    failovers: fc.array(fc.nat(9), { minLength: 2, maxLength: 2 }),
    faults: fc.array(fc.nat(9), { minLength: 2, maxLength: 2 }),
    diverted: fc.nat(9),
    breakerOpen: fc.nat(9),
  })
  .map(({ codes, rules, failovers, faults, diverted, breakerOpen }): Counts => {
    const counts = { ...emptyCounts(), failovers, faults, diverted, breakerOpen };
    for (const code of codes) addOutcome(counts, code, code === 0 ? 'breaker' : undefined, code || undefined);
    for (const rule of rules) addDecision(counts.decisions, 'rule', rule);
    addDecision(counts.decisions, 'split', undefined);
    return counts;
  });

const overTheWire = (counts: Counts): Counts =>
  fromRecord(JSON.parse(JSON.stringify(toRecord(counts))) as ReturnType<typeof toRecord>);

describe('counts', () => {
  it('survive storage and the wire as they are', () => {
    fc.assert(
      fc.property(countsWith, counts => {
        expect(overTheWire(counts)).toEqual(counts);
      }),
    );
  });

  it('add up the same in whatever order they are merged', () => {
    fc.assert(
      fc.property(countsWith, countsWith, (a, b) => {
        const [ab, ba] = [overTheWire(a), overTheWire(b)];
        mergeCounts(ab, b);
        mergeCounts(ba, a);
        expect(ab).toEqual(ba);
      }),
    );
  });

  it('read what an older version did not count yet as 0', () => {
    const old = {
      codes: [0, 0, 3],
      errors: [],
      assignments: 2,
      cached: 1,
      duration: { buckets: [], sumMs: 0 },
    };
    const expected = { ...emptyCounts(), codes: [0, 0, 3, 0, 0, 0], assignments: 2, cached: 1 };
    expect(fromRecord(old)).toEqual(expected);
  });

  it('keep a request that was never sent out of the histogram', () => {
    const counts = emptyCounts();
    addOutcome(counts, 0, 'breaker', undefined);
    expect(counts.duration).toEqual(emptyCounts().duration);
  });
});

describe('decisions by rule', () => {
  it('are told apart up to a bound, and none is lost beyond it', () => {
    const one = emptyDecisions();
    const all = emptyDecisions();
    for (let i = 0; i < 3 * MAX_RULES; i++) addDecision(one, 'rule', `rule ${i}`);
    mergeDecisions(all, { plain: [], rules: [...one.rules, ['late', 5]] });
    for (const [{ rules }, total] of [
      [one, 600],
      [all, 605],
    ] as const) {
      expect(rules.size).toBe(MAX_RULES);
      expect(rules.get('rule 0')).toBe(1);
      expect([...rules.values()].reduce((sum, count) => sum + count, 0)).toBe(total);
    }
    expect(all.rules.get(OTHER_RULES)).toBe(3 * MAX_RULES - (MAX_RULES - 1) + 5);
  });
});
