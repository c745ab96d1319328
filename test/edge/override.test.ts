import { describe, expect, it } from 'vitest';
import { tokenText, parseToken } from '../../src/core/rollout/override.ts';
import { signOverride } from '../../src/edge/override-token.ts';
import {
  overrideCookieName,
  overrideOf,
  overrideRedirect,
  type OverrideQuestion,
} from '../../src/edge/override.ts';
import { documentText, rolloutOf, THREE_VARIANTS } from '../support/documents.ts';

const SECRET = 'a-secret';
const NOW = 1_795_000_000_000;
const EXPIRY = NOW / 1000 + 3600;
const rollout = rolloutOf(THREE_VARIANTS);
const token = await signOverride(SECRET, 'default', 'canary', EXPIRY);
const elsewhere = await signOverride(SECRET, 'www.example.com', 'canary', EXPIRY);
const otherSecret = await signOverride('b-secret', 'default', 'canary', EXPIRY);
const signature = parseToken(token)!.signature;

function visit(change: Partial<OverrideQuestion>) {
  return overrideOf({
    path: '/',
    cookieHeader: null,
    rollout,
    isHttps: false,
    secret: SECRET,
    nowMs: NOW,
    ...change,
  });
}
const byLink = (text: string, change: Partial<OverrideQuestion> = {}) =>
  visit({ path: `/a?b=1&weir=${text}`, ...change });
const ignored = (why: string, from = 'link') => ({ kind: 'ignored', from, why });

describe('an override', () => {
  it('holds from a link and from the cookie, until it expires', async () => {
    const forced = { kind: 'forced', variant: rollout.variants[1], token, expiresAtMs: EXPIRY * 1000 };
    expect(await byLink(token)).toEqual({ ...forced, from: 'link' });
    const cookieHeader = `weir=x; weir-override=${token}; a=1`;
    expect(await visit({ cookieHeader })).toEqual({ ...forced, from: 'cookie' });
    expect(await visit({ cookieHeader, nowMs: EXPIRY * 1000 - 1 })).toMatchObject(forced);
    expect(await visit({ cookieHeader, nowMs: EXPIRY * 1000 })).toEqual(ignored('expired', 'cookie'));
  });

  it.each([
    ['no query and no cookie', {}],
    ['a query and cookies of others', { path: '/a?weird=1&b=%20', cookieHeader: 'weir=x; a=-override' }],
    ['the word in the path', { path: '/weir=off' }],
    ['an empty Cookie header', { cookieHeader: '' }],
    ['the cookie of another name', { cookieHeader: `my-weir-override=${token}; a=weir-override=${token}` }],
  ])('is no matter at all with %s: there is nothing to wait for', (_, change) => {
    expect(visit(change)).toBeUndefined();
  });

  it('is read on https from the cookie that no other host can plant', async () => {
    const plain = { cookieHeader: `weir-override=${token}`, isHttps: true };
    expect(visit(plain)).toBeUndefined();
    const bound = { cookieHeader: `__Host-weir-override=${token}`, isHttps: true };
    expect(await visit(bound)).toMatchObject({ kind: 'forced' });
  });

  it('ends with off, which nobody has to sign', async () => {
    for (const secret of [SECRET, undefined])
      expect(await byLink('off', { secret })).toEqual({ kind: 'off' });
    const cookieHeader = `weir-override=${token}`;
    expect(await byLink('off', { cookieHeader })).toEqual({ kind: 'off' });
  });

  it('of a link wins over that of the cookie; a link that is ignored leaves the cookie in force', async () => {
    const other = await signOverride(SECRET, 'default', 'canary-b', EXPIRY);
    const cookieHeader = `weir-override=${other}`;
    expect(await byLink(token, { cookieHeader })).toMatchObject({ from: 'link', token });
    expect(await byLink('nonsense', { cookieHeader })).toMatchObject({ from: 'cookie', token: other });
    expect(await byLink('nonsense', { cookieHeader: 'weir-override=x' })).toEqual(ignored('malformed'));
  });

  it('can force stable', async () => {
    const stable = await signOverride(SECRET, 'default', 'stable', EXPIRY);
    expect(await byLink(stable)).toMatchObject({ kind: 'forced', variant: { name: 'stable' } });
  });

  it.each([
    ['another variant with the same signature', `canary-b.${EXPIRY}.${signature}`],
    ['a later expiry with the same signature', `canary.${EXPIRY + 1}.${signature}`],
    ['another signature', `canary.${EXPIRY}.${'A'.repeat(43)}`],
    ['one signed for another rollout', elsewhere],
    ['one signed with another secret', otherSecret],
  ])('is not signed for this rollout with %s', async (_, text) => {
    expect(await byLink(text)).toEqual(ignored('not signed for this rollout'));
  });

  it.each([
    ['a truncated signature', token.slice(0, -1)],
    [
      'another spelling of the same signature',
      tokenText({ ...parseToken(token)!, signature: respelt(signature) }),
    ],
    ['padding', `${token}=`],
    ['nothing', ''],
    ['broken encoding', '%zz%'],
    ['a megabyte', 'a'.repeat(1_000_000)],
  ])('is malformed with %s, and nothing throws', async (_, text) => {
    expect(await byLink(text)).toEqual(ignored('malformed'));
    expect(await visit({ cookieHeader: `weir-override=${text}` })).toEqual(ignored('malformed', 'cookie'));
  });

  it('is ignored without the secret, in a disabled rollout, and once the variant is gone', async () => {
    for (const secret of [undefined, ''])
      expect(await byLink(token, { secret })).toEqual(ignored('no secret'));
    const disabled = rolloutOf(documentText({ enabled: false }));
    expect(await byLink(token, { rollout: disabled })).toEqual(ignored('rollout disabled'));
    const alone = rolloutOf(documentText({ variants: { stable: { origin: 'https://stable.example' } } }));
    expect(await byLink(token, { rollout: alone })).toEqual(ignored('variant gone'));
  });

  it('is signed anew when the secret changes between two requests', async () => {
    expect(await byLink(otherSecret, { secret: 'b-secret' })).toMatchObject({ kind: 'forced' });
    expect(await byLink(token)).toMatchObject({ kind: 'forced' });
    expect(await byLink(otherSecret)).toMatchObject({ kind: 'ignored' });
  });
});

