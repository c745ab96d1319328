import { describe, expect, it } from 'vitest';
import { confidenceSequenceRate } from '../../../src/core/analysis/rate-sequence.ts';
import {
  addToExperiment,
  experimentResult,
  MAX_STRATA,
  type ExperimentState,
  type ExperimentStratum,
} from '../../../src/core/flags/experiment.ts';
import {
  addExposure,
  drawnFor,
  exposureOf,
  MAX_EXPOSURES,
  mergeExposures,
  type ExposureCounts,
} from '../../../src/core/flags/exposure.ts';
import { boolean, compiledFlags, evaluated, flagSet, user } from '../../support/flags.ts';

const half = { weights: { on: 50, off: 50 } };

describe('exposures', () => {
  it("are counted by flag and variant, the caller's own default too, but no errors", () => {
    const { set } = compiledFlags({
      f: boolean({ default: 'on' }),
      bare: { type: 'boolean', variants: { on: true } },
      drawn: boolean({ rules: [half] }),
      broken: {},
    });
    const counts: ExposureCounts = new Map();
    for (const key of ['f', 'f', 'bare', 'drawn', 'broken', 'nothing'])
      addExposure(counts, evaluated(set, key));
    expect([...counts].map(([key, count]) => ({ ...exposureOf(key), count }))).toEqual([
      { flag: 'f', variant: 'on', count: 2 },
      { flag: 'bare', variant: '(default)', count: 1 },
    ]);
  });

  it('stay bounded, and none is lost: what is new when there are too many is counted together', () => {
    const counts: ExposureCounts = new Map();
    mergeExposures(
      counts,
      Array.from({ length: 10_000 }, (_, n) => [`f${n}=on`, 2] as const),
    );
    expect(counts.size).toBe(MAX_EXPOSURES);
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(20_000);
  });

  it('of an experiment are compared only where a coin was thrown', () => {
    const rules = [
      { if: { 'context.plan': 'staff' }, serve: 'on' },
      { name: 'half', ...half },
    ];
    const set = flagSet({ e: boolean({ experiment: true, rules }), f: boolean({ rules }) });
    expect(drawnFor(evaluated(set, 'e', user('u', { plan: 'staff' })))).toBeUndefined();
    expect(drawnFor(evaluated(set, 'f', user('u')))).toBeUndefined();
    expect(drawnFor(evaluated(set, 'e', user('u')))).toMatchObject({
      coin: { flag: 'e', weights: { on: 50_000, off: 50_000 } },
    });
  });
});

/** Deterministic, uniform in [0, 1): mulberry32. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many more units of a 50/50 coin, of whom each buys at its variant's rate. */
function visited(random: () => number, units: number, rates: { on: number; off: number }): ExperimentStratum {
  const arms = { on: { units: 0, goals: { buy: 0 } }, off: { units: 0, goals: { buy: 0 } } };
  for (let n = 0; n < units; n++) {
    const name = random() < 0.5 ? 'on' : 'off';
    arms[name].units++;
    if (random() < rates[name]) arms[name].goals.buy++;
  }
  return { draw: 'rule-1', coin: 'half', weights: { on: 50_000, off: 50_000 }, halvings: 0, arms };
}

