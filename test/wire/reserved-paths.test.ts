/**
 * Everything under `/__weir/` is Weir's own. What an origin could read as such after decoding,
 * merging slashes or dropping parameters belongs to nobody: neither gets it.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProxied, type Proxied } from '../support/proxied.ts';

let proxied: Proxied;
beforeAll(async () => {
  proxied = await startProxied();
});
beforeEach(() => proxied.reset());
afterAll(() => proxied.stop());

describe('a path under /__weir', () => {
  it.each(['/__weir/health', '/__weir/health?a=b', '/a/../__weir/health', '/__weir\\health'])(
    'is served by Weir: %s',
    async path => {
      const answer = await proxied.ask({ path });
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.text)).toEqual({ status: 'ok' });
      expect(proxied.origin.seen).toEqual([]);
    },
  );

  it.each([
    ['with nothing there', '/__weir/nope'],
    ['after a dot segment', '/a/../__weir/x'],
    ['after an encoded dot segment', '/a/%2e%2e/__weir/x'],
    ['after a single dot', '/./__weir/x'],
    ['with backslashes', '/\\__weir/x'],
    ['with backslashes and dots', '/a\\..\\__weir\\x'],
    ['with encoded underscores', '/%5f%5fweir/x'],
    ['with one encoded underscore', '/%5F_weir/x'],
    ['with encoded letters', '/__%77%65%69%72/x'],
    ['with a letter encoded twice', '/%255f_weir/x'],
    ['with a letter encoded four times', '/%2525255f_weir/x'],
    ['with an encoded slash', '/__weir%2fhealth'],
    ['with an encoded backslash', '/__weir%5chealth'],
    ['with a slash encoded twice', '/__weir%252fhealth'],
    ['with two slashes', '//__weir/x'],
    ['with an encoded slash before it', '/%2f__weir/x'],
    ['after dots and an encoded slash', '/..%2f__weir/health'],
    ['after a segment, dots and an encoded slash', '/a/..%2f__weir/health'],
    ['after dots between encoded slashes', '/a%2f..%2f__weir/health'],
    ['after dots and an encoded backslash', '/a/..%5c__weir/health'],
    ['after dots encoded twice', '/a/%252e%252e/__weir/health'],
    ['after dots of which one is encoded twice', '/a/.%252e/__weir/health'],
    ['after an encoded question mark and dots', '/a%3f/..%2f__weir/health'],
    ['after dots with a parameter', '/..;a=b/__weir/health'],
    ['after a segment and dots with a parameter', '/a/..;/__weir/health'],
    ['after a dot with a parameter', '/.;/__weir/health'],
    ['after a segment that is only a parameter', '/;a/__weir/health'],
    ['with a parameter', '/__weir;a=b/health'],
    ['with an encoded parameter', '/__weir%3ba/health'],
    ['with an encoded question mark', '/__weir%3fx'],
    ['with an encoded hash', '/__weir%23x'],
    ['with an encoded NUL', '/__weir%00.png'],
    ['with an encoded space', '/__weir%20/health'],
    ['with an encoded tab inside', '/__we%09ir/health'],
    ['in upper case', '/__WEIR/health'],
    ['in encoded upper case', '/__%57EIR/health'],
  ])('reaches no origin, and is answered 404: %s', async (_, path) => {
    const answer = await proxied.ask({ path });
    expect(proxied.origin.seen).toEqual([]);
    expect(answer.status).toBe(404);
    expect(answer.header('content-type')).toBe('application/problem+json');
    expect(answer.all('set-cookie')).toEqual([]);
  });
});

describe('/__weir itself', () => {
  it.each(['/__weir', '/__weir?a', '/__weir#x'])('leads to the page, past no origin: %s', async path => {
    const answer = await proxied.ask({ path });
    expect(proxied.origin.seen).toEqual([]);
    expect([answer.status, answer.header('location')]).toEqual([308, '/__weir/']);
    expect(answer.all('set-cookie')).toEqual([]);
  });
});

describe('a path that only looks like /__weir', () => {
  it.each([
    ['/__weirdo', '/__weirdo'],
    ['/__weirdo/health', '/__weirdo/health'],
    ['/__weir-x', '/__weir-x'],
    ['/__weir_x', '/__weir_x'],
    ['/__weir.html', '/__weir.html'],
    ['/_weir/health', '/_weir/health'],
    ['/a/__weir/health', '/a/__weir/health'],
    ['/a//..//__weir/health', '/a//__weir/health'],
    ['/a%2f__weir/health', '/a%2f__weir/health'],
    ['/__weir/../x', '/x'],
    ['/__weir/%2e%2e/x', '/x'],
    ['/__weir\\..\\x', '/x'],
    ['/?/__weir/health', '/?/__weir/health'],
    ['/?a=..%2f__weir', '/?a=..%2f__weir'],
    ['/#/__weir/health', '/'],
    ['/\t__weir/health', '/'],
  ])("is the origin's: %s", async (path, seen) => {
    const answer = await proxied.ask({ path });
    expect(answer.text).toBe('ok');
    expect(proxied.origin.only().path).toBe(seen);
  });
});
