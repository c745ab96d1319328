import { describe, expect, it } from 'vitest';
import { withShare } from '../../../src/core/flags/edit.ts';
import { shareOf } from '../../../src/core/flags/share.ts';
import { flagSet, told, user } from '../../support/flags.ts';

const ON_OFF = { type: 'boolean', variants: { on: true, off: false }, off: 'off', default: 'off' };
const NOW = Date.parse('2026-11-23T12:00:00Z');
const STAFF = { if: { 'context.plan': 'staff' }, serve: 'on' };

describe('a share', () => {
  it.each([
    ['a split in two', [{ weights: { on: 20, off: 80 } }], [{ weights: { on: 35, off: 65 } }]],
    ['a weight that leaves the rest to the default', [{ weights: { on: 20 } }], [{ weights: { on: 35 } }]],
    ['what a rule serves', [{ serve: 'on', share: 5 }], [{ serve: 'on', share: 35 }]],
    ['what a rule serves everyone', [{ serve: 'on' }], [{ serve: 'on', share: 35 }]],
    ['the last rule for everyone', [{ serve: 'on' }, STAFF], [{ serve: 'on', share: 35 }, STAFF]],
    ['nobody so far', [STAFF], [STAFF, { serve: 'on', share: 35 }]],
  ])('of %s is set where the flag says it', (_, rules, expected) => {
    const document = { other: 1, flag: { ...ON_OFF, rules } };
    const after = withShare(document, 'flag', 35);
    expect(after).toEqual({ ok: true, value: { other: 1, flag: { ...ON_OFF, rules: expected } } });
    expect(after.ok && shareOf(after.value['flag'], NOW)?.percent).toBe(35);
  });

  it('of several variants scales them all', () => {
    const rules = [{ weights: { red: 50, blue: 50 } }];
    const flag = { type: 'string', variants: { red: 'r', blue: 'b', grey: 'g' }, default: 'grey', rules };
    const after = withShare({ flag }, 'flag', 10);
    expect(after.ok && after.value['flag']).toMatchObject({ rules: [{ ...rules[0], share: 10 }] });
  });

  it('that a schedule moves is the one of now, and nobody sets it', () => {
    const schedule = [
      { at: '2026-11-01T00:00:00Z', share: 10 },
      { at: '2026-12-01T00:00:00Z', share: 100 },
    ];
    const flag = { ...ON_OFF, rules: [{ serve: 'on', schedule }] };
    expect(shareOf(flag, NOW)).toEqual({ percent: 10, variant: 'on', isScheduled: true });
    expect(withShare({ flag }, 'flag', 5)).toMatchObject({ ok: false });
  });

  const BARE = { type: 'boolean', variants: { on: true, off: false } };
  const on = (rules: unknown, more: object = {}) => ({ ...BARE, off: 'off', ...more, rules });
  const OFF_DEFAULT_ON = { ...BARE, off: 'off', default: 'on' };

  it.each([
    [
      'a split, where whom no rule decides gets on',
      { ...OFF_DEFAULT_ON, rules: [{ weights: { on: 30, off: 70 } }] },
      30,
    ],
    ['nothing, where everyone gets on', { ...BARE, default: 'on' }, undefined],
    ['nothing, where on is first and everyone gets it', { ...OFF_DEFAULT_ON, rules: [STAFF] }, undefined],
    [
      'a weight, where whom it leaves over gets on as well',
      { ...OFF_DEFAULT_ON, rules: [{ weights: { off: 70 } }] },
      30,
    ],
    ['a last rule that gives everyone off', on([STAFF, { name: 'rest', serve: 'off' }]), 0],
    ['a last rule that keeps some at off', on([{ serve: 'off', share: 40 }]), 0],
    [
      'a rule before one that gives all the others off',
      on([{ name: 'some', weights: { on: 40 } }, { serve: 'off' }]),
      40,
    ],
    ['a part of a share', on([{ weights: { on: 30 }, share: 50 }]), 15],
    ['a part of a share of all', on([{ weights: { on: 30, off: 70 }, share: 50 }]), 15],
    ['neither off nor default', { ...BARE, rules: [{ weights: { on: 30, off: 70 } }] }, 30],
    [
      'text',
      {
        type: 'string',
        variants: { a: '1', b: '2' },
        off: 'a',
        default: 'b',
        rules: [{ serve: 'b', share: 10 }],
      },
      100,
    ],
  ])('of a flag with %s: %# is what people get, before and after', (_, flag, before) => {
    const named = flag.type === 'string' ? 'b' : 'on';
    expect(shareOf(flag, NOW)?.percent).toBe(before);
    const after = withShare({ flag }, 'flag', 25);
    if (!after.ok) throw new Error(after.error);
    expect(shareOf(after.value['flag'], NOW)).toEqual({ percent: 25, variant: named, isScheduled: false });
    const set = flagSet(after.value);
    const count = Array.from({ length: 4000 }, (_, i) => told(set, 'flag', user(`u${i}`)));
    const share = count.filter(text => text.startsWith(named)).length / 4000;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.035);
  });

  it('of text is of the one that is neither off nor default', () => {
    const variants = { a: '1', b: '2', c: '3' };
    const rules = [{ weights: { b: 10, c: 10 } }];
    const after = withShare(
      { flag: { type: 'string', variants, off: 'a', default: 'b', rules } },
      'flag',
      25,
    );
    expect(after.ok && after.value['flag']).toMatchObject({ rules: [{ weights: { b: 10, c: 25 } }] });
  });

  it.each([
    ['is on when it is switched off', { ...BARE, off: 'on', default: 'off' }, 'put a rule for the share'],
    [
      'gives everyone the one of several that the others are beside',
      { type: 'string', variants: { a: '1', b: '2', c: '3' }, off: 'a', rules: [{ serve: 'a' }] },
      'put a rule that says which',
    ],
    [
      'has weights that come to less',
      {
        type: 'string',
        variants: { a: '1', b: '2', c: '3' },
        off: 'a',
        rules: [{ weights: { b: 5, c: 5 } }],
      },
      'come to 10 %',
    ],
  ])('of a flag that %s is refused, with what to do', (_, flag, why) => {
    expect(withShare({ flag }, 'flag', 25)).toEqual({
      ok: false,
      error: expect.stringContaining(why) as string,
    });
  });
});
