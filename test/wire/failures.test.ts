/** The proxy answers for an origin only when that gives no answer, and says nothing of where it is. */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { closedPort, startOrigin, startTcpOrigin, type HttpOrigin, type Origin } from '../support/origin.ts';
import { ask } from '../support/raw-client.ts';
import type { RawAnswer } from '../support/raw-answer.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const TIMEOUT_MS = 300;
const FINE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine';

let weir: TestWeir;
let stable: HttpOrigin;
const canaries: Origin[] = [];
beforeAll(async () => {
  [weir, stable] = await Promise.all([startTestWeir(), startOrigin()]);
});
afterAll(async () => {
  await weir.stop();
  await Promise.all([stable, ...canaries].map(origin => origin.close()));
});

/** Serves everyone at this host from a canary that fails at `/fail` and is fine elsewhere. */
async function startCanary(host: string, fail: (socket: Socket) => void): Promise<Origin> {
  const canary = await startTcpOrigin((socket, bytes) => {
    if (bytes.startsWith('GET /fail ')) fail(socket);
    else socket.write(FINE);
  });
  canaries.push(canary);
  await serve(host, canary);
  return canary;
}

async function serve(host: string, canary: Pick<Origin, 'url'>): Promise<void> {
  const variants = { stable: { origin: stable.url }, canary: { origin: canary.url } };
  await weir.putKv(
    `rollout:${host}`,
    JSON.stringify({ variants, proxy: { timeout: `${TIMEOUT_MS}ms`, failover: false } }),
  );
  await weir.putKv(`weight:${host}`, '100');
}

function expectProblem(answer: RawAnswer, status: number, origin: Pick<Origin, 'host'>): void {
  expect(answer.status).toBe(status);
  expect(answer.isComplete).toBe(true);
  expect(answer.header('content-type')).toBe('application/problem+json');
  expect(answer.header('cache-control')).toBe('no-store');
  expect(JSON.parse(answer.text)).toEqual({
    type: 'about:blank',
    status,
    title: status === 504 ? 'Gateway Timeout' : 'Bad Gateway',
    detail: expect.any(String) as string,
  });
  const everything = JSON.stringify([answer.headers, answer.text]);
  for (const name of ['127.0.0.1', origin.host.split(':')[1]!, 'canary'])
    expect(everything).not.toContain(name);
}

/** One failure and one fine answer are what the metrics of this host show, and nothing else. */
async function expectCountedOnce(host: string, kind: string): Promise<void> {
  const rollout = host;
  const samples = await eventually('both requests are counted', async () => {
    const counted = await scrape(weir);
    return sum(counted, 'weir_requests_total', { rollout, code: '2xx' }) > 0 && counted;
  });
  const requests = (labels: Record<string, string>) =>
    sum(samples, 'weir_requests_total', { rollout, ...labels });
  const errors = (labels: Record<string, string>) =>
    sum(samples, 'weir_errors_total', { rollout, ...labels });
  expect([
    requests({}),
    requests({ variant: 'canary', code: 'none' }),
    requests({ variant: 'canary', code: '2xx' }),
  ]).toEqual([2, 1, 1]);
  expect([errors({}), errors({ variant: 'canary', kind })]).toEqual([1, 1]);
}

describe.concurrent('an origin that', () => {
  it.each<[does: string, host: string, status: number, kind: string, fail: (socket: Socket) => void]>([
    ['resets the connection', 'resets.example', 502, 'connect', socket => socket.resetAndDestroy()],
    ['closes the connection', 'closes.example', 502, 'connect', socket => socket.end()],
    [
      'resets amid the headers',
      'amid.example',
      502,
      'connect',
      socket => socket.write('HTTP/1.1 200 OK\r\nX', () => socket.resetAndDestroy()),
    ],
    [
      'answers garbage',
      'garbage.example',
      502,
      'connect',
      socket => socket.end('\x16\x03\x01 garbage\r\n\r\n'),
    ],
    [
      'answers headers that are none',
      'headers.example',
      502,
      'connect',
      socket => socket.end('HTTP/1.1 200 OK\r\nno header\r\n\r\n'),
    ],
    [
      'answers two lengths',
      'lengths.example',
      502,
      'connect',
      socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
    ],
    [
      'answers an interim response',
      'interim.example',
      502,
      'connect',
      socket => socket.write(`HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${FINE}`),
    ],
    [
      'upgrades unasked',
      'upgrades.example',
      502,
      'connect',
      socket => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    ['never answers', 'never.example', 504, 'timeout', () => undefined],
    [
      'stops amid the headers',
      'stops.example',
      504,
      'timeout',
      socket => socket.write('HTTP/1.1 200 OK\r\nX-A: b\r\n'),
    ],
  ])(
    '%s gives a problem without its name, counted once; the next request is fine',
    async (_, host, status, kind, fail) => {
      const canary = await startCanary(host, fail);
      const start = performance.now();
      expectProblem(await ask(weir.url, { host, path: '/fail' }), status, canary);
      if (kind === 'timeout') expect(performance.now() - start).toBeGreaterThanOrEqual(TIMEOUT_MS - 1);
      expect((await ask(weir.url, { host })).text).toBe('fine');
      await expectCountedOnce(host, kind);
    },
  );

  it('refuses connections gives a problem without its name, counted once; when it is back it is used', async () => {
    const host = 'refuses.example';
    const url = await closedPort();
    const gone = { url, host: new URL(url).host };
    await serve(host, gone);
    expectProblem(await ask(weir.url, { host }), 502, gone);
    canaries.push(await startTcpOrigin(socket => socket.write(FINE), Number(new URL(url).port)));
    expect((await ask(weir.url, { host })).text).toBe('fine');
    await expectCountedOnce(host, 'connect');
  });

  it('can not be found gives a problem without its name', async () => {
    const host = 'unknown.example';
    await serve(host, { url: 'http://canary.invalid:9' });
    const answer = await ask(weir.url, { host });
    // A resolver that takes its time is a timeout.
    expect([502, 504]).toContain(answer.status);
    expect(JSON.stringify([answer.headers, answer.text])).not.toContain('canary.invalid');
  });
});
