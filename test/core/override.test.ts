import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageToSign, parseToken, tokenText } from '../../src/core/rollout/override.ts';
import {
  linkPathProblem,
  mayHoldOverride,
  overrideValue,
  withOverride,
  withoutOverride,
} from '../../src/core/rollout/override-path.ts';

const SIGNATURE = `${'aB3-_'.repeat(8)}xyA`;

describe('a token', () => {
  it('is variant, expiry and signature, and nothing else has its spelling', () => {
    const text = `canary-b.1800000000.${SIGNATURE}`;
    const token = parseToken(text)!;
    expect(token).toEqual({ variant: 'canary-b', expiry: 1_800_000_000, signature: SIGNATURE });
    expect(tokenText(token)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['the word that ends an override', 'off'],
    ['two parts', `canary.${SIGNATURE}`],
    ['four parts', `canary.1800000000.${SIGNATURE}.x`],
    ['no variant', `.1800000000.${SIGNATURE}`],
    ['an upper-case variant', `Canary.1800000000.${SIGNATURE}`],
    ['a variant of 33 characters', `${'c'.repeat(33)}.1800000000.${SIGNATURE}`],
    ['a variant with a line break', `canary\n.1800000000.${SIGNATURE}`],
    ['an expiry with a leading zero', `canary.01800000000.${SIGNATURE}`],
    ['a signed expiry', `canary.+1800000000.${SIGNATURE}`],
    ['an expiry in exponents', `canary.18e8.${SIGNATURE}`],
    ['a fraction of a second', `canary.1.5.${SIGNATURE}`],
    ['an expiry of thirteen digits', `canary.1800000000000.${SIGNATURE}`],
    ['a signature a character short', `canary.1800000000.${SIGNATURE.slice(1)}`],
    ['a signature a character long', `canary.1800000000.A${SIGNATURE}`],
    ['padding', `canary.1800000000.${SIGNATURE}=`],
    ['plain base64', `canary.1800000000.${SIGNATURE.replaceAll('-', '+')}`],
    ['bits beyond the 256th', `canary.1800000000.${SIGNATURE.slice(0, -1)}B`],
    ['blanks around it', ` canary.1800000000.${SIGNATURE} `],
    ['a huge text', '.'.repeat(1_000_000)],
  ])('is not %s', (_, text) => {
    expect(parseToken(text)).toBeUndefined();
  });

  it('is read without ever throwing, and has one spelling only', () => {
    const nearly = fc
      .tuple(fc.string(), fc.oneof(fc.string(), fc.nat().map(String)), fc.base64String())
      .map(parts => parts.join('.'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly), text => {
        const token = parseToken(text);
        expect(token === undefined ? text : tokenText(token)).toBe(text);
      }),
    );
  });

  it('signs a message of its own for every rollout, variant and expiry', () => {
    const variant = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/);
    const signed = fc.tuple(fc.stringMatching(/^[a-z0-9.-]{1,253}$/), variant, fc.nat());
    fc.assert(
      fc.property(signed, signed, (a, b) => {
        expect(messageToSign(...a) === messageToSign(...b)).toBe(String(a) === String(b));
      }),
    );
    expect(messageToSign('a', 'b', 12)).not.toBe(messageToSign('a', 'b1', 2));
  });
});

