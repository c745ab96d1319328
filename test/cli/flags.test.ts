import { describe, expect, it } from 'vitest';
import { explain } from '../../cli/explaining.ts';
import { explanationText } from '../../cli/text/explanation.ts';
import { changedText, flagsText } from '../../cli/text/flags.ts';
import { compileFlags } from '../../src/core/flags/compile.ts';
import { flagsView } from '../../src/core/flags/view.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const ON_OFF = { type: 'boolean', variants: { on: true, off: false }, off: 'off', default: 'off' };
const DOCUMENT = {
  $segments: { abroad: { not: { country: 'NZ' } } },
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
  away: { ...ON_OFF, rules: [{ if: { segment: 'abroad' }, serve: 'on' }] },
  fresh: { ...ON_OFF, rules: [{ if: { 'cookie.seen': { exists: false } }, serve: 'on' }] },
  here: { ...ON_OFF, rules: [{ if: { host: 'shop.example' }, serve: 'on' }] },
  child: { ...ON_OFF, default: 'on', prerequisites: { local: 'on' } },
  asking: { ...ON_OFF, rules: [{ if: { 'flag.followed': 'on' }, serve: 'on' }] },
  early: {
    ...ON_OFF,
    rules: [{ if: { any: [{ 'context.plan': 'staff' }, { country: 'NZ' }] }, serve: 'on' }],
  },
  tested: {
    ...ON_OFF,
    holdout: { name: '2026', percent: 50 },
    group: { name: 'tests', slot: [0, 50] },
    rules: [{ serve: 'on' }, { serve: 'off' }],
  },
  broken: { type: 'boolean' },
};
const TEXT = JSON.stringify(DOCUMENT, null, 4);
const at = Date.parse('2026-11-23T11:58:00Z');
const view = flagsView(
  'default',
  {
    revision: 3,
    kept: { text: TEXT, revision: 3, by: 'ada', at, written: true },
    changes: { checkout: { by: 'ada', channel: 'cli', what: 'share 10 → 50', at } },
  },
  [],
  NOW,
);
const explained = (key: string, context: Record<string, unknown>, variant?: string, rollout = 'default') =>
  explanationText(explain(view, key, { rollout, context, variant, now: NOW })!);

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
    ['needy', {}, undefined, 'DEFAULT: it needs another variant of stopped, which has off (DISABLED)'],
    ['followed', {}, 'canary', 'followed: on = true\nTARGETING_MATCH'],
    ['followed', {}, 'stable', 'followed: off = false\nDEFAULT'],
    ['broken', {}, undefined, "broken: the app's own default\nERROR: PARSE_ERROR, $.broken.variants"],
  ])('%s for %j on %s', (key, context, variant, text) => {
    expect(explained(key, context, variant)).toContain(text);
  });

  it('says why a caller is in a share: rule, bucket, and which buckets are in', () => {
    expect(explained('checkout', { targetingKey: 'eve' }).split('\n')).toEqual([
      'checkout: on = true',
      'SPLIT: rule half drew bucket 989494637 of 4294967296, at 23.038 %',
      '  rule staff: does not hold',
      '  rule half: decides; bucket 989494637 of 4294967296, at 23.038 %, on is 0 to 50 %',
    ]);
  });

  it('says why a caller is not in a share, just the same', () => {
    expect(explained('checkout', { targetingKey: 'ada' }).split('\n')).toEqual([
      'checkout: off = false',
      'DEFAULT: no rule decided, so the default holds',
      '  rule staff: does not hold',
      '  rule half: holds, and does not take this caller; bucket 3134236347 of 4294967296, at 72.975 %, on is 0 to 50 %',
    ]);
  });

  it('says the bucket by which a caller is held out, or in a slot, and what was not asked then', () => {
    expect(explained('tested', { targetingKey: 'ada' }).split('\n').slice(1)).toEqual([
      'DEFAULT: the caller is held out by 2026',
      '  holdout 2026: bucket 2123283041 of 4294967296, at 49.437 %; held out is 0 to 50 %: in',
      "  group tests: bucket 4288838347 of 4294967296, at 99.857 %; the flag's slot is 0 to 50 %: not in",
    ]);
    expect(explained('tested', { targetingKey: 'eve' }).split('\n').slice(2)).toEqual([
      '  holdout 2026: bucket 3888029122 of 4294967296, at 90.525 %; held out is 0 to 50 %: not in',
      "  group tests: bucket 940143145 of 4294967296, at 21.889 %; the flag's slot is 0 to 50 %: in",
      '  rule rule-1: decides',
      '  rule rule-2: not asked',
    ]);
  });

  it.each([
    ['a condition that holds for want of the attribute, in a segment', 'away', 'on', 'country'],
    ['a cookie that is not there', 'fresh', 'on', 'cookie.seen'],
    ['the host, where any may be meant', 'here', 'off', 'host'],
    ['a country', 'local', 'off', 'country'],
    ['what a flag needs that this one needs', 'child', 'off', 'country'],
  ])('owns that the edge may decide otherwise: %s', (_, key, variant, attribute) => {
    const text = explained(key, {});
    expect(text).toContain(`${key}: ${variant} = `);
    expect(text).toContain(
      `Unknown here (${attribute}): the edge, which sees the caller, may decide otherwise.`,
    );
  });

  it('owns nothing where what the edge sees was not asked for, or is known', () => {
    expect(explained('early', { plan: 'staff' })).not.toContain('Unknown here');
    expect(explained('early', {})).toContain('Unknown here (country)');
    expect(explained('here', {}, undefined, 'shop.example')).toMatch(/^here: on = true\n(?!.*Unknown)/s);
  });

  it.each(['followed', 'asking'])('asks for the variant of the rollout where it matters: %s', key => {
    expect(explained(key, {})).toContain('say it with --variant');
    expect(explained(key, {}, 'stable')).not.toContain('--variant');
    expect(explained(key, {}, 'canary')).toContain(`${key}: on = true`);
  });

  it('says whose flags hold for a rollout that has none of its own', () => {
    expect(explained('stopped', {}, undefined, 'shop.example')).toContain(
      'shop.example has no flags of its own: these are the default ones.',
    );
  });

  it('has the generation that apps are told, however the document is laid out', () => {
    const compiled = compileFlags(TEXT);
    const { metadata } = explain(view, 'stopped', {
      rollout: 'default',
      context: {},
      variant: undefined,
      now: NOW,
    })!;
    expect(metadata['weir.generation']).toBe(compiled.ok && compiled.value.set.generation);
  });

  it('knows no other flags than the document', () => {
    const caller = { rollout: 'default', context: {}, variant: undefined, now: NOW };
    expect(explain(view, 'nope', caller)).toBeUndefined();
  });
});

describe('weir flags set', () => {
  const stored = {
    name: 'default',
    revision: 4,
    written: true,
    changed: 'checkout: changed',
    effects: [],
    flag: null,
  };
  const share = { percent: 25, variant: 'on', isScheduled: false };

  it('says who gets what, and that a flag which is off stays off', () => {
    const on = { ...stored, flag: { state: 'on', share } } as const;
    expect(changedText({ ...on, effects: ['It moves people.'] }, 'share')).toMatch(
      /KV\.\nIt moves people\.$/,
    );
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
