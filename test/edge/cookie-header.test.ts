import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cookieValue, withoutCookie } from '../../src/edge/cookie-header.ts';

describe('a Cookie header', () => {
  it.each([
    ['alone', 'x=1', null],
    ['alone among blanks and semicolons', ' ; x=1; ', ' ;'],
    ['first', 'x=1; a=2; b=3', 'a=2; b=3'],
    ['in between', 'a=2; x=1; b=3', 'a=2; b=3'],
    ['last', 'a=2; b=3; x=1', 'a=2; b=3'],
    ['several times', 'x=1; a=2; x=; b=3;x=4', 'a=2; b=3'],
    ['with a blank before the "="', 'a=2; x =1', 'a=2'],
    ['with "=" in its value', 'x=1=2; a="x=1"', 'a="x=1"'],
  ])('loses a cookie that stands %s', (_, header, rest) => {
    expect(withoutCookie(header, 'x')?.trim() ?? null).toBe(rest?.trim() ?? null);
  });

  it.each(['', 'ax=1', 'xa=1', 'X=1', 'a=x=1', 'x', 'a=1;; b', ' a=1 ;\tb=2 '])(
    'without that cookie stays as it is: %j',
    header => {
      expect(withoutCookie(header, 'x')).toBe(header);
    },
  );

  const header = fc
    .array(
      fc.oneof(
        fc.constantFrom('x=1', 'x=', ' x=2', 'x =3', 'x', 'a=x=1', 'xa=1', ''),
        fc.string({ unit: fc.constantFrom('x', 'a', '=', ';', ' ', '\t', '"'), maxLength: 6 }),
      ),
      { maxLength: 6 },
    )
    .map(pairs => pairs.join(';'));

  it('keeps every other pair, byte for byte and in order, and no cookie of that name', () => {
    const others = (text: string) =>
      text.split(';').filter(pair => !(pair.includes('=') && pair.split('=', 1)[0]?.trim() === 'x'));
    fc.assert(
      fc.property(header, text => {
        const rest = withoutCookie(text, 'x');
        expect(
          others(rest ?? '')
            .join(';')
            .trim(),
        ).toBe(others(text).join(';').trim());
        expect(cookieValue(rest ?? '', 'x')).toBeUndefined();
        expect(rest === null ? null : withoutCookie(rest, 'x')).toBe(rest);
      }),
    );
  });
});