describe('the parameter', () => {
  it.each([
    ['alone', '/a?weir=x', 'x', '/a'],
    ['first', '/a?weir=x&b=1', 'x', '/a?b=1'],
    ['last', '/a?b=1&weir=x', 'x', '/a?b=1'],
    ['in between', '/a?b=1&weir=x&c', 'x', '/a?b=1&c'],
    ['twice', '/a?weir=x&b&weir=y', 'x', '/a?b'],
    ['without a value', '/a?weir', '', '/a'],
    ['with "=" in its value', '/a?weir=x=y', 'x=y', '/a'],
    ['with an encoded name', '/a?%77eir=x&b', 'x', '/a?b'],
    ['with a name encoded throughout', '/a?b&%77%65%69%72=x', 'x', '/a?b'],
    ['with an encoded value', '/a?weir=canary%2e1', 'canary.1', '/a'],
    ['before a fragment', '/a?weir=x#top?weir=y', 'x', '/a#top?weir=y'],
    ['after an empty one', '/a?&weir=x', 'x', '/a?'],
    ['between strange bytes', '/ö%zz?a=%&weir=%zz&ü=+%20', '%zz', '/ö%zz?a=%&ü=+%20'],
  ])('is found and removed %s', (_, path, value, clean) => {
    expect([overrideValue(path), withoutOverride(path)]).toEqual([value, clean]);
  });

  it.each([
    ['no query', '/a'],
    ['an empty query', '/a?'],
    ['a name that ends alike', '/a?xweir=1'],
    ['a name that begins alike', '/a?weird=1'],
    ['another case', '/a?Weir=1'],
    ['a value', '/a?b=weir'],
    ['a value that looks like it', '/a?b=?weir=1'],
    ['an encoded "&" before it', '/a?b=1%26weir=1'],
    ['an encoded "=" in it', '/a?weir%3Dx'],
    ['a name encoded twice', '/a?%2577eir=1'],
    ['a path', '/weir=1'],
    ['a path with an encoded "?"', '/a%3Fweir=1?b'],
    ['a fragment', '/a#?weir=1'],
    ['broken encoding', '/a?%7=1&%zz=2&%=3'],
  ])('is not seen in %s', (_, path) => {
    expect([overrideValue(path), withoutOverride(path)]).toEqual([undefined, path]);
  });

  const byte = fc.constantFrom(...Array.from('weir=&%?#/.7695+2aö'));
  const piece = fc.oneof(
    fc.constantFrom('weir', 'weir=', '%77eir=x', 'w%65ir', 'weird=1', 'a=b', ''),
    fc.string({ unit: byte, maxLength: 8 }),
  );
  const path = fc
    .array(piece, { maxLength: 6 })
    .chain(pieces => fc.constantFrom('/?', '/a?', '/', '/a?b#').map(start => start + pieces.join('&')));

  it('once removed is gone, and removing it again changes nothing', () => {
    fc.assert(
      fc.property(path, text => {
        const clean = withoutOverride(text);
        expect([overrideValue(clean), withoutOverride(clean)]).toEqual([undefined, clean]);
      }),
    );
  });

  it('leaves what a form reader sees of the others, in order', () => {
    const seen = (text: string) =>
      [...new URL(`http://x${text}`).searchParams].filter(([name]) => name !== 'weir');
    fc.assert(
      fc.property(path, text => {
        expect(seen(withoutOverride(text))).toEqual(seen(text));
      }),
    );
  });

  it('is there exactly if a form reader sees it', () => {
    fc.assert(
      fc.property(path, text => {
        const isThere = new URL(`http://x${text}`).searchParams.has('weir');
        expect(overrideValue(text) !== undefined).toBe(isThere);
        if (isThere) expect(mayHoldOverride(text)).toBe(true);
      }),
    );
  });

  it('once added can be read, and once removed has left every byte as it was', () => {
    fc.assert(
      fc.property(path, text => {
        const bare = withoutOverride(text);
        const linked = withOverride(bare, 'canary.1.x');
        expect([overrideValue(linked), withoutOverride(linked)]).toEqual(['canary.1.x', bare]);
      }),
    );
  });
});

describe('a link', () => {
  it.each(['/', '/a/b?c=d&e', '/a?', '/a#/route?x', '/%C3%B6', `/${'a'.repeat(2047)}`])(
    'can lead to %s',
    path => {
      expect(linkPathProblem(path)).toBeUndefined();
    },
  );

  it.each([
    ['nothing', '', 'starts with one "/"'],
    ['a relative path', 'a', 'starts with one "/"'],
    ['another host', '//evil.example/', 'starts with one "/"'],
    ['a whole URL', 'https://evil.example/', 'starts with one "/"'],
    ['a backslash that browsers take for a slash', '/\\evil.example', 'percent-encode'],
    ['a tab that browsers drop', '/\t/evil.example', 'percent-encode'],
    ['a line break', '/a\r\nset-cookie: x', 'percent-encode'],
    ['a blank', '/a b', 'percent-encode'],
    ['letters that a URL has to encode', '/ö', 'percent-encode'],
    ['an override already', '/a?%77eir=off', 'no parameter "weir"'],
    ['2049 characters', `/${'a'.repeat(2048)}`, 'at most 2048'],
  ])('cannot lead to %s', (_, path, problem) => {
    expect(linkPathProblem(path)).toContain(problem);
  });
});
