import { randomBytes } from 'node:crypto';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf } from '../support/origin.ts';
import { startProxied, type Proxied } from '../support/proxied.ts';
import { cookieOf, VISITORS } from '../support/visitors.ts';

let proxied: Proxied;
beforeAll(async () => {
  proxied = await startProxied();
});
beforeEach(() => proxied.reset());
afterAll(() => proxied.stop());

const page = `<!doctype html>${'<p>caf\xe9</p>'.repeat(2000)}`;

describe.each(VISITORS)('for a %s visitor', visitor => {
  const ask = (request: Parameters<Proxied['ask']>[0] = {}) =>
    proxied.ask({ ...request, headers: [...(request.headers ?? []), ...cookieOf(visitor, proxied)] });

  it.each([
    ['gzip', gzipSync(page)],
    ['br', brotliCompressSync(page)],
    ['zstd', zstdCompressSync(page)],
    ['deflate', randomBytes(5000)],
    ['gzip, br', brotliCompressSync(gzipSync(page))],
    ['made-up', randomBytes(5000)],
    // What says gzip and isn't reaches the client as it is, too: nobody on the way decodes.
    ['gzip', Buffer.from('not gzip')],
  ])('passes a body encoded with %s on byte for byte, and says so', async (encoding, body) => {
    proxied.origin.answer = (_, response) => {
      response.writeHead(200, {
        'content-encoding': encoding,
        'content-length': body.length,
        etag: '"strong"',
      });
      response.end(body);
    };
    const answer = await ask({ headers: [['accept-encoding', 'gzip, br, zstd']] });
    expect(answer.header('content-encoding')).toBe(encoding);
    expect(answer.header('content-length')).toBe(String(body.length));
    expect(answer.header('etag')).toBe('"strong"');
    expect(answer.body.equals(body)).toBe(true);
  });

  it('adds no encoding of its own', async () => {
    proxied.origin.answer = (_, response) =>
      response.setHeader('content-type', 'text/html').end(page, 'latin1');
    const answer = await ask({ headers: [['accept-encoding', 'gzip, br']] });
    expect(answer.all('content-encoding')).toEqual([]);
    expect(answer.text).toBe(page);
  });

  it('passes a chunked body on as chunked', async () => {
    proxied.origin.answer = (_, response) => {
      response.write('a');
      response.end('b');
    };
    const answer = await ask();
    expect(answer.header('transfer-encoding')).toBe('chunked');
    expect(answer.all('content-length')).toEqual([]);
    expect(answer.text).toBe('ab');
  });

  it('keeps the Content-Length of an answer to HEAD', async () => {
    proxied.origin.answer = (_, response) => response.writeHead(200, { 'content-length': 12_345 }).end();
    const answer = await ask({ method: 'HEAD' });
    expect(proxied.origin.only().method).toBe('HEAD');
    expect(answer.header('content-length')).toBe('12345');
    expect(answer.text).toBe('');
  });

  it.each([
    [204, {}],
    [304, { etag: 'W/"a"', 'cache-control': 'max-age=60', vary: 'accept' }],
  ])('passes a %i on without a body', async (status, headers) => {
    proxied.origin.answer = (_, response) => response.writeHead(status, { ...headers, 'x-a': 'b' }).end();
    const answer = await ask({ headers: [['if-none-match', 'W/"a"']] });
    expect(answer.status).toBe(status);
    expect(answer.text).toBe('');
    for (const [name, value] of Object.entries({ ...headers, 'x-a': 'b' }))
      expect(answer.header(name)).toBe(value);
  });

  it('passes a 206 on with its Content-Range and exactly its bytes', async () => {
    proxied.origin.answer = (_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 2-4/10', 'content-length': 3 }).end('cde');
    };
    const answer = await ask({
      headers: [
        ['range', 'bytes=2-4'],
        ['if-range', '"a"'],
      ],
    });
    expect(proxied.origin.only().header('range')).toBe('bytes=2-4');
    expect(proxied.origin.only().header('if-range')).toBe('"a"');
    expect(answer.status).toBe(206);
    expect(answer.header('content-range')).toBe('bytes 2-4/10');
    expect(answer.text).toBe('cde');
  });

  it('passes a CORS preflight and its answer on', async () => {
    proxied.origin.answer = (_, response) => {
      response
        .writeHead(204, { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'PUT' })
        .end();
    };
    const answer = await ask({
      method: 'OPTIONS',
      headers: [
        ['origin', 'http://a.example'],
        ['access-control-request-method', 'PUT'],
      ],
    });
    expect(proxied.origin.only().header('access-control-request-method')).toBe('PUT');
    expect(answer.status).toBe(204);
    expect(answer.header('access-control-allow-methods')).toBe('PUT');
    expect(answer.all('set-cookie')).toEqual([]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS', 'PROPFIND', 'REPORT'])(
    'passes the body of a %s on byte for byte',
    async method => {
      const body = randomBytes(70_000).toString('latin1');
      let seen: Promise<Buffer> | undefined;
      proxied.origin.answer = (request, response) => {
        seen = bodyOf(request).finally(() => response.end());
      };
      await ask({ method, body });
      expect(proxied.origin.only().method).toBe(method);
      expect((await seen)?.equals(Buffer.from(body, 'latin1'))).toBe(true);
    },
  );
});

describe('the framing of a request body', () => {
  it.each([
    ['by its length', 'Content-Length: 3\r\n\r\nabc', 'content-length', '3'],
    [
      'in chunks',
      'Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
      'transfer-encoding',
      'chunked',
    ],
    // RFC 9112, section 6.3: the length is no second opinion that an origin could follow.
    [
      'only in chunks when it says both',
      'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      'transfer-encoding',
      'chunked',
    ],
  ])('reaches the origin %s', async (_, framed, name, value) => {
    let seen: Promise<Buffer> | undefined;
    proxied.origin.answer = (request, response) => {
      seen = bodyOf(request).finally(() => response.end());
    };
    await proxied.send(`POST / HTTP/1.1\r\nHost: shop.example\r\n${framed}`);
    const { headers } = proxied.origin.only();
    expect(headers.filter(([header]) => /^(?:content-length|transfer-encoding)$/.test(header))).toEqual([
      [name, value],
    ]);
    expect((await seen)?.toString()).toBe('abc');
  });

  it.each([
    ['two different lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a coding nobody knows', 'Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n'],
    ['a length that is no number', 'Content-Length: 3a\r\n\r\nabc'],
  ])('that could be read in two ways reaches no origin: %s', async (_, framed) => {
    const answer = await proxied.send(`POST / HTTP/1.1\r\nHost: shop.example\r\n${framed}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(proxied.origin.seen).toEqual([]);
  });
});
