import { describe, expect, it } from 'vitest';
import { Evaluator } from '../../../src/core/flags/evaluate.ts';
import type { FlagSet } from '../../../src/core/flags/flag.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { documentText, rolloutOf, splitOf } from '../../support/documents.ts';
import { facts } from '../../support/facts.ts';
import { boolean, flagSet, requestOf } from '../../support/flags.ts';

/** @returns what a unit gets: its variant's name */
function drawer(set: FlagSet): (key: string, unit: string) => string | undefined {
  const context = { targetingKey: '' };
  const request = requestOf({ context });
  return (key, unit) => {
    context.targetingKey = unit;
    return new Evaluator(set, request).evaluate(key).variant?.name;
  };
}

const UNITS = Array.from({ length: 40_000 }, (_, n) => `user-${n}`);

/** Position of each unit that has that variant. */
function having(set: FlagSet, key: string, variant: string, units = UNITS): Set<string> {
  const draw = drawer(set);
  return new Set(units.filter(unit => draw(key, unit) === variant));
}

const share = (percent: number, more = {}) => boolean({ rules: [{ serve: 'on', share: percent }], ...more });
const both = (a: Set<string>, b: Set<string>) => [...a].filter(unit => b.has(unit)).length;

const arms = (weights: Record<string, number>, more = {}) => ({
  type: 'string',
  variants: { off: '', a: 'A', b: 'B', c: 'C' },
  off: 'off',
  rules: [{ weights, ...more }],
});

describe('a share', () => {
  it('of 0.001 % takes 100 of 10 million, as exactly as chance allows', () => {
    const draw = drawer(flagSet({ f: share(0.001) }));
    let on = 0;
    for (let n = 0; n < 10_000_000; n++) if (draw('f', `u${n}`) === 'on') on++;
    // Poisson(100): outside of 60 to 140 once in ten thousand keys.
    expect(on).toBeGreaterThan(60);
    expect(on).toBeLessThan(140);
  }, 30_000);

  it('of 0.1 % is no 0.2 %', () => {
    const draw = drawer(flagSet({ f: share(0.1) }));
    let on = 0;
    for (let n = 0; n < 1_000_000; n++) if (draw('f', String(n)) === 'on') on++;
    expect(Math.abs(on - 1000)).toBeLessThan(200);
  });

  it('of 0 is nobody and of 100 everyone', () => {
    expect(having(flagSet({ f: share(0) }), 'f', 'on').size).toBe(0);
    expect(having(flagSet({ f: share(100) }), 'f', 'on').size).toBe(UNITS.length);
    expect(having(flagSet({ f: arms({ a: 33.333, b: 33.333, c: 33.334 }) }), 'f', 'off').size).toBe(0);
  });

  it('that grows only adds, that shrinks only takes away, and the same people come back', () => {
    let before = new Set<string>();
    for (const percent of [1, 5, 20, 50, 99.999, 100]) {
      const on = having(flagSet({ f: share(percent) }), 'f', 'on');
      expect(both(before, on)).toBe(before.size);
      before = on;
    }
    const again = having(flagSet({ f: share(20) }), 'f', 'on');
    expect(again).toEqual(
      having(flagSet({ f: boolean({ rules: [{ weights: { on: 20, off: 80 } }] }) }), 'f', 'on'),
    );
  });
});

describe('two flags', () => {
  it.each([
    ['exp-1', 'exp-2'],
    ['search-v2', 'search-v3'],
    ['a', 'b'],
  ])('each at a tenth have a hundredth in common, as if each threw its own dice: %s and %s', (a, b) => {
    const set = flagSet({ [a]: share(10), [b]: share(10) });
    const units = Array.from({ length: 200_000 }, (_, n) => `user-${n}`);
    const common = both(having(set, a, 'on', units), having(set, b, 'on', units)) / units.length;
    expect(Math.abs(common - 0.01)).toBeLessThan(0.001);
  });

  it("that name the same salt draw the same people, and it can be a rollout's: its canary", () => {
    const set = flagSet({ a: share(10, { salt: 'x' }), b: share(10, { salt: 'x' }), c: share(10) });
    expect(having(set, 'a', 'on')).toEqual(having(set, 'b', 'on'));
    expect(having(set, 'a', 'on')).not.toEqual(having(set, 'c', 'on'));
    const text = documentText({ salt: 'x' });
    const rollout = rolloutOf(text);
    const split = splitOf(rollout, 10, text);
    const isCanary = (unit: string) => decide(rollout, split, unit, facts()).variant.name === 'canary';
    expect(having(set, 'a', 'on')).toEqual(new Set(UNITS.filter(isCanary)));
  });
});

