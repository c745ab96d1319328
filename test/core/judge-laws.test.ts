import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bernoulliLogIncrement,
  marginIncrement,
  scoreTiltLogIncrement,
  thresholdLogIncrement,
  twoSampleLogIncrement,
} from '../../src/core/analysis/increments.ts';
import type { Interval, JudgedArm, Stratum } from '../../src/core/analysis/interval.ts';
import { judge } from '../../src/core/analysis/judge.ts';
import {
  ADVANCE_GRID,
  ROLLBACK_GRID,
  TILT_GRID,
  anytimePValue,
  logEValue,
  mixtureLogEValue,
  startMixture,
  updateMixture,
} from '../../src/core/analysis/mixture.ts';
import { confidenceSequenceRatio, ratioLogLikelihoods } from '../../src/core/analysis/ratio-sequence.ts';
import type { JudgeSettings } from '../../src/core/analysis/settings.ts';
import { startJudging } from '../../src/core/analysis/state.ts';
import { START, moment, settings } from '../support/judging.ts';

const everything: JudgeSettings = {
  ...settings,
  criteria: [
    ...settings.criteria,
    { kind: 'tolerance', metric: '3xx', ratio: 1.1, absolute: 0, require: true },
    { kind: 'goal', goal: 'sale', ratio: 0.9, direction: 'higher', require: true },
    { kind: 'goal', goal: 'refund', ratio: 1.1, direction: 'lower', require: false },
    { kind: 'latency-limit', quantile: 0.99, limitMs: 800 },
  ],
};

const anyNumber = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 5000 }) },
  fc.constantFrom(NaN, Infinity, -Infinity, -1, 0, 1e300, 0.5, Number.MAX_SAFE_INTEGER),
);
const counted = fc.nat({ max: 5000 });

function arms(count: fc.Arbitrary<number>): fc.Arbitrary<JudgedArm> {
  return fc.record({
    started: count,
    requests: count,
    errors: count,
    status4xx: count,
    status3xx: count,
    firsts: fc.dictionary(
      fc.constantFrom('errors', '4xx', '3xx', 'goal:sale', 'goal:refund'),
      fc.tuple(count, count),
    ),
    latency: fc.record({
      buckets: fc.array(fc.tuple(fc.integer({ min: -90, max: 90 }), count), { maxLength: 6 }),
      sumMs: count,
    }),
    draws: count,
    visitors: fc.constantFrom('0'.repeat(64), 'f'.repeat(64), 'not hexadecimal'),
  });
}

function strata(count: fc.Arbitrary<number>): fc.Arbitrary<Stratum> {
  return fc.record({
    generation: fc.constantFrom('g1', 'g2'),
    coin: fc.constantFrom('split', 'rule:x', 'serve:y'),
    weights: fc.constantFrom(
      { canary: 5000, stable: 95_000 },
      { canary: 50_000, stable: 40_000, other: 10_000 },
      { canary: 0, stable: 100_000 },
    ),
    arms: fc.record({ canary: arms(count), stable: arms(count) }, { requiredKeys: [] }),
    lanes: fc.array(arms(count), { maxLength: 3 }),
  });
}

function intervals(count: fc.Arbitrary<number>, lost = count): fc.Arbitrary<Interval> {
  return fc.record({
    from: fc.constant(START),
    to: fc.constant(START + 10_000),
    strata: fc.array(strata(count), { maxLength: 4 }),
    lost,
  });
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}

