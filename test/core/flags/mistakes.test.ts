import { describe, expect, it } from 'vitest';
import { compileFlags } from '../../../src/core/flags/compile.ts';
import { boolean, compiledFlags, problemsOf, told, user } from '../../support/flags.ts';

/** Path and the beginning of the message. */
function found(document: unknown): string[] {
  return problemsOf(document).map(({ path, message }) => `${path}: ${message}`);
}

describe('a document', () => {
  it.each(['', '{"a":', '[]', 'null', '"flags"', '{"__proto__": {}}'])('%j is refused as a whole', text => {
    expect(compileFlags(text)).toMatchObject({ ok: false, error: [{ path: '$' }] });
  });

  it('that is empty has no flags and nothing wrong with it', () => {
    expect(problemsOf({ $schema: './schema/flags.schema.json' })).toEqual([]);
  });

  it('has settings that are each taken by itself', () => {
    const { set, problems } = compiledFlags({
      $public: 'yes',
      $origins: ['https://app.example.com'],
      $unit: true,
      $typo: 1,
      f: boolean(),
    });
    expect(problems.map(({ path }) => path)).toEqual(['$.$public', '$.$typo']);
    expect(set).toMatchObject({ isPublic: false, origins: ['https://app.example.com'], sendsUnit: true });
    expect(told(set, 'f')).toBe('off STATIC');
  });
});

describe('one malformed flag', () => {
  const flags = Object.fromEntries(
    Array.from({ length: 25 }, (_, n) => [`good-${n}`, boolean({ default: 'on' })]),
  );
  const broken = { type: 'boolean', variants: { on: true, off: 'no' }, client: true };

  it('answers PARSE_ERROR, and the other 25 go on', () => {
    const { set, problems } = compiledFlags({ broken, ...flags });
    expect(told(set, 'broken', user('u'))).toBe('- PARSE_ERROR');
    for (const key of Object.keys(flags)) expect(told(set, key)).toBe('on STATIC');
    expect(problems).toEqual([
      {
        path: '$.broken.variants.off',
        message: `expected true or false, as the flag's type is boolean, got "no"`,
      },
    ]);
  });

  it('is still for browsers or not', () => {
    const { set } = compiledFlags({ broken, secret: { ...broken, client: 'yes' } });
    expect(set.flags.map(({ kind, client }) => `${kind} ${client}`)).toEqual(['broken true', 'broken false']);
  });

  it('with a key that nobody knows goes on without it, but a rule does not: it could lack its condition', () => {
    const { set, problems } = compiledFlags({
      f: boolean({ owner: 'web', default: 'on' }),
      g: boolean({ rules: [{ iff: { country: 'NZ' }, serve: 'on' }] }),
    });
    expect(problems.map(({ path }) => path)).toEqual(['$.f.owner', '$.g.rules[0]']);
    expect(told(set, 'f')).toBe('on STATIC');
    expect(told(set, 'g')).toBe('- PARSE_ERROR');
  });
});

