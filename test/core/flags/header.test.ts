import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../../../src/core/flags/evaluate.ts';
import type { FlagSet } from '../../../src/core/flags/flag.ts';
import { flagsHeader } from '../../../src/core/flags/header.ts';
import { boolean, compiledFlags, flagSet, requestOf, user, type Caller } from '../../support/flags.ts';

function headerOf(set: FlagSet, caller: Caller = user('visitor')): string | undefined {
  return flagsHeader(new Evaluator(set, requestOf(caller)), set);
}

const theme = { type: 'string', variants: { Blue: 'b', 'light.blue': 'l' }, default: 'Blue', origin: true };

describe('x-weir-flags', () => {
  it('is a dictionary of the variants of the flags for the origin, and of no others', () => {
    const set = flagSet({
      'new-checkout': boolean({ origin: true, default: 'on' }),
      secret: boolean({ default: 'on', client: true }),
      theme,
    });
    expect(headerOf(set)).toBe('new-checkout=on, theme=Blue');
  });

  it('is not there when there is nothing to say', () => {
    expect(headerOf(flagSet({}))).toBeUndefined();
    expect(headerOf(flagSet({ f: boolean({ client: true }) }))).toBeUndefined();
    expect(headerOf(flagSet({ f: { type: 'string', variants: { a: 'a' }, origin: true } }))).toBeUndefined();
  });

  it('has the default of a flag whose unit is missing, and nothing of a malformed one', () => {
    const { set } = compiledFlags({
      drawn: boolean({ origin: true, rules: [{ serve: 'on', share: 50 }] }),
      broken: { type: 'boolean', origin: true },
    });
    expect(headerOf(set, {})).toBe('drawn=off');
  });

  it('never grows beyond 4 KB: flags that might not fit are left out and told', () => {
    const flags = Array.from({ length: 100 }, (_, n) => [`flag-${String(n).padStart(60, '0')}`, theme]);
    const { set, problems } = compiledFlags(Object.fromEntries(flags));
    expect(headerOf(set)!.length).toBeLessThanOrEqual(4096);
    expect(headerOf(set)!.split(', ')).toHaveLength(set.forOrigin.length);
    expect(problems).toHaveLength(100 - set.forOrigin.length);
    expect(problems[0]!.message).toContain('this flag is not in it');
  });

  it('is what RFC 9651 lets a dictionary be, whatever flags and variants are called', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', '.', '_', '-', '*', ' ', 'é'),
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.dictionary(name, name), names => {
        const document = Object.fromEntries(
          Object.entries(names).map(([key, variant]) => [
            key,
            { type: 'boolean', variants: { [variant]: true }, default: variant, origin: true },
          ]),
        );
        const header = headerOf(compiledFlags(document).set);
        if (header !== undefined) expect(header).toMatch(DICTIONARY);
      }),
    );
  });
});

/** RFC 9651, sections 3.1.2, 3.2 and 3.3.4: members with a token each. */
const MEMBER = "[a-z*][a-z0-9_.*-]*=[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*";
const DICTIONARY = new RegExp(`^${MEMBER}(?:, ${MEMBER})*$`);