describe('the judge', () => {
  it('answers with finite numbers whatever it is given, and with a state of a few kB that JSON keeps', () => {
    fc.assert(
      fc.property(fc.array(intervals(anyNumber), { maxLength: 6 }), fc.boolean(), (given, sticky) => {
        const rules = { ...everything, sticky };
        let state = startJudging(rules);
        given.forEach((interval, i) => {
          const judgement = judge(state, interval, rules, { ...moment, now: START + i * 10_000 });
          expect(numbersIn(judgement).every(Number.isFinite)).toBe(true);
          state = judgement.state;
          expect(JSON.parse(JSON.stringify(state))).toEqual(state);
          expect(JSON.stringify(judgement)).not.toMatch(/NaN|Infinity|undefined/);
        });
        expect(JSON.stringify(state).length).toBeLessThan(24_000);
      }),
      { numRuns: 60 },
    );
  });

  it('finds the same, in whatever order and in however many records an interval came', () => {
    fc.assert(
      fc.property(intervals(counted), fc.array(fc.nat(), { maxLength: 4 }), (interval, order) => {
        const shuffled = interval.strata
          .map((stratum, i) => ({ stratum, key: order[i] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ stratum }) => stratum);
        const now = { ...moment, now: START + 10_000 };
        const one = judge(startJudging(everything), interval, everything, now);
        const other = judge(startJudging(everything), { ...interval, strata: shuffled }, everything, now);
        expect(other).toEqual(one);
      }),
      { numRuns: 60 },
    );
  });

  it('stays with a fail, whatever comes after it', () => {
    const canary = { errors: 150, requests: 400, firsts: { errors: [150, 150] as [number, number] } };
    fc.assert(
      fc.property(fc.array(intervals(counted), { maxLength: 5 }), arms(fc.constant(0)), (later, nothing) => {
        const outage: Interval = {
          from: START,
          to: START + 2000,
          lost: 0,
          strata: [
            {
              generation: 'g1',
              coin: 'split',
              weights: { canary: 5000, stable: 95_000 },
              arms: { canary: { ...nothing, ...canary }, stable: { ...nothing, requests: 7600 } },
              lanes: [],
            },
          ],
        };
        let state = startJudging(settings);
        for (const now of [START + 2000, START + 4000]) {
          ({ state } = judge(state, outage, settings, { ...moment, now }));
        }
        for (const interval of [null, ...later]) {
          const { verdict, state: next } = judge(state, interval, settings, moment);
          expect(verdict).toMatchObject({ kind: 'fail', criterion: 'errors' });
          state = next;
        }
      }),
      { numRuns: 20 },
    );
  });
});

/** Every outcome of independent requests, with its probability. */
function binomial(n: number, p: number): { x: number; chance: number }[] {
  let chance = (1 - p) ** n;
  return Array.from({ length: n + 1 }, (_, x) => {
    const now = { x, chance };
    chance *= ((n - x) * p) / ((x + 1) * (1 - p));
    return now;
  });
}

/** Every way to draw `drawn` of the buckets' observations, with its probability. */
function hypergeometric(buckets: readonly number[], drawn: number): { c: number[]; chance: number }[] {
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
  const all = choose(
    buckets.reduce((sum, count) => sum + count, 0),
    drawn,
  );
  const ways = (rest: readonly number[], left: number): { c: number[]; count: number }[] => {
    if (rest.length === 0) return left === 0 ? [{ c: [], count: 1 }] : [];
    return Array.from({ length: Math.min(rest[0]!, left) + 1 }, (_, k) =>
      ways(rest.slice(1), left - k).map(({ c, count }) => ({
        c: [k, ...c],
        count: count * choose(rest[0]!, k),
      })),
    ).flat();
  };
  return ways(buckets, drawn).map(({ c, count }) => ({ c, chance: count / all }));
}

const mean = (terms: readonly { chance: number; log: number }[]) =>
  terms.reduce((sum, { chance, log }) => sum + chance * Math.exp(log), 0);
const MOST = 1 + 1e-12;

