/** What a document or a client can make flags cost, and what they tell of each other. */
import { describe, expect, it } from 'vitest';
import { compileFlags } from '../../../src/core/flags/compile.ts';
import { changedText } from '../../../src/core/flags/change.ts';
import { Evaluator } from '../../../src/core/flags/evaluate.ts';
import type { Flag, FlagSet } from '../../../src/core/flags/flag.ts';
import { MAX_OFF, offListAfter, type FlagsOff } from '../../../src/core/flags/off-list.ts';
import { bulkAnswer, singleAnswer } from '../../../src/core/flags/ofrep.ts';
import { flagsView } from '../../../src/core/flags/view.ts';
import {
  boolean,
  compiledFlags,
  evaluated,
  flagSet,
  problemsOf,
  requestOf,
  told,
  user,
} from '../../support/flags.ts';

const numbered = (count: number, flag: (n: number) => object) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, flag(n)]));

describe('what a client sends', () => {
  const set = flagSet({
    listed: boolean({ rules: [{ if: { 'context.groups': 'staff' }, serve: 'on' }] }),
    drawn: boolean({ rules: [{ weights: { on: 100, off: 0 }, share: 99.999 }] }),
  });

  it('of a list the first sixteen entries are looked at, and no more', () => {
    const groups = (before: number) => ({
      context: { groups: [...Array.from({ length: before }, () => 'guests'), 'staff'] },
    });
    expect(told(set, 'listed', groups(15))).toBe('on TARGETING_MATCH');
    expect(told(set, 'listed', groups(16))).toBe('off DEFAULT');
    // Not even copied: whoever asks for entry 16 of this one throws.
    const long = new Proxy(new Array<string>(32_000).fill('guests'), {
      get: (list, at) => {
        if (Number(at) >= 16) throw new Error(`looked at ${String(at)}`);
        return Reflect.get(list, at) as unknown;
      },
    });
    expect(told(set, 'listed', { context: { groups: long } })).toBe('off DEFAULT');
  });

  it('a unit of more than 512 characters is none, and the answer says what one is', () => {
    expect(told(set, 'drawn', user('u'.repeat(512)))).toBe('on SPLIT');
    const evaluation = evaluated(set, 'drawn', user('u'.repeat(513)));
    expect(evaluation).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING', variant: { name: 'off' } });
    expect(evaluation.errorDetails).toContain('1 to 512 characters');
  });
});

