import { describe, expect, it } from 'vitest';
import { withShare, withSwitch } from '../../../src/core/flags/edit.ts';
import { boolean, problemsOf } from '../../support/flags.ts';

type Json = Readonly<Record<string, unknown>>;

/** The rules of flag `f` after its share was set. */
function rulesAt(flag: object, percent: number): unknown {
  const edited = withShare({ f: flag, other: boolean() }, 'f', percent);
  if (!edited.ok) return edited.error;
  expect(problemsOf(edited.value)).toEqual([]);
  expect(edited.value['other']).toEqual(boolean());
  return (edited.value['f'] as Json)['rules'];
}

const staff = { if: { 'context.plan': 'staff' }, serve: 'on' };

describe('a switch', () => {
  it('keeps everything else as it was', () => {
    const f = boolean({ rules: [staff] });
    expect(withSwitch({ f }, 'f', false)).toEqual({ ok: true, value: { f: { ...f, enabled: false } } });
    expect(withSwitch({ f }, 'g', true)).toEqual({ ok: false, error: 'there is no flag "g"' });
    expect(withSwitch({ f, $public: {} }, '$public', true)).toMatchObject({ ok: false });
  });
});

describe('a share', () => {
  it('is of the last rule, the one for everyone', () => {
    const split = { weights: { on: 20, off: 80 } };
    expect(rulesAt(boolean({ rules: [staff, split] }), 33.3)).toEqual([
      staff,
      { weights: { on: 33.3, off: 66.7 } },
    ]);
    expect(rulesAt(boolean({ rules: [{ weights: { on: 20 } }] }), 0)).toEqual([{ weights: { on: 0 } }]);
    expect(rulesAt(boolean({ rules: [staff, { serve: 'on' }] }), 25)).toEqual([
      staff,
      { serve: 'on', share: 25 },
    ]);
    expect(rulesAt(boolean({ rules: [{ ...split, share: 50 }] }), 60)).toEqual([{ ...split, share: 60 }]);
  });

  it('of three variants moves nobody between them: it is the part of all of them', () => {
    const flag = {
      type: 'string',
      variants: { a: 'A', b: 'B', c: 'C' },
      rules: [{ weights: { a: 50, b: 25, c: 25 } }],
    };
    expect(rulesAt(flag, 10)).toEqual([{ weights: { a: 50, b: 25, c: 25 }, share: 10 }]);
  });

  it('makes a rule where there is none, if it is clear what it would serve', () => {
    expect(rulesAt(boolean(), 5)).toEqual([{ serve: 'on', share: 5 }]);
    expect(rulesAt(boolean({ rules: [staff] }), 5)).toEqual([staff, { serve: 'on', share: 5 }]);
    expect(rulesAt({ type: 'string', variants: { a: '', b: '', c: '' }, default: 'a' }, 5)).toMatch(
      /has several variants/,
    );
  });

  it('does not overrule a schedule', () => {
    const rule = { serve: 'on', schedule: [{ at: '2026-12-01', share: 10 }] };
    expect(rulesAt(boolean({ rules: [rule] }), 5)).toMatch(/has a schedule/);
  });
});
