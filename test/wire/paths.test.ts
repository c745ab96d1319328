import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProxied, type Proxied } from '../support/proxied.ts';

let proxied: Proxied;
beforeAll(async () => {
  proxied = await startProxied();
});
beforeEach(() => proxied.reset());
afterAll(() => proxied.stop());

describe('a path and its query', () => {
  it.each([
    ['the root', '/'],
    ['a double slash at the start', '//'],
    ['double slashes anywhere', '//a//b//'],
    ['a trailing slash', '/a/'],
    ['an encoded slash', '/a%2Fb%2fc'],
    ['an encoded backslash', '/a%5Cb%5cc'],
    ['an encoded space', '/a%20b'],
    ['a plus', '/a+b?c+d'],
    ['parameters', '/a;b=1;c/d;e'],
    ['a sub-delimiter of every kind', "/!$&'()*+,;=:@"],
    ['encoded UTF-8', '/caf%C3%A9/%e6%97%a5'],
    ['encoded bytes that are no UTF-8', '/%E9%FF'],
    ['an encoded NUL, tab and line break', '/a%00b%09c%0D%0Ad'],
    ['a vertical bar', '/a|b'],
    ['an escape that is none', '/%zz/%'],
    ['double encoding', '/%252e%2525'],
    ['dots that are no dot segment', '/..a/b../...'],
    ['a dot file', '/.well-known/acme'],
    ['an empty query', '/a?'],
    ['several question marks', '/a?b?c??'],
    ['dot segments in a query', '/a?b=/../c/./d&e=%2e%2e/'],
    ['backslashes in a query', '/a?b=\\c\\..\\d'],
    ['anything else in a query', '/a?b=%zz&%=|^`{}[]~!*();:@,/$'],
    ['a URL in a query', '/login?next=https://x.example:8443/a/../b?c%26d'],
    ['a URL in a path', '/proxy/https://x.example//a'],
    ['8,000 characters', `/${'a/'.repeat(4000)}`],
  ])('reaches the origin unchanged: %s', async (_, path) => {
    await proxied.ask({ path });
    expect(proxied.origin.only().path).toBe(path);
  });

  // As in a browser's address bar (WHATWG URL, section 4.4), and before any rule or key looks at it.
  it.each([
    ['/a/../b', '/b'],
    ['/a/./b', '/a/b'],
    ['/../../b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/b/.', '/a/b/'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/.%2E/%2e/b', '/b'],
    ['/a\\b', '/a/b'],
    ['/a\\..\\b', '/b'],
    ['/a/../b?c=/../d', '/b?c=/../d'],
  ])('has its dot segments resolved, once for everyone: %s', async (path, resolved) => {
    await proxied.ask({ path });
    expect(proxied.origin.only().path).toBe(resolved);
  });

  // What no browser sends raw: the platform's `fetch` can't send it either.
  it.each([
    ['raw UTF-8', '/caf\xc3\xa9?\xc3\xa9', '/caf%C3%A9?%C3%A9'],
    ['raw bytes that are no UTF-8', '/\xe9', '/%EF%BF%BD'],
    ['quotes and angle brackets in a query', `/a?'"<>`, '/a?%27%22%3C%3E'],
    ['a fragment', '/a?b#c', '/a?b'],
    ['a tab, which ends the target', '/a\tb', '/a'],
  ])('is encoded where a browser would have done it: %s', async (_, path, encoded) => {
    await proxied.ask({ path });
    expect(proxied.origin.only().path).toBe(encoded);
  });

  it.each([
    ['absolute form', 'GET', 'http://other.example/a'],
    ['absolute form with the public host', 'GET', 'http://shop.example/__weir/health'],
    ['asterisk form', 'OPTIONS', '*'],
    ['authority form', 'CONNECT', 'other.example:443'],
    ['no slash at all', 'GET', '__weir/health'],
  ])('is refused, and reaches no origin, in %s', async (_, method, path) => {
    const answer = await proxied.ask({ method, path });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(proxied.origin.seen).toEqual([]);
  });
});
