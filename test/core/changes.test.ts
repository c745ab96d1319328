import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOf } from '../../src/core/rollout/changes.ts';
import { consequencesOf } from '../../src/core/rollout/consequences.ts';
import { stillSent } from '../../src/core/rollout/still-sent.ts';

const STEP = { weight: 10, hold: '5m' };
const LAST = { weight: 100, hold: '1h' };
const DOCUMENT = {
  variants: {
    stable: { origin: 'https://stable.example' },
    canary: { origin: 'https://canary.example', version: '1', headers: { 'x-key': '$secret:KEY' } },
  },
};
const withCanary = (change: object) => ({
  variants: { ...DOCUMENT.variants, canary: { ...DOCUMENT.variants.canary, ...change } },
});

describe('the changes between two documents', () => {
  it('are the smallest values that differ, with their paths', () => {
    expect(changesOf({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { b: 2, c: [1] }, e: null })).toEqual([
      { path: '$.a.b', before: 1, after: 2 },
      { path: '$.a.c[1]', before: 2 },
      { path: '$.d', before: 1 },
      { path: '$.e', after: null },
    ]);
  });

  it('are none between a value and itself, whatever the order of its keys', () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, entry]) => [key, reversed(entry)]),
            )
          : value;
    fc.assert(
      fc.property(fc.json(), text => {
        expect(changesOf(JSON.parse(text), reversed(JSON.parse(text)))).toEqual([]);
      }),
    );
  });

  it('are listed up to a bound', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]));
    expect(changesOf({}, many)).toHaveLength(200);
  });
});

describe('the consequences of a document', () => {
  it.each([
    ['nothing new', DOCUMENT, []],
    ['another version', withCanary({ version: '2' }), ['another candidate', 'drawn anew']],
    ['another origin', withCanary({ origin: 'https://b.example' }), ['another candidate']],
    ['enabled: false', { ...DOCUMENT, enabled: false }, ['everyone goes to stable at once']],
    ['a salt', { ...DOCUMENT, salt: 'x' }, ['drawn anew']],
    ['other ids', { ...DOCUMENT, sticky: { by: 'header:x-account' } }, ['told apart in another way']],
    ['no canary', { variants: { stable: DOCUMENT.variants.stable } }, ['canary is gone', 'drawn anew']],
    [
      'another stable',
      { variants: { ...DOCUMENT.variants, stable: { origin: 'https://new.example' } } },
      ['The stable origin changes'],
    ],
  ])('%s: said before it is put', (_, after, sentences) => {
    const result = consequencesOf(DOCUMENT, after, 'default');
    expect(result.ok && result.value).toEqual(
      sentences.map(sentence => expect.stringContaining(sentence) as string),
    );
  });

  it.each([
    ['with other steps goes back to step one', { steps: [{ weight: 5, hold: '5m' }, LAST] }, true],
    ['with another deadline does not', { steps: [STEP, LAST], maxHold: '2h' }, false],
  ])('says of a plan that it %s', (_, plan, isRestart) => {
    const before = { ...DOCUMENT, plan: { steps: [STEP, LAST] } };
    const result = consequencesOf(before, { ...DOCUMENT, plan }, 'default');
    const text = result.ok ? result.value.join(' ') : JSON.stringify(result.error);
    expect(text).toContain('The plan changes');
    expect(text.includes('The steps change: a rollout under way goes back to step one.')).toBe(isRestart);
  });

  it('names every problem of one that is not valid', () => {
    const result = consequencesOf(DOCUMENT, { variants: {}, colour: 1 }, 'default');
    expect(result.ok ? [] : result.error.map(({ path }) => path)).toEqual(['$.variants', '$']);
  });
});

describe('what rules still send at weight 0', () => {
  const rules = [
    { name: 'bots', serve: 'stable' },
    { name: 'staff', serve: 'canary' },
    { weights: { canary: 50 } },
    { name: 'team', weights: 20, uncapped: true },
  ];
  it.each([
    [
      'nothing is capped',
      {},
      ['"staff" still serves', '"rule-3" still sends 50 %', '"team" still sends 20 %'],
    ],
    [
      'the cap is 0',
      { canary: { percent: 0, isBarred: false } },
      ['"staff" still serves', '"team" still sends 20 %'],
    ],
    ['it was rolled back', { canary: { percent: 0, isBarred: true } }, []],
  ])('is listed while %s', (_, caps, sentences) => {
    expect(stillSent({ rules }, 'canary', caps)).toEqual(
      sentences.map(sentence => expect.stringContaining(sentence) as string),
    );
  });
});
