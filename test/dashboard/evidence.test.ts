import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barsOf, criterionName, eValue } from '../../dashboard/text/evidence.ts';
import { evidenceOf } from './delivery-status.ts';

describe('evidence as a bar', () => {
  it('goes from the middle to the left with what speaks for a rollback, to the right for an advance', () => {
    const [errors] = barsOf([
      evidenceOf('errors', 'rollback', 10),
      evidenceOf('errors', 'advance', 4.472136),
    ]);
    expect(errors!.rollback!.reach).toBeCloseTo(0.5);
    expect(errors!.advance!.reach).toBeCloseTo(0.5);
    expect([errors!.rollback!.hasLine, errors!.advance!.hasLine]).toEqual([false, true]);
  });

  it('has all together first, and what only holds last', () => {
    const bars = barsOf([
      evidenceOf('mismatch', 'rollback', 1),
      evidenceOf('errors', 'rollback', 1),
      evidenceOf('all', 'rollback', 1),
      evidenceOf('latency', 'rollback', 1),
      evidenceOf('errors', 'advance', 1),
    ]);
    expect(bars.map(({ title }) => title)).toEqual([
      'All together',
      'Errors',
      'Latency',
      'Draws against weights',
    ]);
  });

  it('says its numbers in words: the e-value, where it decides, what is tolerated', () => {
    const [all, errors] = barsOf([
      evidenceOf('all', 'rollback', 3.2),
      evidenceOf('errors', 'rollback', 0.4),
      evidenceOf('errors', 'advance', 8),
    ]);
    expect([all!.rollback!.words, errors!.rollback!.words, errors!.advance!.words, errors!.margin]).toEqual([
      'e-value 3.2, rolls back at 100',
      'e-value 0.40, a part of all together',
      'e-value 8, advances at 20',
      '1.1 × stable',
    ]);
    expect(errors!.texts).toEqual(['errors rollback', 'errors advance']);
  });

  it.each([
    ['nothing yet', [evidenceOf('errors', 'advance', 2)], 'quiet', 'not enough evidence yet'],
    [
      'an advance',
      [evidenceOf('errors', 'advance', 30, { isDecided: true })],
      'good',
      'good enough to advance',
    ],
    ['half of a rollback', [evidenceOf('4xx', 'rollback', 12)], 'attention', 'speaks against it'],
    ['a rollback', [evidenceOf('4xx', 'rollback', 400, { isDecided: true })], 'bad', 'rolls back'],
    ['a mismatch', [evidenceOf('mismatch', 'rollback', 2000, { isDecided: true })], 'attention', 'holds'],
    ['nothing against it', [evidenceOf('4xx', 'rollback', 1.2)], 'good', 'nothing against it'],
  ] as const)('says so of %s', (_, evidence, tone, says) => {
    const [bar] = barsOf(evidence);
    expect([bar!.tone, bar!.says]).toEqual([tone, says]);
  });

  it('stays on its scale for any e-value', () => {
    fc.assert(
      fc.property(fc.double(), fc.option(fc.double()), fc.boolean(), (logE, threshold, isDecided) => {
        const [bar] = barsOf([evidenceOf('errors', 'rollback', 1, { logE, threshold, isDecided })]);
        const { reach } = bar!.rollback!;
        expect(reach >= 0 && reach <= 1).toBe(true);
      }),
    );
  });

  it.each([
    [0.0001, '<0.01'],
    [0.31, '0.31'],
    [1, '1'],
    [4.24, '4.2'],
    [100, '100'],
    [123_456, '123,456'],
    [1e9, 'over 1 million'],
  ])('writes an e-value of %d as people read it', (value, text) => {
    expect(eValue(Math.log(value))).toBe(text);
  });

  it.each([
    ['errors-limit', 'Errors, limit'],
    ['goal:purchase', 'Goal purchase'],
    ['something-new', 'something-new'],
  ])('names %s', (criterion, name) => {
    expect(criterionName(criterion)).toBe(name);
  });
});