describe('what a document says', () => {
  it('draws count among what one request may take', () => {
    const rules = (more: object) =>
      boolean({
        rules: Array.from({ length: 100 }, (_, n) => ({
          name: `r${n}`,
          if: { 'context.a': 1 },
          serve: 'on',
          ...more,
        })),
      });
    expect(problemsOf(numbered(39, () => rules({})))).toEqual([]);
    expect(problemsOf(numbered(39, () => rules({ share: 1 })))[0]?.message).toMatch(/20 ms that are allowed/);
  });

  it('a segment is compiled once, however many segments and flags refer to it', () => {
    const set = flagSet({
      $segments: { base: { country: ['NZ', 'AU'] }, a: { segment: 'base' }, b: { segment: 'base' } },
      a: boolean({ rules: [{ if: { segment: 'a' }, serve: 'on' }] }),
      b: boolean({ rules: [{ if: { segment: 'b' }, serve: 'on' }] }),
    });
    const [a, b] = set.flags as Flag[];
    expect(a!.rules[0]!.holds).toBe(b!.rules[0]!.holds);
    expect(told(set, 'b', { edge: { country: 'AU' } })).toBe('on TARGETING_MATCH');
  });

  it('a malformed segment or origin costs no other', () => {
    const { set, problems } = compiledFlags({
      $segments: { 'bad\nname': { country: 'NZ' }, good: { country: 'NZ' } },
      $origins: ['https://app.example', 'app.example'],
      f: boolean({ rules: [{ if: { segment: 'good' }, serve: 'on' }] }),
    });
    expect(problems.map(({ path }) => path)).toEqual(['$.$segments["bad\\nname"]', '$.$origins[1]']);
    expect(told(set, 'f', { edge: { country: 'NZ' } })).toBe('on TARGETING_MATCH');
    expect(set.origins).toEqual(['https://app.example']);
  });

  it('a flag can be removed from one that takes too long, whatever it is that takes it', () => {
    const slow = boolean({
      rules: [{ if: { 'context.t': { matches: '(a|b|c|d|e)+(f|g|h|i|j)+(k|l|m|n|o)+$' } }, serve: 'on' }],
    });
    const text = JSON.stringify({ harmless: boolean(), ...numbered(60, () => slow) });
    expect(compileFlags(text)).toMatchObject({ ok: true });
    expect(problemsOf(JSON.parse(text))).not.toEqual([]);
    expect(changedText(text, { kind: 'remove', key: 'harmless' })).toMatchObject({ ok: true });
  });

  it('each of its flags shows its own problems, whatever it is called', () => {
    const document = { 'a.b': { type: 'boolean' }, a: boolean({ nonsense: 1 }), ab: boolean(), $nonsense: 1 };
    const kept = { text: JSON.stringify(document), by: 'ops', at: 0, written: true };
    const view = flagsView(
      'shop',
      { revision: 1, kept, changes: {} } as Parameters<typeof flagsView>[1],
      [],
      0,
    );
    const paths = view.flags.map(({ key, problems }) => [key, problems.map(({ path }) => path)]);
    expect(paths).toEqual([
      ['a.b', ['$["a.b"].variants']],
      ['a', ['$.a.nonsense']],
      ['ab', []],
    ]);
    expect(view.problems.map(({ path }) => path)).toEqual(['$.$nonsense']);
  });
});

it('the list of what was switched off forgets the oldest first, whatever flags are called', () => {
  const off = boolean({ enabled: false });
  let list: FlagsOff = { rollout: 'shop', sequence: 0, flags: {} };
  let document: Record<string, object> = Object.fromEntries(
    ['2027', ...Array.from({ length: MAX_OFF }, (_, n) => `flag-${n}`)].map(key => [key, boolean()]),
  );
  const keys = [...Array.from({ length: MAX_OFF }, (_, n) => `flag-${n}`), '2027'];
  for (const [n, key] of keys.entries()) {
    const after = { ...document, [key]: off };
    list = offListAfter(list, document, after, { revision: n + 1, sequence: n + 1 });
    document = after;
  }
  expect(Object.keys(list.flags)).toHaveLength(MAX_OFF);
  expect(list.flags).toHaveProperty('2027');
  expect(list.flags).not.toHaveProperty('flag-0');
});

describe('whoever may not see every flag', () => {
  const { set } = compiledFlags({
    'secret-merger': boolean(),
    banner: boolean({ client: true, prerequisites: { 'secret-merger': 'on' } }),
    first: boolean({ group: { name: 'g', slot: [0, 60] } }),
    second: boolean({ client: true, group: { name: 'g', slot: [50, 100] } }),
  });
  const asking = (seesAll: boolean) => {
    const evaluator = new Evaluator(set, requestOf(user('u')));
    const isSeen = ({ client }: FlagSet['flags'][number]) => seesAll || client;
    return [
      bulkAnswer(evaluator.all(isSeen), set, seesAll).body,
      singleAnswer(evaluator.evaluate('second'), set, seesAll).body,
    ].join();
  };

  it('is told no name of another flag, neither as a prerequisite nor in what is wrong', () => {
    expect(asking(true)).toMatch(/"weir.prerequisite":"secret-merger".*overlaps with the slot of flag/);
    expect(asking(false)).not.toMatch(/secret-merger|first/);
    expect(asking(false)).toContain('"errorDetails":"the flag is malformed"');
  });
});
