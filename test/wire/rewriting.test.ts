/** No answer sends a visitor to the origin's own address: it would leave Weir, and name the origin. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf } from '../support/origin.ts';
import { startProxied, type Proxied } from '../support/proxied.ts';
import { cookieOf, VISITORS } from '../support/visitors.ts';

const PUBLIC = 'shop.example:8080';

let proxied: Proxied;
beforeAll(async () => {
  proxied = await startProxied();
});
beforeEach(() => proxied.reset());
afterAll(() => proxied.stop());

/** `ORIGIN` in a table stands for the origin's host and port, `PUBLIC` for the visitor's. */
function filled(text: string): string {
  return text.replaceAll('ORIGIN', proxied.origin.host).replaceAll('PUBLIC', PUBLIC);
}

describe.each(['location', 'content-location'])('%s', name => {
  it.each([
    ['the origin', 'http://ORIGIN/a?b#c', 'http://PUBLIC/a?b#c'],
    ['the origin without a path', 'http://ORIGIN', 'http://PUBLIC'],
    ['the origin with only a query', 'http://ORIGIN?a', 'http://PUBLIC?a'],
    ['the origin under its other scheme', 'https://ORIGIN/a', 'http://PUBLIC/a'],
    ['the origin in capitals', 'HTTP://ORIGIN/A', 'http://PUBLIC/A'],
    ['the origin, relative to the scheme', '//ORIGIN/a', '//PUBLIC/a'],
    ['the origin twice', 'http://ORIGIN/to?url=http://ORIGIN/', 'http://PUBLIC/to?url=http://ORIGIN/'],
    ['the origin with bytes of UTF-8', 'http://ORIGIN/caf\xc3\xa9', 'http://PUBLIC/caf\xc3\xa9'],
  ])('that names %s names the public host', async (_, value, rewritten) => {
    proxied.origin.answer = (_request, response) => response.writeHead(201, { [name]: filled(value) }).end();
    expect((await proxied.ask({ host: PUBLIC })).header(name)).toBe(filled(rewritten));
  });

  it.each([
    ['an absolute path', '/a//b?c=http://ORIGIN/'],
    ['a relative path', 'b/../c'],
    ['only a query', '?a=b'],
    ['another host', 'https://other.example/a'],
    ['another host, relative to the scheme', '//other.example/a'],
    ['another port of the same machine', 'http://127.0.0.1:1/a'],
    ['a host that starts like the origin', 'http://ORIGIN.other.example/a'],
    ['a host with the origin as user', 'http://ORIGIN@other.example/a'],
    ['the public host', 'http://PUBLIC/a'],
    ['another scheme', 'app://ORIGIN/a'],
    ['bytes that are no UTF-8', '/caf\xe9'],
  ])('that names %s stays as it is, byte for byte', async (_, value) => {
    proxied.origin.answer = (_request, response) => response.writeHead(201, { [name]: filled(value) }).end();
    expect((await proxied.ask({ host: PUBLIC })).header(name)).toBe(filled(value));
  });
});

describe('a redirect', () => {
  it.each(
    [301, 302, 303, 307, 308].flatMap(status =>
      ['GET', 'POST', 'HEAD'].map(method => [status, method] as const),
    ),
  )('%i is for the visitor to follow, not for Weir: %s', async (status, method) => {
    proxied.origin.answer = (request, response) => {
      void bodyOf(request).then(() =>
        response.writeHead(status, { location: filled('http://ORIGIN/next') }).end(),
      );
    };
    const body = method === 'POST' ? { body: 'a=b' } : {};
    for (const visitor of VISITORS) {
      proxied.origin.seen.length = 0;
      const answer = await proxied.ask({
        method,
        ...body,
        host: PUBLIC,
        headers: cookieOf(visitor, proxied),
      });
      expect(answer.status).toBe(status);
      expect(answer.header('location')).toBe(filled('http://PUBLIC/next'));
      expect(proxied.origin.only().method).toBe(method);
    }
  });
});

describe('a cookie whose Domain is', () => {
  it.each([
    [
      "the origin's host",
      'a=b; Path=/; Domain=127.0.0.1; Secure',
      'a=b; Path=/; Domain=shop.example; Secure',
    ],
    ["the origin's host with a dot", 'a=b;domain=.127.0.0.1', 'a=b;domain=shop.example'],
    ['in capitals and with blanks', 'a=b ; DOMAIN = 127.0.0.1 ; x', 'a=b ; DOMAIN = shop.example ; x'],
    ['another host', 'a=b; Domain=other.example', 'a=b; Domain=other.example'],
    ["one that ends like the origin's", 'a=b; Domain=9127.0.0.1', 'a=b; Domain=9127.0.0.1'],
    ['only in its value', 'a="Domain=127.0.0.1"', 'a="Domain=127.0.0.1"'],
    ['absent', 'a=b; HttpOnly', 'a=b; HttpOnly'],
  ])('%s: a browser at the public host keeps it', async (_, cookie, rewritten) => {
    proxied.origin.answer = (_request, response) =>
      response.setHeader('set-cookie', ['first=1', cookie, 'last=2']).end();
    const answer = await proxied.ask({ host: PUBLIC });
    expect(answer.all('set-cookie').filter(value => !value.startsWith('weir='))).toEqual([
      'first=1',
      rewritten,
      'last=2',
    ]);
  });
});
