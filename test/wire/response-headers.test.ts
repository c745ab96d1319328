import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProxied, type Proxied } from '../support/proxied.ts';
import type { RawAnswer } from '../support/raw-answer.ts';
import { cookieOf, VISITORS, type VisitorKind } from '../support/visitors.ts';

let proxied: Proxied;
beforeAll(async () => {
  proxied = await startProxied();
});
beforeEach(() => proxied.reset());
afterAll(() => proxied.stop());

async function answerTo(
  visitor: VisitorKind,
  ...headers: [name: string, value: string][]
): Promise<RawAnswer> {
  proxied.origin.answer = (_, response) => {
    response.writeHead(200, headers.flat()).end('ok');
  };
  return proxied.ask({ headers: cookieOf(visitor, proxied) });
}

describe.each(VISITORS)('an answer to a %s visitor', visitor => {
  it.each([
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Authenticate', 'Basic'],
    ['Proxy-Connection', 'keep-alive'],
    ['Proxy-Anything', 'a'],
    ['TE', 'trailers'],
    ['Trailer', 'x-sum'],
    ['Upgrade', 'h2c'],
    ['Alt-Svc', 'h3=":443"; ma=86400'],
    ['X-Weir-Variant', 'evil'],
    ['X-Weir-Anything', 'evil'],
  ])("doesn't carry the origin's %s", async (name, value) => {
    const answer = await answerTo(visitor, [name, value]);
    expect(answer.status).toBe(200);
    expect(answer.all(name.toLowerCase())).toEqual([]);
  });

  it("doesn't carry headers that the origin's Connection names", async () => {
    const answer = await answerTo(
      visitor,
      ['Connection', 'keep-alive, X-Internal'],
      ['x-internal', '1'],
      ['x-other', '2'],
    );
    expect(answer.all('x-internal')).toEqual([]);
    expect(answer.header('x-other')).toBe('2');
  });

  it('keeps its length and type though the origin names them in Connection', async () => {
    const answer = await answerTo(
      visitor,
      ['Connection', 'content-length, content-type, content-encoding'],
      ['Content-Length', '2'],
      ['Content-Type', 'text/plain'],
    );
    expect(answer.header('content-length')).toBe('2');
    expect(answer.header('content-type')).toBe('text/plain');
  });

  it.each([
    ['Proxy-Status', 'origin.example; error=x'],
    ['Proxyid', 'a'],
    ['Content-Security-Policy', "default-src 'self'; report-uri /r"],
    ['Strict-Transport-Security', 'max-age=1'],
    ['ETag', 'W/"a"'],
    ['Last-Modified', 'Mon, 23 Nov 2026 10:00:00 GMT'],
    ['Vary', 'Accept-Encoding, Cookie'],
    ['Cache-Control', 'no-cache'],
    ['Server', 'nginx'],
    ['X-UTF8', 'caf\xc3\xa9'],
    ['X-Latin1', 'caf\xe9 \xff'],
    ['X-Empty', ''],
  ])('carries everything else byte for byte: %s', async (name, value) => {
    expect((await answerTo(visitor, [name, value])).header(name.toLowerCase())).toBe(value);
  });

  it('carries each Set-Cookie by itself and in order', async () => {
    const cookies = ['a=1; Path=/', 'b="x, y"; Expires=Wed, 09 Jun 2027 10:18:14 GMT', 'c=caf\xe9', 'a=2'];
    const answer = await answerTo(
      visitor,
      ...cookies.map((cookie): [string, string] => ['Set-Cookie', cookie]),
    );
    expect(answer.all('set-cookie').filter(cookie => !cookie.startsWith('weir='))).toEqual(cookies);
    expect(answer.all('set-cookie')).toHaveLength(visitor === 'new' ? 5 : 4);
  });
});

describe('x-weir-variant on answers', () => {
  it('is shown when the document says so, and is never the origin’s', async () => {
    const shown = await startProxied({ document: { proxy: { exposeVariant: true } } });
    try {
      shown.origin.answer = (_, response) => response.setHeader('x-weir-variant', 'evil').end();
      expect((await shown.ask({ headers: [shown.returning] })).all('x-weir-variant')).toEqual(['stable']);
    } finally {
      await shown.stop();
    }
  });
});