describe('what is refused, and where', () => {
  it.each([
    ['no object', true, '$.f: Invalid input: expected object, received boolean'],
    [
      'a default that is no variant',
      boolean({ default: 'yes' }),
      '$.f.default: no such variant "yes"; expected one of: "on", "off"',
    ],
    [
      'a rule that serves none',
      boolean({ rules: [{ serve: 'x' }] }),
      '$.f.rules[0].serve: no such variant "x"',
    ],
    [
      'a rule that says nothing',
      boolean({ rules: [{}] }),
      '$.f.rules[0]: expected either "serve" or "weights"',
    ],
    [
      'weights beyond 100',
      boolean({ rules: [{ weights: { on: 60, off: 41 } }] }),
      '$.f.rules[0].weights: the weights add up to 101',
    ],
    [
      'finer than a thousandth',
      boolean({ rules: [{ weights: { on: 0.0001 } }] }),
      '$.f.rules[0].weights.on: expected at most three decimals',
    ],
    [
      'an unknown attribute',
      boolean({ rules: [{ if: { plan: 'pro' }, serve: 'on' }] }),
      '$.f.rules[0].if.plan: no such attribute; expected one of',
    ],
    [
      'a broken pattern',
      boolean({ rules: [{ if: { 'context.a': { matches: '(' } }, serve: 'on' }] }),
      '$.f.rules[0].if["context.a"].matches: no regular expression',
    ],
    [
      'share and schedule',
      boolean({ rules: [{ serve: 'on', share: 1, schedule: [{ at: '2026-01-01', share: 2 }] }] }),
      '$.f.rules[0].share: expected either',
    ],
    [
      'steps out of order',
      boolean({
        rules: [
          {
            serve: 'on',
            schedule: [
              { at: '2026-01-02', share: 1 },
              { at: '2026-01-01', share: 2 },
            ],
          },
        ],
      }),
      '$.f.rules[0].schedule[1].at: expected a later time',
    ],
    [
      'following beside rules',
      boolean({ follows: 'canary', rules: [{ serve: 'on' }] }),
      '$.f.rules: a flag that follows',
    ],
    [
      'following with text',
      { type: 'string', variants: { a: 'a' }, follows: 'canary' },
      '$.f.follows: expected a boolean flag',
    ],
    [
      'an integer with a fraction',
      { type: 'integer', variants: { a: 1.5 } },
      '$.f.variants.a: expected a whole number',
    ],
    ['a list as an object', { type: 'object', variants: { a: [] } }, '$.f.variants.a: expected an object'],
    [
      'metadata of ours',
      boolean({ metadata: { 'weir.rule': 'x' } }),
      '$.f.metadata["weir.rule"]: expected a name',
    ],
  ])('%s', (_, flag, expected) => {
    expect(found({ f: flag })[0]).toMatch(new RegExp(`^${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
    expect(told(compiledFlags({ f: flag }).set, 'f')).toBe('- PARSE_ERROR');
  });

  it('a key that could not stand in the header, if the origin is to have it', () => {
    expect(found({ 'New-Checkout': boolean({ origin: true }) })[0]).toMatch(
      /^\$\["New-Checkout"\]\.origin: /,
    );
    expect(found({ 'new/checkout': boolean() })[0]).toMatch(/^\$\["new\/checkout"\]: expected a flag/);
  });

  it('a second draw of whom the first left over, unless it draws by itself', () => {
    const rules = (first: object, second: object) => ({ f: boolean({ rules: [first, second] }) });
    const nz = { if: { country: 'NZ' }, weights: { on: 10 } };
    expect(found(rules(nz, { serve: 'on', share: 50 }))[0]).toMatch(
      /^\$\.f\.rules\[1\]\.name: whom "rule-1" leaves over would be drawn again with the same salt/,
    );
    expect(found(rules(nz, { name: 'half', serve: 'on', share: 50 }))).toEqual([]);
    expect(found(rules({ ...nz, weights: { on: 10, off: 90 } }, { serve: 'on', share: 50 }))).toEqual([]);
    expect(found(rules({ ...nz, by: 'company' }, { serve: 'on', share: 50 }))).toEqual([]);
  });
});

describe('flags that ask for each other', () => {
  const asking = (key: string) => boolean({ default: 'on', prerequisites: { [key]: 'on' } });

  it('in a circle are malformed, those that only lead there are off, and all others go on', () => {
    const { set, problems } = compiledFlags({
      a: asking('b'),
      b: boolean({ rules: [{ if: { 'flag.c': 'on' }, serve: 'on' }] }),
      c: boolean({ rules: [{ if: { segment: 's' }, serve: 'on' }] }),
      $segments: { s: { 'flag.a': 'on' } },
      leads: asking('a'),
      self: asking('self'),
      other: boolean(),
    });
    expect(['a', 'b', 'c', 'self'].map(key => told(set, key))).toEqual(new Array(4).fill('- PARSE_ERROR'));
    expect([told(set, 'leads'), told(set, 'other')]).toEqual(['off DEFAULT', 'off STATIC']);
    expect(problems[0]).toEqual({
      path: '$.a',
      message: 'flags ask for each other in a circle: a → b → c → a',
    });
  });

  it('but are not there leave the flag off, and are told', () => {
    const { set, problems } = compiledFlags({
      child: asking('gone'),
      shy: boolean({ prerequisites: { child: 'blue' } }),
    });
    expect([told(set, 'child'), told(set, 'shy')]).toEqual(['off DEFAULT', 'off DEFAULT']);
    expect(problems.map(({ message }) => message)).toEqual([
      'asks for flag "gone", which the document does not have',
      'flag "child" has no variant "blue"',
    ]);
  });

  it('in a long row are refused before they could cost the stack', () => {
    const row = Object.fromEntries(Array.from({ length: 999 }, (_, n) => [`f${n}`, asking(`f${n + 1}`)]));
    const { set } = compiledFlags({ ...row, f999: boolean({ default: 'on' }) });
    expect(told(set, 'f0')).toBe('- PARSE_ERROR');
    expect(told(set, 'f990')).toBe('on DEFAULT');
  });
});

describe('what is shared', () => {
  it('is bounded: slots of a group that meet, units of two sorts in one group', () => {
    const slot = (from: number, to: number, more = {}) =>
      boolean({ group: { name: 'g', slot: [from, to] }, ...more });
    expect(found({ a: slot(0, 50), b: slot(50, 100) })).toEqual([]);
    const { set, problems } = compiledFlags({ a: slot(0, 50), b: slot(49.999, 100) });
    expect(problems[0]?.message).toMatch(/^overlaps with the slot of flag "a"/);
    expect([told(set, 'a', user('u')), told(set, 'b', user('u'))]).toEqual(['off DEFAULT', '- PARSE_ERROR']);
    expect(found({ a: slot(0, 50), b: slot(50, 100, { by: 'company' }) })[0]).toMatch(/they could meet$/);
  });

  it('a malformed segment costs only the flags that use it', () => {
    const { set, problems } = compiledFlags({
      $segments: { a: { segment: 'b' }, b: { segment: 'a' }, c: { country: 'NZ' } },
      bad: boolean({ rules: [{ if: { segment: 'a' }, serve: 'on' }] }),
      good: boolean({ rules: [{ if: { segment: 'c' }, serve: 'on' }] }),
    });
    expect(told(set, 'bad')).toBe('- PARSE_ERROR');
    expect(told(set, 'good', { edge: { country: 'NZ' } })).toBe('on TARGETING_MATCH');
    expect(problems.map(({ path }) => path)).toContain('$.bad.rules[0].if.segment');
  });

  it('experiments: the ninth is no experiment, and says so', () => {
    const flags = Array.from({ length: 9 }, (_, n) => [`e${n}`, boolean({ experiment: true })]);
    const { set, problems } = compiledFlags(Object.fromEntries(flags));
    expect(problems.map(({ path }) => path)).toEqual(['$.e8.experiment']);
    expect(set.flags.filter(flag => flag.kind === 'flag' && flag.experiment)).toHaveLength(8);
    expect(told(set, 'e8')).toBe('off STATIC');
  });

  it('experiments: those that could never compare anything say so, and the flag goes on', () => {
    const { set, problems } = compiledFlags({
      mine: boolean({ experiment: true, by: 'company', default: 'on' }),
      same: boolean({ experiment: true, follows: 'canary' }),
      lone: { type: 'boolean', variants: { on: true }, experiment: true, rules: [{ serve: 'on' }] },
    });
    expect(problems.map(({ path }) => path)).toEqual([
      '$.mine.experiment',
      '$.same.experiment',
      '$.lone.experiment',
    ]);
    expect([told(set, 'mine'), told(set, 'lone')]).toEqual(['on STATIC', 'on STATIC']);
  });

  it('time: flags beyond what one request may take are malformed', () => {
    const slow = { 'context.text': { matches: '(a|b|c|d|e)+(f|g|h|i|j)+(k|l|m|n|o)+$' } };
    const flags = Array.from({ length: 60 }, (_, n) => [
      `p${n}`,
      boolean({ rules: [{ if: slow, serve: 'on' }] }),
    ]);
    const { set, problems } = compiledFlags(Object.fromEntries(flags));
    expect(problems[0]?.message).toMatch(/are allowed; patterns cost most$/);
    expect(told(set, 'p0')).toBe('off DEFAULT');
    expect(told(set, 'p59')).toBe('- PARSE_ERROR');
  });
});
