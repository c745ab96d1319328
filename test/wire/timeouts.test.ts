/** `timeout` is for an origin that has all it needs and says nothing; it never cuts a body short. */
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { bodyOf, startOrigin, startTcpOrigin, type Answer, type HttpOrigin } from '../support/origin.ts';
import { ask, RawClient, rawRequest } from '../support/raw-client.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const TIMEOUT_MS = 200;
/** So long that the timeout would have struck. */
const LONGER_MS = 500;

let weir: TestWeir;
let origin: HttpOrigin;
beforeAll(async () => {
  const routes: Record<string, Answer> = {
    '/never': () => undefined,
    '/late': (_, response) => void sleep(LONGER_MS).then(() => response.end('late')),
    '/long': (_, response) => {
      response.writeHead(200, { 'content-length': 9 }).write('first');
      void sleep(LONGER_MS).then(() => response.end('last'));
    },
    '/upload': (request, response) => {
      void bodyOf(request).then(async body => {
        await sleep(LONGER_MS);
        response.end(`got ${body.toString()}`);
      });
    },
  };
  [weir, origin] = await Promise.all([
    startTestWeir(),
    startOrigin((request, response) => routes[request.url ?? '']?.(request, response)),
  ]);
  new WebSocketServer({ server: origin.server }).on('connection', socket => {
    socket.on('message', data => socket.send(data));
  });
  const document = (proxy: object) =>
    JSON.stringify({
      variants: { stable: { origin: origin.url } },
      proxy: { timeout: `${TIMEOUT_MS}ms`, ...proxy },
    });
  await weir.putKv('rollout:default', document({}));
  await weir.putKv('rollout:impatient.example', document({ bodyTimeout: `${TIMEOUT_MS}ms` }));
});
afterAll(async () => {
  await weir.stop();
  await origin.close();
});

describe.concurrent('timeout', () => {
  it.each([
    ['a GET', { method: 'GET' }],
    ['a HEAD', { method: 'HEAD' }],
    ['a DELETE without a body', { method: 'DELETE' }],
    ['a POST whose body is empty', { method: 'POST', body: '' }],
  ])('ends %s that gets no answer', async (_, request) => {
    expect((await ask(weir.url, { path: '/never', ...request })).status).toBe(504);
  });

  it.each([
    ['a POST', { method: 'POST', body: 'a=b' }],
    ['a GET with a body', { method: 'GET', body: 'a=b' }],
  ])('leaves %s alone, whose origin may have to work on it', async (_, request) => {
    expect((await ask(weir.url, { path: '/upload', ...request })).text).toBe('got a=b');
  });

  it('leaves an upload alone that the client takes its time over', async () => {
    const client = new RawClient(weir.url);
    client.send('POST /upload HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
    await sleep(LONGER_MS);
    client.send('1\r\nb\r\n0\r\n\r\n');
    expect((await client.answer()).text).toBe('got ab');
    client.hangUp();
  });

  it('leaves a download alone once its headers are there', async () => {
    const answer = await ask(weir.url, { path: '/long' });
    expect([answer.text, answer.isComplete]).toEqual(['firstlast', true]);
  });

  it('leaves a WebSocket alone once it is open', async () => {
    const client = new WebSocket(weir.url.replace('http:', 'ws:'), { headers: { host: 'a.example' } });
    await once(client, 'open');
    await sleep(LONGER_MS);
    client.send('still there');
    const [data] = (await once(client, 'message')) as [Buffer];
    expect(data.toString()).toBe('still there');
    client.terminate();
  });

  it('frees the origin a little later: its connection is closed', async () => {
    const closed = Promise.withResolvers<boolean>();
    const silent = await startTcpOrigin(socket => socket.once('close', () => closed.resolve(true)));
    const document = { variants: { stable: { origin: silent.url } }, proxy: { timeout: `${TIMEOUT_MS}ms` } };
    await weir.putKv('rollout:freed.example', JSON.stringify(document));
    expect((await ask(weir.url, { host: 'freed.example' })).status).toBe(504);
    expect(await closed.promise).toBe(true);
    await silent.close();
  });

  it('is over with its request: what the origin answers later reaches nobody', async () => {
    const client = new RawClient(weir.url);
    client.send(rawRequest({ path: '/late' }));
    expect((await client.answer()).status).toBe(504);
    await sleep(LONGER_MS);
    const length = client.received.length;
    client.send(rawRequest({ path: '/long' }));
    const received = await client.until(bytes => bytes.includes('last'));
    expect(received.subarray(length).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*firstlast$/);
    client.hangUp();
  });
});

describe.concurrent('bodyTimeout', () => {
  it('ends a request with a body that gets no answer', async () => {
    const answer = await ask(weir.url, {
      host: 'impatient.example',
      method: 'POST',
      path: '/upload',
      body: 'a=b',
    });
    expect(answer.status).toBe(504);
    expect(answer.header('content-type')).toBe('application/problem+json');
  });
});
