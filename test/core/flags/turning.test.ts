import { describe, expect, it } from 'vitest';
import { changedText, changesText, flagChanges } from '../../../src/core/flags/change.ts';
import { shareOf, withShare, withSwitch } from '../../../src/core/flags/edit.ts';
import { MAX_OFF, offListAfter, stillOff } from '../../../src/core/flags/off-list.ts';

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
});

describe('a change', () => {
  it('of one flag is not refused for what was wrong with another before', () => {
    const before = JSON.stringify({ flag: ON_OFF, bad: { type: 'x' } });
    expect(changedText(before, { kind: 'switch', key: 'flag', on: false }).ok).toBe(true);
    expect(changedText(before, { kind: 'flag', key: 'worse', flag: { type: 'y' } }).ok).toBe(false);
    expect(changedText(before, { kind: 'document', text: before }).ok).toBe(false);
  });

  it('that takes away what another flag needs is refused', () => {
    const before = JSON.stringify({ flag: ON_OFF, child: { ...ON_OFF, prerequisites: { flag: 'on' } } });
    expect(changedText(before, { kind: 'remove', key: 'flag' }).ok).toBe(false);
  });

  it('is told in words, a few of many', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`f${i}`, ON_OFF]));
    const off = withSwitch(many, 'f0', false);
    expect(changesText(flagChanges(many, off.ok ? off.value : {}))).toBe('f0: switched off');
    expect(changesText(flagChanges({}, many))).toMatch(/^f0: added; .*; f4: added; and 4 more$/);
    expect(changesText(flagChanges(many, many))).toBe('written again, nothing changed');
  });
});

describe('the list of flags that are off', () => {
  const NONE = { rollout: 'a', sequence: 0, flags: {} };
  const off = { ...ON_OFF, enabled: false };

  it('holds for documents older than the one that says so, and for those written by hand', () => {
    const list = offListAfter(NONE, { flag: ON_OFF }, { flag: off }, { revision: 7, sequence: 7 });
    expect([...stillOff(list, 6)]).toEqual(['flag']);
    expect([...stillOff(list, undefined)]).toEqual(['flag']);
    expect([...stillOff(list, 7)]).toEqual([]);
  });

  it('gains nothing by a document written by hand, and loses what is on again or gone', () => {
    const at = { revision: null, sequence: 8 };
    expect(offListAfter(NONE, { flag: ON_OFF }, { flag: off }, at).flags).toEqual({});
    const both = { ...NONE, flags: { a: 3, b: 4, c: 5 } };
    const before = { a: off, b: off, c: off };
    expect(offListAfter(both, before, { a: off, b: ON_OFF }, at).flags).toEqual({ a: 3 });
  });

  it('is bounded: the newest stay', () => {
    const keys = Array.from({ length: MAX_OFF }, (_, i) => `f${i}`);
    const before = Object.fromEntries(keys.map(key => [key, off]));
    const full = { ...NONE, flags: Object.fromEntries(keys.map(key => [key, 1])) };
    const { flags } = offListAfter(full, before, { ...before, last: off }, { revision: 2, sequence: 2 });
    expect([Object.keys(flags).length, flags['last'], flags['f0']]).toEqual([MAX_OFF, 2, undefined]);
  });
});
