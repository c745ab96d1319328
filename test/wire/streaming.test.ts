/** Bodies are streams both ways: what one side has sent is what the other has got. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProxied, type Proxied } from '../support/proxied.ts';
import { RawClient, rawRequest } from '../support/raw-client.ts';
import { cookieOf, VISITORS } from '../support/visitors.ts';

let proxied: Proxied;
let client: RawClient;
beforeAll(async () => {
  proxied = await startProxied();
});
beforeEach(() => {
  proxied.reset();
  client = new RawClient(proxied.weir.url);
  return () => client.hangUp();
});
afterAll(() => proxied.stop());

describe.each(VISITORS)('for a %s visitor', visitor => {
  it.each([
    ['in chunks', {}],
    ['by its length', { 'content-length': 9 }],
  ])(
    'the first byte of an answer framed %s arrives before the origin has sent the last',
    async (_, headers) => {
      const ended = Promise.withResolvers<undefined>();
      proxied.origin.answer = (_request, response) => {
        response.writeHead(200, headers).write('first');
        void ended.promise.then(() => response.end('last'));
      };
      client.send(rawRequest({ headers: cookieOf(visitor, proxied) }));
      await client.until(received => received.includes('first'));
      ended.resolve(undefined);
      expect((await client.answer()).text).toBe('firstlast');
    },
  );

  it('the headers of an answer arrive before its body has begun', async () => {
    const begun = Promise.withResolvers<undefined>();
    proxied.origin.answer = (_, response) => {
      response.writeHead(200, { 'x-early': 'yes' }).flushHeaders();
      void begun.promise.then(() => response.end('body'));
    };
    client.send(rawRequest({ headers: cookieOf(visitor, proxied) }));
    await client.until(received => received.includes('x-early: yes\r\n'));
    begun.resolve(undefined);
    expect((await client.answer()).text).toBe('body');
  });

  it.each([
    ['in chunks', 'Transfer-Encoding: chunked', ['5\r\nfirst\r\n', '4\r\nlast\r\n0\r\n\r\n']],
    ['by its length', 'Content-Length: 9', ['first', 'last']],
  ] as const)(
    'the first byte of an upload framed %s reaches the origin before the client has sent the last',
    async (_, framing, [first, last]) => {
      const arrived = Promise.withResolvers<string>();
      proxied.origin.answer = (request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => {
          body += chunk.toString();
          if (body === 'first') arrived.resolve(body);
        });
        request.on('end', () => response.end(`got ${body}`));
      };
      const cookie = cookieOf(visitor, proxied).map(([name, value]) => `${name}: ${value}\r\n`);
      client.send(`POST / HTTP/1.1\r\nHost: shop.example\r\n${cookie.join('')}${framing}\r\n\r\n${first}`);
      await arrived.promise;
      client.send(last);
      expect((await client.answer()).text).toBe('got firstlast');
    },
  );

  it('server-sent events arrive one by one, and the origin learns when the visitor leaves', async () => {
    const left = Promise.withResolvers<undefined>();
    let emit: (event: string) => void = () => undefined;
    proxied.origin.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      response.on('close', () => left.resolve(undefined));
      emit = event => response.write(`data: ${event}\n\n`);
      emit('0');
    };
    client.send(rawRequest({ headers: [['accept', 'text/event-stream'], ...cookieOf(visitor, proxied)] }));
    for (const event of ['0', '1', '2']) {
      await client.until(received => received.includes(`data: ${event}\n\n`));
      emit(String(Number(event) + 1));
    }
    client.hangUp();
    await left.promise;
  });
});

describe('an answer that comes before the upload has ended', () => {
  it('reaches the client at once', async () => {
    proxied.origin.answer = (_, response) => response.writeHead(413, { 'content-length': 3 }).end('big');
    client.send('POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1000000\r\n\r\nfirst');
    const answer = await client.answer();
    expect([answer.status, answer.text]).toEqual([413, 'big']);
  });
});
