/** Copies try the canary; the visitor gets stable's page and never knows. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { get, inParallel, NAVIGATION } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { startOrigin, type Answer, type HttpOrigin } from '../support/origin.ts';
import { ask, type RawRequest } from '../support/raw-client.ts';
import { figuresOf } from '../support/rollout-figures.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

let weir: TestWeir;
let stable: HttpOrigin;
let canary: HttpOrigin;
const canaryAnswers: Answer = (_, response) => response.writeHead(200, { 'x-canary': '1' }).end('canary');
beforeAll(async () => {
  [weir, stable, canary] = await Promise.all([
    startTestWeir(),
    startOrigin((_, response) => response.end('stable')),
    startOrigin(canaryAnswers),
  ]);
});
beforeEach(() => {
  canary.seen.length = 0;
  canary.answer = canaryAnswers;
});
afterAll(async () => {
  await weir.stop();
  await Promise.all([stable.close(), canary.close()]);
});

async function configure(host: string, mirror: object, change: object = {}): Promise<void> {
  const document = {
    variants: {
      stable: { origin: stable.url },
      canary: { origin: canary.url, headers: { authorization: 'Bearer of-the-document', 'x-key': 'k' } },
    },
    ...change,
    proxy: { mirror: { to: 'canary', percent: 100, ...mirror }, timeout: '2s' },
  };
  await weir.putKv(`rollout:${host}`, JSON.stringify(document));
}

/** A request of stable's and the copy that came of it. */
async function copyOf(host: string, request: RawRequest = {}) {
  expect((await ask(weir.url, { host, ...request })).text).toBe('stable');
  return eventually('a copy', () => canary.seen.length > 0 && canary.only());
}

describe('a copy', () => {
  it('is what a request to the canary would be, marked as a copy, without what makes it the visitor', async () => {
    await configure('copied.example', {});
    const copy = await copyOf('copied.example', {
      path: '/a%20b?c=d',
      headers: [
        ['cookie', 'session=secret'],
        ['authorization', 'Basic secret'],
        ['if-none-match', '"stable"'],
        ['accept-language', 'mi'],
        ['x-weir-mirror', '?0'],
      ],
    });
    expect([copy.method, copy.path]).toEqual(['GET', '/a%20b?c=d']);
    const names = ['x-weir-mirror', 'x-weir-variant', 'x-forwarded-host', 'accept-language', 'x-key'];
    expect(names.map(name => copy.header(name))).toEqual(['?1', 'canary', 'copied.example', 'mi', 'k']);
    expect(['cookie', 'if-none-match'].map(name => copy.header(name))).toEqual([undefined, undefined]);
    // The document's own, not the visitor's.
    expect(copy.header('authorization')).toBe('Bearer of-the-document');
  });

  it('keeps cookies where the document says so', async () => {
    await configure('credentials.example', { credentials: true });
    const copy = await copyOf('credentials.example', { headers: [['cookie', 'session=secret']] });
    expect(copy.header('cookie')).toBe('session=secret');
  });

  it('is made of a GET that says its body is empty', async () => {
    await configure('empty.example', {});
    await copyOf('empty.example', { headers: [['content-length', '0']] });
  });

  it('leaves the visitor with nothing but the answer of stable', async () => {
    await configure('nothing.example', {});
    canary.answer = (_, response) => response.writeHead(500, { 'set-cookie': 'a=b' }).end('broken');
    const answer = await ask(weir.url, { host: 'nothing.example' });
    expect([answer.status, answer.text]).toEqual([200, 'stable']);
    expect(answer.all('set-cookie').filter(cookie => !cookie.startsWith('weir='))).toEqual([]);
  });

  it('has figures of its own: none among the requests', async () => {
    const host = 'figures.example';
    await configure(host, {});
    let turn = 0;
    canary.answer = (request, response) => {
      turn++;
      if (turn === 1) response.writeHead(503).end();
      else if (turn === 2) request.socket.destroy();
      else response.end('canary');
    };
    for (let i = 0; i < 5; i++) await ask(weir.url, { host });
    await eventually(
      'five copies',
      async () => sum(await scrape(weir), 'weir_mirrored_total', { rollout: host }) === 5,
    );
    const figures = await figuresOf(weir, host, 5);
    const variant = 'canary';
    expect([
      figures.sum('weir_mirrored_total', { variant }),
      figures.sum('weir_mirrored_duration_seconds_count', { variant }),
      figures.sum('weir_mirrored_errors_total', { variant, kind: 'http_5xx' }),
      figures.sum('weir_mirrored_errors_total', { variant, kind: 'connect' }),
      figures.sum('weir_mirrored_errors_total'),
    ]).toEqual([5, 5, 1, 1, 2]);
    expect([
      figures.sum('weir_requests_total', { variant: 'stable', code: '2xx' }),
      figures.sum('weir_requests_total'),
      figures.sum('weir_errors_total'),
    ]).toEqual([5, 5, 0]);
  });

  it('is made of the declared share of requests', async () => {
    const host = 'share.example';
    await configure(host, { percent: 20 });
    const [requests, share] = [500, 0.2];
    await inParallel(requests, 10, () => get(weir.url, { ...NAVIGATION, host }));
    await figuresOf(weir, host, requests);
    const deviation = Math.sqrt(requests * share * (1 - share));
    expect(Math.abs(canary.seen.length - requests * share)).toBeLessThan(4 * deviation);
  });

  it.each<[what: string, request: RawRequest, change: object, weight: string]>([
    ['a POST', { method: 'POST', body: 'a=b' }, {}, '0'],
    ['a HEAD', { method: 'HEAD' }, {}, '0'],
    ['a GET with a body', { method: 'GET', body: 'a=b' }, {}, '0'],
    [
      'an upgrade',
      {
        headers: [
          ['upgrade', 'x'],
          ['connection', 'upgrade'],
        ],
      },
      {},
      '0',
    ],
    ['anything of a disabled rollout', {}, { enabled: false }, '0'],
    ["a page of the canary's own", {}, {}, '100'],
  ])('is not made of %s', async (what, request, change, weight) => {
    const host = `${what.replaceAll(/[^a-zA-Z]/g, '-').toLowerCase()}.example`;
    await configure(host, {}, change);
    await weir.putKv(`weight:${host}`, weight);
    await ask(weir.url, { host, ...request });
    await figuresOf(weir, host, 1);
    expect(canary.seen.filter(seen => seen.header('x-weir-mirror') !== undefined)).toEqual([]);
  });
});

describe('a canary that hangs', () => {
  it('gets so many copies at a time and no more, and costs no visitor any time', async () => {
    const host = 'hangs.example';
    await configure(host, {});
    let underWay = 0;
    let most = 0;
    canary.answer = request => {
      most = Math.max(most, ++underWay);
      request.socket.once('close', () => underWay--);
    };
    const answers = await inParallel(300, 30, () => get(weir.url, { ...NAVIGATION, host }));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['stable']));
    const slowest = Math.max(...answers.map(({ ms }) => ms));
    expect(slowest).toBeLessThan(1000);
    await eventually('all copies are given up', () => most > 0 && underWay === 0);
    expect(most).toBe(20);
    await eventually('they count as timeouts', async () => {
      const samples = await scrape(weir);
      return sum(samples, 'weir_mirrored_errors_total', { rollout: host, kind: 'timeout' }) === 20;
    });
    // There is room again.
    canary.seen.length = 0;
    canary.answer = canaryAnswers;
    await copyOf(host);
  });
});
