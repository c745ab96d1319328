import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { preferredLanguage } from '../../src/core/rollout/conditions/language.ts';

describe('the language wanted most', () => {
  it.each([
    ['mi', 'mi'],
    ['en-NZ,en;q=0.9,mi;q=0.8', 'en-NZ'],
    ['de-CH, de;q=0.9, en;q=0.8, *;q=0.5', 'de-CH'],
    ['en;q=0.8, mi;q=0.9', 'mi'],
    ['en;q=0.5, mi;q=0.5', 'en'],
    ['en;q=0.5, mi', 'mi'],
    ['en;q=0.123, mi;q=0.124', 'mi'],
    ['en;q=1.000, mi', 'en'],
    ['en;q=0., mi;q=0.1', 'mi'],
    ['en;Q=0.3, mi;Q=0.7', 'mi'],
    ['en \t; q=0.3 ,\tmi ;\tq=0.7 ', 'mi'],
    [', ,en', 'en'],
    ['*, mi;q=0.1', 'mi'],
  ])('in %j is %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });

  it.each([
    [undefined],
    [null],
    [''],
    [' '],
    [','],
    ['*'],
    ['*;q=0.5'],
    ['en;q=0'],
    ['en;q=0.000, mi;q=0'],
    ['*, en;q=0'],
  ])('in %j is none', header => {
    expect(preferredLanguage(header)).toBeUndefined();
  });

  it.each([
    'en;q=1.001',
    'en;q=1.1',
    'en;q=2',
    'en;q=-1',
    'en;q=0.1234',
    'en;q=.5',
    'en;q=',
    'en;q',
    'en;',
    'en;q=1e0',
    'en;q=0,5',
    'en;q="1"',
    'en;q =1',
    'en;q=1;level=1',
    'en;level=1',
    'en_US',
    'e',
    'englishlanguage',
    'en-',
    '-en',
    'en--US',
    'en-a',
    'en-US-US',
    'x',
    'x-',
    'en-*',
    'en US',
    'é',
    '日本語',
    '<script>',
    '../../etc',
  ])('is not read from the malformed %j', entry => {
    expect(preferredLanguage(`${entry}, mi;q=0.001`)).toBe('mi');
  });

  it.each([
    ['EN-nz', 'en-NZ'],
    ['ZH-hant-tw', 'zh-Hant-TW'],
    ['zh-HANS', 'zh-Hans'],
    ['es-419', 'es-419'],
    ['en-ca-x-ca', 'en-CA-x-ca'],
    ['SGN-be-fr', 'sgn-BE-FR'],
    ['AZ-latn-X-LATN', 'az-Latn-x-latn'],
    ['DE-ch-1996', 'de-CH-1996'],
    ['sl-ROZAJ-biske', 'sl-rozaj-biske'],
    ['zh-CMN-hans-cn', 'zh-cmn-Hans-CN'],
    ['en-us-U-CA-buddhist-CO-phonebk', 'en-US-u-ca-buddhist-co-phonebk'],
    ['X-Whatever', 'x-whatever'],
    ['I-KLINGON', 'i-klingon'],
    ['EN-gb-OED', 'en-GB-oed'],
    ['ART-lojban', 'art-lojban'],
  ])('%s is written %s', (sent, normal) => {
    expect(preferredLanguage(sent)).toBe(normal);
  });

  it('is looked for in 1,024 characters, never in half an entry', () => {
    const blanks = (count: number) => ' '.repeat(count);
    expect(preferredLanguage(`${blanks(1016)}en;q=0.1,mi`)).toBe('en');
    expect(preferredLanguage(`${blanks(1017)}en;q=0.1,mi`)).toBeUndefined();
    expect(preferredLanguage(`en;q=0.1,${blanks(1013)}mi`)).toBe('mi');
    expect(preferredLanguage(`en;q=0.1,${blanks(1014)}mi`)).toBe('en');
    expect(preferredLanguage('a'.repeat(100_000))).toBeUndefined();
  });

  it('is looked for in 32 entries', () => {
    expect(preferredLanguage(`${'*,'.repeat(31)}mi`)).toBe('mi');
    expect(preferredLanguage(`${'*,'.repeat(32)}mi`)).toBeUndefined();
  });
});

describe('for any header', () => {
  const piece = fc.oneof(
    fc.constantFrom('en', 'mi', 'de-CH', 'zh-Hant', '*', ';q=', '0.5', '1', '0', ',', ';', '-', ' ', 'x'),
    fc.string({ maxLength: 3 }),
  );
  const header = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map(pieces => pieces.join('')),
  );

  it('there is an answer, always the same, that is a tag written as tags are', () => {
    fc.assert(
      fc.property(header, text => {
        const language = preferredLanguage(text);
        expect(preferredLanguage(text)).toBe(language);
        if (language === undefined) return;
        expect(language).toMatch(/^[a-z]{1,8}(-[A-Za-z0-9]{1,8})*$/);
        expect(preferredLanguage(language)).toBe(language);
      }),
      { numRuns: 2000 },
    );
  });

  it('the order of entries with different weights does not matter', () => {
    const weights = fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(weights, fc.nat(), (thousandths, turn) => {
        const entries = thousandths.map(q => `${languageOf(q)};q=${(q / 1000).toFixed(3)}`);
        const at = turn % entries.length;
        const turned = [...entries.slice(at), ...entries.slice(0, at)];
        expect(preferredLanguage(turned.join(','))).toBe(languageOf(Math.max(...thousandths)));
      }),
    );
  });
});

/** A tag of its own for every number below 1,000. */
function languageOf(number: number): string {
  return `en-x-${number}`;
}
