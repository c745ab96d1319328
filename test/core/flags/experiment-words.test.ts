import { describe, expect, it } from 'vitest';
import { experimentLines } from '../../../cli/text/experiments.ts';
import { armText, experimentNote } from '../../../src/core/flags/experiment-words.ts';

const arm = {
  variant: 'on',
  units: 10_198,
  reached: 412,
  rate: { value: 0.0404, low: 0.0346, high: 0.0469 },
};

describe('an experiment in words', () => {
  it.each([
    [null, ''],
    [{ low: 1.04, high: 1.213 }, ': 1.04 to 1.21 times as often as off'],
    [{ low: 0.91, high: 1.2 }, ': 0.91 to 1.2 times as often as off, so perhaps no difference'],
    [{ low: 1.5, high: null }, ': at least 1.5 times as often as off'],
    [{ low: null, high: 0.7 }, ': at most 0.7 times as often as off'],
    [{ low: null, high: null }, ': too little to compare with off'],
  ])('says how its variants compare: %j', (ratio, words) => {
    expect(armText({ ...arm, ratio }, 'off')).toBe(`412 of 10,198 units, 4.04 % (3.46 % to 4.69 %)${words}`);
  });

  it('says where nobody counted yet, where there is nothing to count, and where it is a sample', () => {
    expect(armText({ variant: 'on', units: 0, reached: 0, rate: null, ratio: null }, 'off')).toBe(
      'no units yet',
    );
    expect(experimentNote(1, 0)).toBe('The rollout has no goals to count.');
    expect(experimentNote(1, 2)).toBe('Intervals of 95 %, right whenever you look.');
    expect(experimentNote(8, 2)).toContain('of a sample of one unit in 8');
  });

  it('stands in a terminal flag by flag, goal by goal', () => {
    const texts = (...names: string[]) => ({
      variants: names.map(variant => ({ ...arm, variant, ratio: null, text: `text of ${variant}` })),
    });
    const goals = { bought: texts('off', 'on'), joined: texts('off') };
    expect(experimentLines({ trial: { baseline: 'off', oneIn: 1, note: 'Note.', goals } })).toEqual([
      '',
      'Experiment trial. Note.',
      '  bought  off  text of off',
      '          on   text of on',
      '  joined  off  text of off',
    ]);
  });
});
