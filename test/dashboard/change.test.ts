import { describe, expect, it } from 'vitest';
import { differenceWords } from '../../dashboard/text/difference.ts';
import {
  areSame,
  changeWords,
  meaningOf,
  mistakeIn,
  progressOf,
  weightBody,
  type Weights,
} from '../../dashboard/text/change.ts';
import { between } from './status.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ').replaceAll('\u2212', '-');

describe('before a weight is changed, visitors are told of', () => {
  it.each<[what: string, from: Weights, to: Weights, meaning: string[]]>([
    [
      'those who move to the canary',
      { canary: 10 },
      { canary: 25 },
      ['15 % of visitors move from stable to canary with their next request. Nobody else moves.'],
    ],
    [
      'those who move back, by an exact share',
      { canary: 0.3 },
      { canary: 0.1 },
      ['0.2 % of visitors move from canary back to stable with their next request. Nobody else moves.'],
    ],
    ['everyone', { canary: 10 }, { canary: 100 }, ['Everyone gets canary, from their next request on.']],
    [
      'the way back to stable, and what it does not stop',
      { canary: 10 },
      { canary: 0 },
      [
        'Visitors on canary (10 %) get stable with their next request. Rules of the document and override links still lead to canary.',
      ],
    ],
    [
      'the one of two candidates that changes',
      { canary: 10, 'canary-b': 5 },
      { canary: 10, 'canary-b': 6 },
      ['1 % of visitors move from stable to canary-b with their next request. Nobody else moves.'],
    ],
    ['nothing where nothing changes', { canary: 10 }, { canary: 10 }, []],
  ])('%s', (_, from, to, meaning) => {
    expect(meaningOf(from, to).map(plain)).toEqual(meaning);
  });
});

describe('weights that can not be set are named before they are sent', () => {
  it.each<[what: string, weights: Weights, mistake: RegExp | undefined]>([
    ['a good one', { canary: 0.125 }, undefined],
    ['above 100', { canary: 101 }, /canary: a weight is a number from 0 to 100/],
    ['below 0', { canary: -1 }, /0 to 100/],
    ['no number', { canary: NaN }, /0 to 100/],
    ['too fine', { canary: 0.1234 }, /three decimals/],
    ['together above 100', { canary: 60, 'canary-b': 41 }, /Together that is 101/],
  ])('%s', (_, weights, mistake) => {
    if (mistake === undefined) expect(mistakeIn(weights)).toBeUndefined();
    else expect(mistakeIn(weights)).toMatch(mistake);
  });
});

it.each([
  ['10 → 25', '10 → 25'],
  ['none → {"canary":10,"canary-b":5}', 'none → canary 10, canary-b 5'],
  ['canary 10 % → canary 0.25 %: too slow', '10 → 0.25: too slow'],
  ['canary 10 % → canary 25 %, canary-b 5 %', 'canary 10 % → canary 25 %, canary-b 5 %'],
])('a change in the audit log, %s, is shown as %s', (detail, words) => {
  expect(changeWords(detail)).toBe(words);
});

it('one weight is sent as the number that people write into KV, two by name', () => {
  expect([weightBody({ canary: 25 }), weightBody({ canary: 25, 'canary-b': 0 })]).toEqual([
    '25',
    '{"canary":25,"canary-b":0}',
  ]);
});

it.each([
  ['the same weights', { canary: 5, 'canary-b': 0 }, { 'canary-b': 0, canary: 5 }, true],
  ['another weight', { canary: 5 }, { canary: 0 }, false],
  ['a new candidate', { canary: 5 }, { canary: 5, 'canary-b': 0 }, false],
  ['a candidate that is gone', { canary: 5, 'canary-b': 0 }, { canary: 5 }, false],
  ['another candidate', { canary: 5 }, { 'canary-b': 5 }, false],
] as const)('while a change is confirmed, %s is told from what was asked about', (_, before, now, same) => {
  expect(areSame(before, now)).toBe(same);
});

describe('a weight that is set is', () => {
  it.each<[what: string, inForce: number | null, silentFor: number | null, text: RegExp | undefined]>([
    ['in force once the isolates report it', 25, 500, undefined],
    ['waited for while they report another', 10, 500, /25 % is set, waiting until .* \(10 % in force/],
    ['not expected to be reported without traffic', 10, 60_000, /no isolate has reported since/],
    ['not reported before the first request', null, null, /the first request takes it/],
  ])('%s', (_, inForce, silentFor, text) => {
    const progress = progressOf(25, inForce, silentFor);
    if (text === undefined) expect(progress).toEqual({ kind: 'in-force' });
    else expect(progress.kind === 'waiting' && plain(progress.text)).toMatch(text);
  });
});

it.each([
  ['errors', between(0.001, 0.003), ['+0.20 points', '+0.10 to +0.30', 'fails more']],
  ['errors', between(-0.003, 0.001), ['-0.10 points', '-0.30 to +0.10', 'no clear difference']],
  ['errors', between(0.001, 0.003, false), ['+0.20 points', '+0.10 to +0.30', 'may fail more']],
  ['latency', between(-0.04, -0.02, false), ['-30 ms', '-40 ms to -20 ms', 'may be faster']],
  ['latency', between(-0.04, -0.02), ['-30 ms', '-40 ms to -20 ms', 'faster']],
  ['latency', between(0, 0.02), ['+10 ms', '0 ms to +20 ms', 'no clear difference']],
] as const)('a difference in %s of %j is put into words', (quantity, difference, words) => {
  expect(Object.values(differenceWords(difference, quantity)).map(plain)).toEqual(words);
});