describe('at the edge of its null, the mean of', () => {
  it.each([
    [3, 5, 0.1, 1, 0],
    [2, 9, 0.3, 1.1, 0.01],
    [6, 2, 0.5, 1.25, 0.05],
    [1, 12, 0.02, 1.1, 0.001],
  ])('errors, %i and %i requests at %f × %f + %f, is at most 1', (nC, nS, rate, theta, eps) => {
    const outcomes = binomial(nC, theta * rate + eps).flatMap(c =>
      binomial(nS, rate).map(s => ({ xC: c.x, xS: s.x, nC, nS, chance: c.chance * s.chance })),
    );
    const share = nC / (nC + nS);
    for (const m of [...ROLLBACK_GRID, ...ADVANCE_GRID]) {
      const exact = outcomes.map(o => ({ ...o, log: twoSampleLogIncrement(o, m, theta, eps) }));
      expect(mean(exact)).toBeLessThanOrEqual(MOST);
      // Sticky visitors: a larger share against a rollback, a smaller one for an advance.
      const careful = outcomes.map(o => {
        const { log, perMargin } = marginIncrement(o, m, theta, m > 1 ? share * 1.2 : share / 1.2);
        return { ...o, log: log - eps * perMargin };
      });
      expect(mean(careful)).toBeLessThanOrEqual(MOST);
    }
  });

  it('errors that come in clusters, divided by their size, is at most 1', () => {
    const size = 3;
    const outcomes = binomial(4, 0.2).flatMap(c =>
      binomial(6, 0.2).map(s => ({ c: c.x * size, s: s.x * size, chance: c.chance * s.chance })),
    );
    for (const m of ROLLBACK_GRID) {
      const terms = outcomes.map(({ c, s, chance }) => ({
        chance,
        log: bernoulliLogIncrement(c, c + s, 0.4, m) / size,
      }));
      expect(mean(terms)).toBeLessThanOrEqual(MOST);
    }
  });

  it.each([
    [2, 8, 3],
    [5, 5, 4],
    [1, 9, 6],
  ])('slow requests, drawn %i of %i and %i, is at most 1', (nC, nS, slow) => {
    for (const m of [...ROLLBACK_GRID, ...ADVANCE_GRID]) {
      const terms = hypergeometric([slow, nC + nS - slow], nC).map(({ c, chance }) => ({
        chance,
        log: thresholdLogIncrement({ xC: c[0]!, xS: slow - c[0]!, nC, nS }, m),
      }));
      expect(mean(terms)).toBeLessThanOrEqual(MOST);
    }
  });

  it('ranks is at most 1', () => {
    const [all, scores] = [
      [3, 4, 2, 1],
      [0.15, 0.5, 0.8, 0.95],
    ];
    for (const eta of TILT_GRID) {
      const terms = hypergeometric(all, 2).map(({ c, chance }) => ({
        chance,
        log: scoreTiltLogIncrement(
          c,
          all.map((count, j) => count - c[j]!),
          scores,
          eta,
        ),
      }));
      expect(mean(terms)).toBeLessThanOrEqual(MOST);
    }
  });
});

describe('every function of the statistics', () => {
  it('is finite for any input', () => {
    const x = anyNumber;
    fc.assert(
      fc.property(x, x, x, x, x, x, (a, b, c, d, m, theta) => {
        const counts = { xC: a, xS: b, nC: c, nS: d };
        const mixture = updateMixture(startMixture(2), [a, b], { discount: c, cap: 5 });
        const sequence = confidenceSequenceRatio(ratioLogLikelihoods(counts), 0.05);
        const results = [
          bernoulliLogIncrement(a, b, c, m),
          twoSampleLogIncrement(counts, m, theta, d),
          thresholdLogIncrement(counts, m),
          scoreTiltLogIncrement([a, b], [c, d], [m, theta], m),
          logEValue(mixture),
          ...mixture.logW,
          mixtureLogEValue([a, b], [c, d]),
          anytimePValue(a),
          sequence.low ?? 0,
          sequence.high ?? 0,
        ];
        expect(results.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('keeps the ratio that there is inside its confidence sequence', () => {
    const likelihoods = ratioLogLikelihoods({ xC: 60, xS: 300, nC: 1000, nS: 10_000 });
    const { low, high } = confidenceSequenceRatio(likelihoods, 0.05);
    expect(low).toBeGreaterThanOrEqual(1);
    expect(low).toBeLessThan(2);
    expect(high).toBeGreaterThan(2);
    expect(high).toBeLessThan(4);
  });
});
