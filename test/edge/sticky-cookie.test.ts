import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cookieName,
  hasForeignCache,
  newVisitorId,
  readVisitor,
  setCookie,
  stampFor,
} from '../../src/edge/sticky-cookie.ts';
import { documentText, rolloutOf } from '../support/documents.ts';

const TODAY = 20_780;
const rollout = rolloutOf();
const [stable, canary] = rollout.variants as [(typeof rollout.variants)[0], (typeof rollout.variants)[0]];
const ID = 'abcDEF012-_x';

/** The cookie pair that Weir would set. */
function pair(variant = stable, changed = false, day = TODAY): string {
  return setCookie(rollout, false, ID, { variant, changed }, day).split(';')[0]!;
}

function read(header: string | null, today = TODAY) {
  return readVisitor(header, 'weir', today, 30);
}

describe('the cookie', () => {
  it.each([
    ['alone', pair()],
    ['after others', `a=1; b="x"; ${pair()}`],
    ['before others', `${pair()}; a=1`],
    ['without the space after the semicolon', `a=1;${pair()}`],
    ['with blanks around it', ` ${pair()} ; a=1`],
    ['after one whose name ends alike', `my-weir=zzz; xweir=1; ${pair()}`],
    ['after one whose value looks like it', `a=weir=${ID}.xx.1; ${pair()}`],
  ])('is found %s', (_, header) => {
    expect(read(header)?.id).toBe(ID);
  });

  it.each([
    ['no header', null],
    ['an empty header', ''],
    ['another cookie only', 'weird=1; we=2'],
    ['an empty value', 'weir='],
    ['a quoted value', `weir="${pair().slice(5)}"`],
    ['a short id', pair().replace(ID, ID.slice(1))],
    ['a long id', pair().replace(ID, `${ID}x`)],
    ['a character outside base64url', pair().replace(ID, 'abcDEF012+/x')],
    ['no day', pair().replace(String(TODAY), '')],
    ['a day that is no number', pair().replace(String(TODAY), '2o780')],
    ['a negative day', pair().replace(String(TODAY), '-1')],
    ['a day in the future', pair(stable, false, TODAY + 2)],
    ['a day longer ago than the maximum age', pair(stable, false, TODAY - 31)],
    ['a fourth part', `${pair()}.1`],
    ['a huge value', `weir=${'a'.repeat(16_000)}`],
    ['a variant instead of an id', 'weir=canary'],
    ['a malformed one first, a good one after', `weir=x; ${pair()}`],
  ])('means a new visitor with %s', (_, header) => {
    expect(read(header)).toBeUndefined();
  });

  it('counts the first of two', () => {
    expect(read(`${pair()}; ${pair().replace(ID, 'zzzzzzzzzzzz')}`)?.id).toBe(ID);
  });

  it('never throws, whatever the header', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map(text => `weir=${text}`),
        ),
        header => {
          read(header);
        },
      ),
    );
  });

  it('is read back as it was set', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 9 }), fc.boolean(), (random, changed) => {
        const id = newVisitorId(random);
        const header = setCookie(rollout, false, id, { variant: canary, changed }, TODAY).split(';')[0]!;
        expect(read(header)).toEqual({ id, mark: canary.mark, changed, day: TODAY });
      }),
    );
  });

  it('holds 72 random bits in twelve characters', () => {
    expect(newVisitorId(new Uint8Array(9).fill(255))).toBe('____________');
    expect(newVisitorId(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 1]))).toBe('AAAAAAAAAAAB');
  });

  it('is HttpOnly, for every path, as old as the document says, and Secure with the __Host- prefix on https', () => {
    const stamp = { variant: stable, changed: false };
    expect(setCookie(rollout, false, ID, stamp, TODAY)).toMatch(
      /^weir=\S+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(setCookie(rollout, true, ID, stamp, TODAY)).toMatch(
      /^__Host-weir=\S+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    const named = rolloutOf(
      documentText({ sticky: { cookie: { name: 'split', maxAge: '7d', sameSite: 'Strict' } } }),
    );
    expect(setCookie(named, false, ID, stamp, TODAY)).toMatch(
      /^split=\S+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(cookieName(named, true)).toBe('__Host-split');
  });

  it('does not hold the variant: its size and shape are the same for all', () => {
    expect(pair(stable).length).toBe(pair(canary).length);
    expect(pair(canary)).not.toContain('canary');
  });
});

describe('the cookie is set', () => {
  const visitor = (variant: typeof stable, day: number, changed = false) =>
    read(pair(variant, changed, day))!;

  it.each([
    ['when there is none', undefined, { variant: stable, changed: false }],
    ['not while it is of today', visitor(stable, TODAY), undefined],
    ['not while it is of yesterday', visitor(stable, TODAY - 1), undefined],
    ['when it is more than a day old', visitor(stable, TODAY - 2), { variant: stable, changed: false }],
    ['when the variant changed', visitor(canary, TODAY), { variant: stable, changed: true }],
  ])('%s', (_, before, stamp) => {
    expect(stampFor(before, stable, TODAY)).toEqual(stamp);
  });
});

describe('a visitor may hold foreign pages in a cache', () => {
  const foreign = (before: ReturnType<typeof read>, variant: typeof stable) =>
    hasForeignCache(before, stampFor(before, variant, TODAY), TODAY);

  it.each([
    ['when the variant changes with this request', read(pair(stable)), canary, true],
    ['when it changed today', read(pair(canary, true)), canary, true],
    ['when it changed yesterday', read(pair(canary, true, TODAY - 1)), canary, true],
    ['but not when it changed two days ago', read(pair(canary, true, TODAY - 2)), canary, false],
    ['but not when the cookie was only renewed today', read(pair(canary, false)), canary, false],
    ['when a visitor without a cookie is drawn the canary', undefined, canary, true],
    ['but not when they are drawn stable', undefined, stable, false],
  ])('%s', (_, before, variant, expected) => {
    expect(foreign(before, variant)).toBe(expected);
  });
});
