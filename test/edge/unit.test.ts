import { describe, expect, it } from 'vitest';
import { unitOf, type Unit } from '../../src/edge/unit.ts';
import { documentText, rolloutOf } from '../support/documents.ts';

const visitor = { id: 'AAAAAAAAAAAA', mark: 0, changed: false, day: 20_000 };
const ids = { newVisitor: () => 'newvisitor00' };

interface Case {
  readonly sticky?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ip?: string | null;
  readonly hasCookie?: boolean;
}

function unit({ sticky = {}, headers = {}, ip = '192.0.2.7', hasCookie = false }: Case): Unit {
  const request = new Request('http://x/', { headers });
  return unitOf(request, rolloutOf(documentText({ sticky })), hasCookie ? visitor : undefined, ip, ids);
}

const SIGNED_IN = { 'x-user': 'u-1' };
const BOT = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' };
const PREFETCH = { 'sec-purpose': 'prefetch' };

describe('who a request comes from', () => {
  it.each<[string, Case, Partial<Unit>]>([
    ['the cookie', { hasCookie: true }, { text: visitor.id, cookieId: visitor.id, isNew: false }],
    ['a new visitor without one', {}, { text: 'newvisitor00', cookieId: 'newvisitor00', isNew: true }],
    ['nobody for a bot without one', { headers: BOT }, { text: undefined, cookieId: undefined }],
    ['nobody for a prefetch without one', { headers: PREFETCH }, { text: undefined }],
    ['the cookie of a prefetch', { headers: PREFETCH, hasCookie: true }, { text: visitor.id }],
    ['nobody, told so', { sticky: { fallback: 'stable' } }, { text: undefined, cookieId: undefined }],
    ['the cookie all the same', { sticky: { fallback: 'stable' }, hasCookie: true }, { text: visitor.id }],
    [
      'a header',
      { sticky: { by: 'header:X-User' }, headers: SIGNED_IN },
      { text: 'header:x-user:u-1', cookieId: undefined },
    ],
    [
      'a header, not the cookie beside it',
      { sticky: { by: 'header:x-user' }, headers: SIGNED_IN, hasCookie: true },
      { text: 'header:x-user:u-1', cookieId: undefined },
    ],
    [
      'a header of a bot',
      { sticky: { by: 'header:x-user' }, headers: { ...SIGNED_IN, ...BOT } },
      { text: 'header:x-user:u-1' },
    ],
    [
      'the cookie where the header is missing',
      { sticky: { by: 'header:x-user' }, hasCookie: true },
      { text: visitor.id },
    ],
    [
      'a new visitor where header and cookie are missing',
      { sticky: { by: 'header:x-user' } },
      { text: 'newvisitor00', isNew: true },
    ],
    [
      'a new visitor where the header is empty',
      { sticky: { by: 'header:x-user' }, headers: { 'x-user': '' } },
      { text: 'newvisitor00' },
    ],
    [
      'the address where the header is missing',
      { sticky: { by: 'header:x-user', fallback: 'ip' } },
      { text: 'ip:192.0.2.7', cookieId: undefined },
    ],
    [
      'the address, not an old cookie, where that is the fallback',
      { sticky: { by: 'header:x-user', fallback: 'ip' }, hasCookie: true },
      { text: 'ip:192.0.2.7' },
    ],
    [
      'nobody where the header is missing, told so',
      { sticky: { by: 'header:x-user', fallback: 'stable' }, hasCookie: true },
      { text: undefined },
    ],
    ['an address', { sticky: { by: 'ip' } }, { text: 'ip:192.0.2.7', cookieId: undefined, isNew: false }],
    [
      'an address, not the cookie beside it',
      { sticky: { by: 'ip' }, hasCookie: true },
      { text: 'ip:192.0.2.7' },
    ],
    ['an address of a prefetch', { sticky: { by: 'ip' }, headers: PREFETCH }, { text: 'ip:192.0.2.7' }],
    ['nobody for a bot by address', { sticky: { by: 'ip' }, headers: BOT }, { text: undefined }],
    ['a new visitor where no address is known', { sticky: { by: 'ip' }, ip: null }, { text: 'newvisitor00' }],
    [
      'nobody where no address is known, told so',
      { sticky: { by: 'ip', fallback: 'stable' }, ip: null },
      { text: undefined },
    ],
  ])('is %s', (_, given, expected) => {
    expect(unit(given)).toMatchObject(expected);
  });

  it('is the same for every spelling of an address, and for one IPv6 network', () => {
    const by = (ip: string) => unit({ sticky: { by: 'ip' }, ip }).text;
    expect(by('::ffff:192.0.2.7')).toBe(by('192.0.2.7'));
    expect(by('2001:0DB8:0000:1::5')).toBe(by('2001:db8:0:1:ffff:ffff:ffff:1'));
    expect(by('2001:db8:0:2::5')).not.toBe(by('2001:db8:0:1::5'));
    expect(by('no address')).toBe('ip:no address');
  });

  it('is drawn by address at first and by the cookie from then on, and never flips between the two', () => {
    const sticky = { fallback: 'ip' };
    const first = unit({ sticky });
    expect(first).toMatchObject({ isNew: false });
    expect(first.cookieId).toBe(first.text);
    expect(first.text).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(unit({ sticky }).text).toBe(first.text);
    expect(unit({ sticky, ip: '192.0.2.8' }).text).not.toBe(first.text);
  });

  it('never is the same text for an address, a header and a visitor', () => {
    const forged = { 'x-user': 'ip:192.0.2.7' };
    const texts = [
      unit({ sticky: { by: 'ip' } }).text,
      unit({ sticky: { by: 'header:x-user' }, headers: forged }).text,
      unit({ sticky: { by: 'header:x-user' }, headers: { 'x-user': visitor.id } }).text,
      unit({ sticky: { by: 'ip' }, ip: visitor.id }).text,
      unit({ hasCookie: true }).text,
    ];
    expect(new Set(texts).size).toBe(texts.length);
  });
});
