import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFlags } from '../../../src/core/flags/compile.ts';
import { Evaluator } from '../../../src/core/flags/evaluate.ts';
import { flagMetadata } from '../../../src/core/flags/evaluation.ts';
import type { FlagVariant } from '../../../src/core/flags/flag.ts';
import { layOut, pick, type Draw } from '../../../src/core/flags/layout.ts';
import { WHOLE } from '../../../src/core/rollout/weights.ts';
import { requestOf } from '../../support/flags.ts';

const name = fc.constantFrom('on', 'off', 'a', 'b', 'constructor', '__proto__');
const key = fc.constantFrom('f', 'g', 'h', 'toString');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const percent = fc.oneof(fc.integer({ min: -1, max: 101 }), fc.constantFrom(0.001, 33.333, 0.0001));
const condition = fc.oneof(
  fc.record({ 'context.plan': fc.oneof(fc.string(), fc.integer(), fc.constantFrom({ exists: true })) }),
  fc.record({ 'flag.g': name }),
  fc.record({ segment: fc.constantFrom('s', 't') }),
  fc.jsonValue(),
);
const rule = fc.record(
  {
    if: condition,
    serve: name,
    weights: fc.dictionary(name, percent),
    share: percent,
    by: fc.constantFrom('targetingKey', 'plan', '__proto__'),
    schedule: fc.array(fc.record({ at: fc.constantFrom('2026-01-01', '2027-01-01', 'x'), share: percent })),
  },
  { requiredKeys: [] },
);
const flag = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 9,
    arbitrary: fc.record(
      {
        type: fc.constant('boolean'),
        variants: fc.constantFrom({ on: true, off: false }, { a: true }, {}),
        enabled: maybe(fc.boolean()),
        off: maybe(name),
        default: maybe(name),
        rules: fc.array(rule, { maxLength: 3 }),
        prerequisites: maybe(fc.dictionary(key, name)),
        holdout: maybe(fc.record({ name: fc.string(), percent })),
        group: maybe(fc.record({ name: fc.constant('g'), slot: fc.tuple(percent, percent) })),
        follows: maybe(fc.constantFrom('canary')),
        experiment: maybe(fc.boolean()),
      },
      { requiredKeys: ['type', 'variants'] },
    ),
  },
);
const document = fc.oneof(
  { weight: 9, arbitrary: fc.dictionary(fc.oneof(key, fc.constantFrom('$segments', '$public')), flag) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const context = fc.dictionary(
  fc.constantFrom('targetingKey', 'plan', '__proto__', 'toString'),
  fc.jsonValue(),
);

describe('evaluation', () => {
  it('answers for any document and any context, always the same, with a value of the flag or none', () => {
    fc.assert(
      fc.property(document, context, fc.constantFrom('canary', undefined), (json, sent, variant) => {
        const compiled = compileFlags(JSON.stringify(json));
        if (!compiled.ok) return;
        const { set, problems } = compiled.value;
        const request = requestOf({ context: sent, variant: variant as string });
        const all = new Evaluator(set, request).all(() => true);
        expect(new Evaluator(set, request).all(() => true)).toEqual(all);
        for (const evaluation of all) {
          const { variant, errorCode } = evaluation;
          expect(new Evaluator(set, request).evaluate(evaluation.key)).toEqual(evaluation);
          if (variant !== null) expect(evaluation.flag?.variants).toContain(variant);
          if (errorCode === 'PARSE_ERROR') expect(problems).not.toEqual([]);
          expect(Object.keys(flagMetadata(evaluation, set.generation, true))).toContain('weir.generation');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a layout', () => {
  const variants = ['off', 'a', 'b', 'c'].map((name, index): FlagVariant => ({ name, index, value: name }));
  const weights = fc.array(fc.integer({ min: 0, max: WHOLE }), { minLength: 4, maxLength: 4 }).map(drawn => {
    const total = drawn.reduce((sum, weight) => sum + weight, 0);
    return drawn.map(weight => Math.floor((weight * WHOLE) / Math.max(total, WHOLE)));
  });
  const bucket = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 2 ** 32 - 1));
  const at = (draw: Draw, where: number): string | undefined => {
    switch (draw.kind) {
      case 'nobody':
        return undefined;
      case 'everyone':
        return draw.variant.name;
      case 'ranges':
        return pick(draw.ranges, where)?.name;
    }
  };
  const lengthOf = (draw: Draw, variant: string): number => {
    if (draw.kind === 'everyone') return draw.variant.name === variant ? 2 ** 32 : 0;
    const ranges = draw.kind === 'nobody' ? [] : draw.ranges;
    return ranges
      .filter(range => range.variant.name === variant)
      .reduce((sum, { from, to }) => sum + to - from, 0);
  };

  it('gives every variant its weight to a few buckets of four billion, and no bucket to two', () => {
    fc.assert(
      fc.property(weights, fc.boolean(), (given, hasBaseline) => {
        const draw = layOut(variants, given, hasBaseline ? [variants[0]!] : [], WHOLE);
        variants.forEach(({ name }, index) => {
          expect(Math.abs(lengthOf(draw, name) - (given[index]! * 2 ** 32) / WHOLE)).toBeLessThan(4);
        });
        const ranges = draw.kind === 'ranges' ? [...draw.ranges].sort((a, b) => a.from - b.from) : [];
        ranges.forEach(({ from }, position) => {
          expect(from).toBeGreaterThanOrEqual(position === 0 ? 0 : ranges[position - 1]!.to);
        });
      }),
    );
  });

  it('leaves nobody over when the weights come to 100', () => {
    fc.assert(
      fc.property(weights, bucket, (given, where) => {
        const left = WHOLE - given.reduce((sum, weight) => sum + weight, 0);
        const whole = [given[0]! + left, ...given.slice(1)];
        for (const rest of [[variants[0]!], [variants[2]!, variants[1]!], []])
          expect(at(layOut(variants, whole, rest, WHOLE), where)).toBeDefined();
      }),
    );
  });

  it('keeps everyone where they are when the share grows, whatever the weights', () => {
    const share = fc.integer({ min: 0, max: WHOLE });
    fc.assert(
      fc.property(weights, share, share, bucket, (given, x, y, where) => {
        const [low, high] = [Math.min(x, y), Math.max(x, y)];
        const before = at(layOut(variants, given, [variants[0]!], low), where);
        if (before !== undefined)
          expect(at(layOut(variants, given, [variants[0]!], high), where)).toBe(before);
      }),
    );
  });

  const names = ['off', 'control', 'a', 'b', 'c', 'd', 'e', 'f'];
  const many = names.map((name, index): FlagVariant => ({ name, index, value: name }));
  const [off, control] = [many[0]!, many[1]!];
  /** Whoever is at a bucket has the same after a change of weights, unless theirs shrinks. */
  const keepsThem = (rest: FlagVariant[], arms: number, most: number, filled: FlagVariant | null): void => {
    const drawn = fc.array(fc.integer({ min: 0, max: most }), { minLength: arms, maxLength: arms });
    const variants = [...rest, ...many.slice(2, 2 + arms)];
    const laid = (weights: readonly number[]) => {
      const all = [0, 0, ...weights];
      if (filled !== null) all[filled.index] = WHOLE - weights.reduce((sum, weight) => sum + weight, 0);
      return layOut(variants, all, rest, WHOLE);
    };
    fc.assert(
      fc.property(drawn, drawn, bucket, (from, to, where) => {
        const before = names.indexOf(at(laid(from), where) ?? 'off') - 2;
        if (before >= 0 && to[before]! >= from[before]!) expect(at(laid(to), where)).toBe(names[before + 2]);
      }),
    );
  };

  it('of two keeps everyone on what they have while it does not shrink, whatever the rest is', () => {
    keepsThem([off], 2, WHOLE / 2, off);
    keepsThem([off, control], 2, WHOLE / 2, control);
    keepsThem([off], 2, WHOLE / 2, null);
    keepsThem([], 2, WHOLE / 2, null);
  });

  it('of three up to a third each, and of six up to a tenth each, too', () => {
    keepsThem([off, control], 3, Math.floor(WHOLE / 3), control);
    keepsThem([off, control], 6, WHOLE / 10, control);
    keepsThem([control], 5, WHOLE / 10, null);
  });

  it('keeps everyone on what they have when the flag has one variant more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: WHOLE / 10 }), { minLength: 3, maxLength: 3 }),
        bucket,
        (given, where) => {
          const [before, after] = [5, 6].map(count =>
            at(layOut(many.slice(0, count), [0, 0, ...given], [off], WHOLE), where),
          );
          expect(after).toBe(before);
        },
      ),
    );
  });
});