describe('two layers', () => {
  it('never correlate: half of those who are in a 10 % flag get each side of another', () => {
    const set = flagSet({
      layer: share(10),
      half: boolean({ prerequisites: { layer: 'on' }, rules: [{ weights: { on: 50, off: 50 } }] }),
      inner: arms({ a: 50, b: 50 }, { share: 10 }),
    });
    const inLayer = having(set, 'layer', 'on').size;
    expect(Math.abs(having(set, 'half', 'on').size / inLayer - 0.5)).toBeLessThan(0.03);
    for (const variant of ['a', 'b'])
      expect(Math.abs(having(set, 'inner', variant).size / UNITS.length - 0.05)).toBeLessThan(0.005);
  });

  it('nor do holdout, group and share, which all flags that name them have in common', () => {
    const more = { holdout: { name: 'h', percent: 10 }, group: { name: 'g', slot: [0, 50] } };
    const set = flagSet({
      a: share(50, more),
      b: share(50, { ...more, group: { name: 'g', slot: [50, 100] } }),
      held: share(100, { holdout: { name: 'h', percent: 10 } }),
    });
    const [a, b, held] = [having(set, 'a', 'on'), having(set, 'b', 'on'), having(set, 'held', 'off')];
    expect(both(a, b)).toBe(0);
    expect(Math.abs(held.size / UNITS.length - 0.1)).toBeLessThan(0.007);
    expect(both(a, held) + both(b, held)).toBe(0);
    for (const on of [a, b]) expect(Math.abs(on.size / UNITS.length - 0.9 * 0.5 * 0.5)).toBeLessThan(0.009);
  });
});

describe('weights', () => {
  it('of three thirds are three thirds', () => {
    const set = flagSet({ f: arms({ a: 33.333, b: 33.333, c: 33.334 }) });
    for (const variant of ['a', 'b', 'c'])
      expect(Math.abs(having(set, 'f', variant).size / UNITS.length - 1 / 3)).toBeLessThan(0.01);
  });

  it('of two variants beside the one that is off: raising either moves nobody between them', () => {
    const before = flagSet({ f: arms({ a: 10, b: 10, off: 80 }) });
    for (const weights of [
      { a: 20, b: 20, off: 60 },
      { a: 70, b: 10, off: 20 },
      { a: 10, b: 90 },
    ]) {
      const after = flagSet({ f: arms(weights) });
      for (const variant of ['a', 'b']) {
        const had = having(before, 'f', variant);
        expect(both(had, having(after, 'f', variant))).toBe(had.size);
      }
    }
  });

  it('of three: raised in step, or by their share, nobody moves either', () => {
    const before = flagSet({ f: arms({ a: 5, b: 10, c: 15 }) });
    for (const after of [
      flagSet({ f: arms({ a: 10, b: 20, c: 30, off: 40 }) }),
      flagSet({ f: arms({ a: 10, b: 20, c: 30 }, { share: 100 }) }),
      flagSet({ f: arms({ a: 10, b: 20, c: 30 }, { share: 50 }) }),
    ])
      for (const variant of ['a', 'b', 'c']) {
        const had = having(before, 'f', variant);
        expect(both(had, having(after, 'f', variant))).toBe(had.size);
      }
  });

  it('draw the same for text in any script, as UTF-8', () => {
    const set = flagSet({ f: boolean({ salt: 's:t', rules: [{ serve: 'on', share: 99.999 }] }) });
    const bucket = new Evaluator(set, requestOf({ context: { targetingKey: '👩‍🚀' } })).evaluate('f').bucket;
    // shared/vectors/bucketing.json: salt "s:t".
    expect(bucket).toBe(3627215077);
  });
});

describe('one more rule', () => {
  it('in front of a draw moves nobody whom it does not hold for', () => {
    const split = { serve: 'on', share: 20 };
    const before = flagSet({ f: boolean({ rules: [split] }) });
    const after = flagSet({
      f: boolean({ rules: [{ if: { 'context.plan': 'staff' }, serve: 'on' }, split] }),
    });
    expect(having(after, 'f', 'on')).toEqual(having(before, 'f', 'on'));
  });
});
