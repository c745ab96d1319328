/** A client that leaves is nobody's error: neither the next request nor the figures feel it. */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { startTcpOrigin, type Origin } from '../support/origin.ts';
import { ask, RawClient, rawRequest } from '../support/raw-client.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const FINE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine';

let weir: TestWeir;
const origins: Origin[] = [];
beforeAll(async () => {
  weir = await startTestWeir();
});
afterAll(async () => {
  await weir.stop();
  await Promise.all(origins.map(origin => origin.close()));
});

/** Serves this host from an origin that is fine at `/fine`; gives what else reached it. */
async function startOriginOf(host: string, serve: (socket: Socket) => void): Promise<() => string> {
  let arrived = '';
  const origin = await startTcpOrigin((socket, bytes) => {
    if (bytes.startsWith('GET /fine ')) {
      socket.write(FINE);
      return;
    }
    arrived += bytes;
    serve(socket);
  });
  origins.push(origin);
  await weir.putKv(`rollout:${host}`, JSON.stringify({ variants: { stable: { origin: origin.url } } }));
  return () => arrived;
}

describe.concurrent('a client that hangs up', () => {
  const upload = (host: string, framed: string) => `POST / HTTP/1.1\r\nHost: ${host}\r\n${framed}`;
  const half = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf');
  const endless = (socket: Socket) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
  const silent = () => undefined;

  it.each<
    [
      when: string,
      host: string,
      request: (host: string) => string,
      arrived: RegExp,
      serve: (socket: Socket) => void,
    ]
  >([
    ['amid its headers', 'headers.example', host => `GET / HTTP/1.1\r\nHost: ${host}\r\nX-`, /^$/, silent],
    [
      'amid its upload',
      'upload.example',
      host => upload(host, 'Content-Length: 1000\r\n\r\nhalf'),
      /half/,
      silent,
    ],
    [
      'amid its upload in chunks',
      'chunks.example',
      host => upload(host, 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
      /half/,
      silent,
    ],
    [
      'amid an upload that was answered',
      'answered.example',
      host => upload(host, 'Content-Length: 1000\r\n\r\nhalf'),
      /half/,
      half,
    ],
    ['before it is answered', 'silent.example', host => rawRequest({ host }), /\r\n\r\n$/, silent],
    ['amid the answer', 'answer.example', host => rawRequest({ host }), /\r\n\r\n$/, half],
    ['amid an endless answer', 'endless.example', host => rawRequest({ host }), /\r\n\r\n$/, endless],
  ])(
    '%s is no error of a variant, and the next request is fine',
    async (_, host, request, arrived, serve) => {
      const seen = await startOriginOf(host, serve);
      const client = new RawClient(weir.url);
      client.send(request(host));
      await eventually('the origin has what was sent', () => Promise.resolve(arrived.test(seen())));
      if (serve !== silent) await client.until(received => received.includes('half'));
      client.hangUp();

      expect((await ask(weir.url, { host, path: '/fine' })).text).toBe('fine');
      const answers = serve === silent ? 1 : 2;
      const samples = await eventually('every answer is counted', async () => {
        const counted = await scrape(weir);
        return sum(counted, 'weir_requests_total', { rollout: host, code: '2xx' }) === answers && counted;
      });
      expect(sum(samples, 'weir_errors_total', { rollout: host })).toBe(0);
      expect(sum(samples, 'weir_requests_total', { rollout: host })).toBe(answers);
    },
  );

  it.each([
    ['by its length', 'resets', 'Content-Length: 1000\r\n\r\nhalf'],
    ['by its length', 'closes', 'Content-Length: 1000\r\n\r\nhalf'],
    ['in chunks', 'resets', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['in chunks', 'closes', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])(
    "amid an upload framed %s (it %s) doesn't leave the origin with one that looks whole",
    async (framing, how, framed) => {
      const closed = Promise.withResolvers<boolean>();
      const host = `${framing.replaceAll(' ', '-')}-${how}.example`;
      const seen = await startOriginOf(host, socket => socket.once('close', () => closed.resolve(true)));
      const client = new RawClient(weir.url);
      client.send(upload(host, framed));
      await eventually('the origin has the first half', () => Promise.resolve(seen().includes('half')));
      if (how === 'resets') client.hangUp();
      else client.socket.end();
      expect(await closed.promise).toBe(true);
      expect(seen()).toMatch(/half(?:\r\n)?$/);
    },
  );

  it('frees the origin: its connection is closed', async () => {
    const closed = Promise.withResolvers<boolean>();
    const host = 'frees.example';
    await startOriginOf(host, socket => {
      socket.once('close', () => closed.resolve(true));
      endless(socket);
    });
    const client = new RawClient(weir.url);
    client.send(rawRequest({ host }));
    await client.until(received => received.includes('half'));
    client.hangUp();
    expect(await closed.promise).toBe(true);
  });
});