describe('the redirect', () => {
  const forced = {
    kind: 'forced',
    variant: rollout.variants[0],
    from: 'link',
    token,
    expiresAtMs: EXPIRY * 1000,
  } as const;
  const answer = (path: string, isHttps = false, kept: typeof forced | { kind: 'off' } = forced) =>
    overrideRedirect({ isHttps, authority: 'shop.example:8443', path }, rollout, kept, NOW + 500, true);

  it('leads to the clean page, with the cookie for as long as the override has left, past every cache', () => {
    const response = answer(`/a?weir=${token}&b=1`);
    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      302,
      {
        location: '/a?b=1',
        'set-cookie': `weir-override=${token}; Max-Age=3599; Path=/; HttpOnly; SameSite=Lax`,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'clear-site-data': '"cache"',
      },
    ]);
  });

  it('sets on https a cookie of this host alone', () => {
    expect(answer('/?weir=x', true).headers.get('set-cookie')).toBe(
      `__Host-weir-override=${token}; Max-Age=3599; Path=/; HttpOnly; SameSite=Lax; Secure`,
    );
    expect(overrideCookieName(rollout, true)).toBe('__Host-weir-override');
  });

  it('deletes the cookie on off', () => {
    const { headers } = answer('/a?weir=off', true, { kind: 'off' });
    expect([headers.get('location'), headers.get('set-cookie')]).toEqual([
      '/a',
      '__Host-weir-override=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure',
    ]);
  });

  it.each([
    ['//evil.example/?weir=x', 'http://shop.example:8443//evil.example/'],
    ['/\\evil.example/?weir=x', 'http://shop.example:8443//evil.example/'],
    ['/\t/evil.example?weir=x', 'http://shop.example:8443//evil.example'],
    ['///evil.example?weir=x', 'http://shop.example:8443///evil.example'],
    ['/a?weir=x&to=//evil.example', '/a?to=//evil.example'],
    ['/ö?weir=x', 'http://shop.example:8443/%C3%B6'],
  ])('never leads to another host: %s', (path, location) => {
    expect(answer(path).headers.get('location')).toBe(location);
    expect(new URL(location, 'http://shop.example:8443').host).toBe('shop.example:8443');
  });

  it('costs no visitor their cache whom anyone has sent to end an override that they never had', () => {
    const target = { isHttps: true, authority: 'shop.example', path: '/?weir=off' };
    const clears = (hadOverride: boolean) =>
      overrideRedirect(target, rollout, { kind: 'off' }, NOW, hadOverride).headers.has('clear-site-data');
    expect([clears(true), clears(false)]).toEqual([true, false]);
  });

  it('leads to the first page where the authority is none', () => {
    const target = { isHttps: false, authority: 'a b', path: '//x?weir=off' };
    expect(overrideRedirect(target, rollout, { kind: 'off' }, NOW, true).headers.get('location')).toBe('/');
  });
});

/** The same 32 bytes with one of the two bits set that are left over. */
function respelt(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
}
