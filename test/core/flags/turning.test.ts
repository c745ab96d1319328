import { describe, expect, it } from 'vitest';
import { changedText, changesText, flagChanges } from '../../../src/core/flags/change.ts';
import { withSwitch } from '../../../src/core/flags/edit.ts';
import { MAX_OFF, offListAfter, stillOff } from '../../../src/core/flags/off-list.ts';
import { stopsAfter, undoesStops } from '../../../src/core/flags/stops.ts';

const ON_OFF = { type: 'boolean', variants: { on: true, off: false }, off: 'off', default: 'off' };

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

  it('that switches on what is on is none: without "enabled" it is on', () => {
    const before = JSON.stringify({ flag: ON_OFF });
    expect(changedText(before, { kind: 'switch', key: 'flag', on: true })).toMatchObject({
      value: { what: 'written again, nothing changed' },
    });
    const said = flagChanges({ flag: ON_OFF }, { flag: { ...ON_OFF, enabled: true } });
    expect(said).toEqual([]);
  });

  it('names what changed in a list', () => {
    const said = flagChanges({ $origins: ['https://a.example'] }, { $origins: ['https://b.example'] });
    expect(said).toEqual([{ key: '$origins', what: '[0] "https://a.example" → "https://b.example"' }]);
  });

  it('says whom it moves though nothing of theirs shrank: of three variants raised out of proportion', () => {
    const variants = { today: 't', wide: 'w', narrow: 'n', cards: 'c' };
    const layout = (weights: object, share = 100) =>
      JSON.stringify({
        layout: { type: 'string', variants, default: 'today', rules: [{ name: 'test', weights, share }] },
      });
    const effectsOf = (before: string, after: string) => {
      const changed = changedText(before, { kind: 'document', text: after });
      return changed.ok ? changed.value.effects : undefined;
    };
    const three = { wide: 30, narrow: 30, cards: 30 };
    expect(effectsOf(layout(three), layout({ ...three, wide: 40 }))).toEqual([
      expect.stringMatching(/^layout: rule test takes from 5 % of all a variant/) as string,
    ]);
    for (const [before, after] of [
      [layout({ wide: 10, narrow: 10, cards: 10 }), layout({ wide: 33, narrow: 10, cards: 33 })],
      [layout(three, 10), layout(three, 90)],
      [layout({ wide: 10, cards: 10 }), layout({ wide: 20, cards: 10 })],
      [layout(three), layout({})],
    ] as const)
      expect(effectsOf(before, after)).toEqual([]);
  });

  it('of what a flag gives, or of what is noted beside it, is told by its path alone', () => {
    const flag = {
      ...ON_OFF,
      type: 'object',
      variants: { on: { key: 'secret-1' } },
      metadata: { note: 'secret-2' },
    };
    const changed = { ...flag, variants: { on: { key: 'secret-3' } }, metadata: {}, off: 'on' };
    const text = changesText(flagChanges({ flag }, { flag: changed }));
    expect(text).toBe('flag: variants.on.key changed, off "off" → "on", metadata.note removed');
    expect(changesText(flagChanges({ flag: ['secret-4'] }, { flag }))).not.toContain('secret');
    const whole = changesText(
      flagChanges({ flag }, { flag: { ...flag, variants: ['secret-5'], metadata: 'secret-6' } }),
    );
    expect(whole).toBe('flag: variants changed, metadata changed');
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

  it('gains what was off before by hand, as soon as a document that can be told says so', () => {
    const before = { flag: off, other: ON_OFF };
    const list = offListAfter(NONE, before, before, { revision: 9, sequence: 9 });
    expect(list.flags).toEqual({ flag: 9 });
  });

  it('is bounded: the newest stay', () => {
    const keys = Array.from({ length: MAX_OFF }, (_, i) => `f${i}`);
    const before = Object.fromEntries(keys.map(key => [key, off]));
    const full = { ...NONE, flags: Object.fromEntries(keys.map(key => [key, 1])) };
    const { flags } = offListAfter(full, before, { ...before, last: off }, { revision: 2, sequence: 2 });
    expect([Object.keys(flags).length, flags['last'], flags['f0']]).toEqual([MAX_OFF, 2, undefined]);
    const again = { ...before, last: off };
    expect(offListAfter({ ...full, flags }, again, again, { revision: 3, sequence: 3 }).flags).toEqual(flags);
  });
});

describe('a flag that somebody switched off', () => {
  const stopped = { a: { ...ON_OFF, enabled: false }, b: ON_OFF };
  const stop = { kind: 'switch', key: 'a', on: false } as const;
  const stops = stopsAfter({}, stopped, stop, { by: 'ada', at: Date.UTC(2026, 10, 24, 2) });
  const apply = { kind: 'document', text: '' } as const;
  const later = { by: 'ci', at: Date.UTC(2026, 10, 24, 3) };

  it('is not switched on by a file from before, which hears who did it and what to do', () => {
    const refusal = undoesStops(stops, { a: ON_OFF, b: ON_OFF }, apply);
    expect(refusal).toContain('was switched off meanwhile: a (by ada, 2026-11-24T02:00:00.000Z).');
    expect(refusal).toMatch(/weir flags set a on.*--yes.*--if-match/s);
    expect(undoesStops(stops, { a: ON_OFF }, { kind: 'flag', key: 'a', flag: ON_OFF })).toBeDefined();
  });

  it('may be switched on by who says so, and by a file once one has had it off', () => {
    expect(undoesStops(stops, { a: ON_OFF }, { kind: 'switch', key: 'a', on: true })).toBeUndefined();
    expect(undoesStops(stops, stopped, apply)).toBeUndefined();
    expect(stopsAfter(stops, stopped, { kind: 'share', key: 'a', percent: 5 }, later)).toEqual(stops);
    expect(stopsAfter(stops, stopped, apply, later)).toEqual({});
    expect(stopsAfter(stops, { a: ON_OFF }, null, later)).toEqual({});
    expect(undoesStops(stops, { b: ON_OFF }, apply)).toBeUndefined();
  });
});
