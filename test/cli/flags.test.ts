import { describe, expect, it } from 'vitest';
import { explain } from '../../cli/explaining.ts';
import { changedText, explanationText, flagsText } from '../../cli/text/flags.ts';
import { flagsView } from '../../src/core/flags/view.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const ON_OFF = { type: 'boolean', variants: { on: true, off: false }, off: 'off', default: 'off' };
const DOCUMENT = {
  checkout: {
    ...ON_OFF,
    rules: [
      { name: 'staff', if: { 'context.plan': 'staff' }, serve: 'on' },
      { name: 'half', serve: 'on', share: 50 },
    ],
  },
  stopped: { ...ON_OFF, enabled: false },
  needy: { ...ON_OFF, default: 'on', prerequisites: { stopped: 'on' } },
  followed: { ...ON_OFF, follows: 'canary' },
  local: { ...ON_OFF, rules: [{ if: { country: 'NZ' }, serve: 'on' }] },
  broken: { type: 'boolean' },
};
const at = Date.parse('2026-11-23T11:58:00Z');
const view = flagsView(
  'default',
  {
    revision: 3,
    kept: { text: JSON.stringify(DOCUMENT), revision: 3, by: 'ada', at, written: true },
    changes: { checkout: { by: 'ada', channel: 'cli', what: 'share 10 → 50', at } },
  },
  [],
  NOW,
);
const explained = (key: string, context: Record<string, unknown>, variant?: string) =>
  explanationText(explain(view, key, { context, variant, now: NOW })!);

describe('weir flags list', () => {
  it('shows state, share, who changed it last, and what is wrong', () => {
    const lines = flagsText(view, NOW).split('\n');
    expect(lines[1]).toMatch(/^checkout +on +50 % on +boolean +servers +share 10 → 50 by ada, 2 min ago$/);
    expect(lines[2]).toMatch(/^stopped +off /);
    expect(lines[4]).toMatch(/^followed +on +follows canary /);
    expect(lines.at(-1)).toMatch(/^! \$\.broken\.variants: /);
  });

  it('says whose flags hold where there are none', () => {
    const none = { revision: 0, kept: null, changes: {} };
    expect(flagsText(flagsView('a.example', none, [], NOW), NOW)).toContain('the default ones hold');
  });
});

describe('weir flags explain', () => {
  it.each([
    ['checkout', { plan: 'staff' }, undefined, 'checkout: on = true\nTARGETING_MATCH: rule staff holds'],
    ['checkout', {}, undefined, 'TARGETING_KEY_MISSING, flag "checkout" needs a targetingKey'],
    ['stopped', {}, undefined, 'stopped: off = false\nDISABLED: it is switched off'],
    ['needy', {}, undefined, 'needy: off = false\nDEFAULT: it needs another variant of stopped'],
    ['followed', {}, 'canary', 'followed: on = true\nTARGETING_MATCH'],
    ['followed', {}, 'stable', 'followed: off = false\nDEFAULT'],
    ['local', {}, undefined, 'Only the edge knows country of a caller'],
    ['broken', {}, undefined, "broken: the app's own default\nERROR: PARSE_ERROR, $.broken.variants"],
  ])('%s for %j on %s', (key, context, variant, text) => {
    expect(explained(key, context, variant)).toContain(text);
  });

  it('says rule, bucket and where that is in percent', () => {
    expect(explained('checkout', { targetingKey: 'ada' })).toMatch(
      /rule half drew bucket \d+ of 4294967296, at \d+\.\d{3} %|no rule decided/,
    );
  });

  it('knows no other flags than the document', () => {
    expect(explain(view, 'nope', { context: {}, variant: undefined, now: NOW })).toBeUndefined();
  });
});

describe('weir flags set', () => {
  const stored = { name: 'default', revision: 4, written: true, changed: 'checkout: changed', flag: null };
  const share = { percent: 25, variant: 'on', isScheduled: false };

  it('says who gets what, and that a flag which is off stays off', () => {
    const on = { ...stored, flag: { state: 'on', share } } as const;
    expect(changedText(on, 'share')).toContain('; 25 % get on; isolates follow as they read KV.');
    const off = { ...stored, flag: { state: 'off', share } } as const;
    expect(changedText(off, 'share')).toContain('it stays switched off: 25 % get on once it is on');
  });

  it('says how soon it takes effect, and for whom KV is in the way', () => {
    expect(changedText(stored, 'off')).toMatch(/isolates with traffic obey within 2 s\.$/);
    const waiting = { ...stored, written: false };
    expect(changedText(waiting, 'off')).toMatch(
      /within 2 s; KV refuses .*: isolates without traffic go on by/,
    );
    expect(changedText(waiting, 'on')).toContain('KV refuses the write');
  });
});
