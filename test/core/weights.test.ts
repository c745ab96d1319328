import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWeightText } from '../../src/core/rollout/weights.ts';

const ONE = ['canary'];
const TWO = ['canary', 'canary-b'];

describe('a weight', () => {
  it.each([
    ['10', ONE, { canary: 10 }],
    ['0', ONE, { canary: 0 }],
    ['100', ONE, { canary: 100 }],
    ['0.25', ONE, { canary: 0.25 }],
    ['0.001', ONE, { canary: 0.001 }],
    ['0.07', ONE, { canary: 0.07 }],
    [' 25\n', ONE, { canary: 25 }],
    ['5', ['next'], { next: 5 }],
    ['5', TWO, { canary: 5 }],
    ['{"canary": 10, "canary-b": 5}', TWO, { canary: 10, 'canary-b': 5 }],
    ['{"canary": 60, "canary-b": 40}', TWO, { canary: 60, 'canary-b': 40 }],
  ])('%j is read exactly', (text, candidates, percent) => {
    const parsed = parseWeightText(text, candidates);
    const read = parsed.ok ? [...parsed.value].map(([name, share]) => [name, share / 1000]) : [];
    expect(Object.fromEntries(read)).toEqual(percent);
  });

  it.each([
    ['ten', '$', 'expected a number from 0 to 100'],
    ['', '$', 'expected a number from 0 to 100'],
    ['""', '$', 'expected a number from 0 to 100'],
    ['"10"', '$', 'expected a number from 0 to 100'],
    ['-1', '$', 'expected a number from 0 to 100'],
    ['101', '$', 'expected a number from 0 to 100'],
    ['NaN', '$', 'expected a number from 0 to 100'],
    ['1e999', '$', 'expected a number from 0 to 100'],
    ['null', '$', 'expected a number from 0 to 100'],
    ['[10]', '$', 'expected a number from 0 to 100'],
    ['0.0001', '$', 'at most three decimals'],
    ['{}', '$', 'at least one variant'],
    ['{"stable": 50}', '$.stable', 'takes what the others leave'],
    ['{"nope": 50}', '$.nope', 'no such variant; the document has: "canary", "canary-b"'],
    ['{"canary": "5"}', '$.canary', 'expected a number from 0 to 100, got "5"'],
    ['{"canary": 60, "canary-b": 60}', '$', 'add up to 120'],
    ['{"__proto__": 5}', '$.__proto__', 'no such variant'],
  ])('%j is refused with its path and what was expected', (text, path, message) => {
    const parsed = parseWeightText(text, TWO);
    expect(parsed.ok ? [] : parsed.error).toEqual([
      { path, message: expect.stringContaining(message) as string },
    ]);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        text => typeof parseWeightText(text, TWO).ok === 'boolean',
      ),
    );
  });

  it('is exact for every multiple of a thousandth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), thousandths => {
        const parsed = parseWeightText(String(thousandths / 1000), ONE);
        expect(parsed.ok && parsed.value.get('canary')).toBe(thousandths);
      }),
    );
  });
});