describe('an experiment', () => {
  it('without a difference is not called one, however often one looks', () => {
    let wrong = 0;
    for (let run = 0; run < 100; run++) {
      const random = dice(run);
      let state: ExperimentState = [];
      const isWrong = Array.from({ length: 20 }, () => {
        state = addToExperiment(state, visited(random, 100, { on: 0.1, off: 0.1 }));
        const ratio = experimentResult(state, 'buy', 'off', 0.05)[1]!.ratio;
        return (ratio?.low ?? 0) > 1 || (ratio?.high ?? Infinity) < 1;
      });
      if (isWrong.includes(true)) wrong++;
    }
    // 5 of 100 are allowed; 12 would be seen once in a thousand times.
    expect(wrong).toBeLessThan(12);
  });

  it('with one is found, with the size of it in the interval', () => {
    const random = dice(7);
    let state: ExperimentState = [];
    for (let look = 0; look < 50; look++)
      state = addToExperiment(state, visited(random, 1000, { on: 0.13, off: 0.1 }));
    const [off, on] = experimentResult(state, 'buy', 'off', 0.05);
    expect(off).toMatchObject({ variant: 'off', ratio: null });
    expect(on!.ratio!.low).toBeGreaterThan(1.05);
    expect(on!.ratio!.low).toBeLessThan(1.3);
    expect(on!.ratio!.high).toBeGreaterThan(1.3);
    expect(on!.rate!.low).toBeLessThan(0.13);
    expect(on!.rate!.high).toBeGreaterThan(0.13);
    expect(on!.rate!.high - on!.rate!.low).toBeLessThan(0.02);
  });

  it('says nothing before anybody saw it, nor of a goal that nobody reached', () => {
    expect(experimentResult([], 'buy', 'off', 0.05)).toEqual([
      { variant: 'off', units: 0, reached: 0, rate: null, ratio: null },
    ]);
    const state = addToExperiment([], visited(dice(1), 100, { on: 0, off: 0 }));
    const [off, on] = experimentResult(state, 'buy', 'off', 0.05);
    expect(on!.ratio).toBeNull();
    expect(off!.rate).toMatchObject({ value: 0, low: 0 });
    expect(off!.rate!.high).toBeLessThan(0.2);
  });

  it('that moves its weights is compared within each of them: most buyers in the larger arm prove nothing', () => {
    const stratum = (on: number, units: number): ExperimentStratum => ({
      draw: 'rule-1',
      coin: `at ${on}`,
      weights: { on: on * 1000, off: (100 - on) * 1000 },
      halvings: 0,
      arms: {
        on: { units: (units * on) / 100, goals: { buy: (units * on) / 1000 } },
        off: { units: (units * (100 - on)) / 100, goals: { buy: (units * (100 - on)) / 1000 } },
      },
    });
    let state: ExperimentState = [];
    for (const on of [1, 10, 90]) state = addToExperiment(state, stratum(on, 100_000));
    const { ratio } = experimentResult(state, 'buy', 'off', 0.05)[1]!;
    expect(ratio!.low).toBeLessThan(1);
    expect(ratio!.high).toBeGreaterThan(1);
  });

  it('of a sample says how many it stands for, and is less sure than of as many units that are all', () => {
    const whole = visited(dice(3), 20_000, { on: 0.13, off: 0.1 });
    const resultOf = (halvings: number) => experimentResult([{ ...whole, halvings }], 'buy', 'off', 0.05)[1]!;
    const [all, half, eighth] = [resultOf(0), resultOf(1), resultOf(3)];
    expect(eighth).toMatchObject({ units: 8 * all.units, reached: 8 * all.reached });
    expect(eighth.rate!.value).toBe(all.rate!.value);
    for (const [surer, other] of [
      [all, half],
      [half, eighth],
    ] as const) {
      expect(other.ratio!.low).toBeLessThan(surer.ratio!.low!);
      expect(other.ratio!.high).toBeGreaterThan(surer.ratio!.high!);
      expect(other.rate!.low).toBeLessThan(surer.rate!.low);
      expect(other.rate!.high).toBeGreaterThan(surer.rate!.high);
    }
  });

  it('keeps so many coins and no more', () => {
    let state: ExperimentState = [];
    for (let n = 0; n < 40; n++)
      state = addToExperiment(state, { ...visited(dice(n), 10, { on: 1, off: 1 }), coin: `coin ${n}` });
    expect(state).toHaveLength(MAX_STRATA);
    expect(state.at(-1)!.coin).toBe('coin 39');
  });
});

describe('the interval of a rate', () => {
  it('holds at all times at once', () => {
    let missed = 0;
    for (let run = 0; run < 100; run++) {
      const random = dice(1000 + run);
      let [k, isOut] = [0, false];
      for (let n = 1; n <= 1000; n++) {
        if (random() < 0.2) k++;
        if (n % 50 !== 0) continue;
        const { low, high } = confidenceSequenceRate(k, n, 0.05);
        isOut ||= low > 0.2 || high < 0.2;
      }
      if (isOut) missed++;
    }
    expect(missed).toBeLessThan(12);
  });

  it('is everything without a unit, and ends at 0 and 1', () => {
    expect(confidenceSequenceRate(0, 0, 0.05)).toEqual({ low: 0, high: 1 });
    expect(confidenceSequenceRate(0, 50, 0.05).low).toBe(0);
    expect(confidenceSequenceRate(50, 50, 0.05).high).toBe(1);
  });
});
