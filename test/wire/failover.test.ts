/** A page that the canary fails is stable's page, and nothing in it says so. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { visitorCookie } from '../support/proxied.ts';
import { closedPort, startOrigin, type Answer, type HttpOrigin } from '../support/origin.ts';
import { ask, RawClient, rawRequest, type RawRequest } from '../support/raw-client.ts';
import { figuresOf } from '../support/rollout-figures.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const FAILOVER_AFTER_MS = 250;
const NAVIGATION = ['accept', 'text/html'] as const;

let weir: TestWeir;
let stable: HttpOrigin;
let canary: HttpOrigin;
beforeAll(async () => {
  [weir, stable, canary] = await Promise.all([
    startTestWeir(),
    startOrigin((request, response) => {
      response.writeHead(Number(/^\/both-(\d+)/.exec(request.url ?? '')?.[1] ?? 200), { etag: '"stable"' });
      response.end('stable');
    }),
    // Answers what its path says: /503, /cloudflare-522, /resets, /hangs, /late.
    startOrigin((request, response) => {
      const path = request.url ?? '';
      const status = Number(/\d{3}/.exec(path)?.[0] ?? 200);
      if (path === '/resets') request.socket.destroy();
      else if (path === '/late') void sleep(2 * FAILOVER_AFTER_MS).then(() => response.end('late'));
      else if (path !== '/hangs')
        response
          .writeHead(status, path.startsWith('/cloudflare') ? { server: 'cloudflare' } : {})
          .end('canary');
    }),
  ]);
});
beforeEach(() => {
  stable.seen.length = 0;
  canary.seen.length = 0;
});
afterAll(async () => {
  await weir.stop();
  await Promise.all([stable.close(), canary.close()]);
});

let rollouts = 0;

/** A host of its own, everyone on the canary. */
async function newHost(proxy: object = {}, canaryUrl = canary.url, stableUrl = stable.url): Promise<string> {
  const host = `host-${++rollouts}.example`;
  const document = {
    variants: { stable: { origin: stableUrl }, canary: { origin: canaryUrl } },
    proxy: { failoverAfter: `${FAILOVER_AFTER_MS}ms`, timeout: '2s', breaker: null, ...proxy },
  };
  await weir.putKv(`rollout:${host}`, JSON.stringify(document));
  await weir.putKv(`weight:${host}`, '100');
  return host;
}

const visit = (host: string, path: string, request: RawRequest = {}) =>
  ask(weir.url, { host, path, headers: [NAVIGATION], ...request });

describe('a page that the canary', () => {
  it.each([
    ...[500, 502, 503, 504].map(status => [`/${status}`, '5xx', 'http_5xx'] as const),
    ...[521, 523, 525, 526, 530].map(status => [`/cloudflare-${status}`, '5xx', 'connect'] as const),
    ...[522, 524].map(status => [`/cloudflare-${status}`, '5xx', 'timeout'] as const),
    ...[520, 527, 528, 529].map(status => [`/cloudflare-${status}`, '5xx', 'platform'] as const),
    ['/resets', 'none', 'connect'] as const,
    ['/hangs', 'none', 'timeout'] as const,
    ['/late', 'none', 'timeout'] as const,
  ])(
    "fails with %s is stable's, asked for once, and counts once against the canary",
    async (path, code, kind) => {
      const host = await newHost();
      const answer = await visit(host, path);
      expect([answer.status, answer.text, answer.isComplete]).toEqual([200, 'stable', true]);
      expect(answer.headers.map(([name]) => name)).not.toContain('x-weir-variant');
      expect(stable.seen.map(request => request.header('x-weir-variant'))).toEqual(['stable']);
      expect(canary.seen).toHaveLength(1);

      const figures = await figuresOf(weir, host, 1);
      expect([
        figures.sum('weir_requests_total'),
        figures.sum('weir_requests_total', { variant: 'canary', code }),
        figures.sum('weir_errors_total'),
        figures.sum('weir_errors_total', { variant: 'canary', kind }),
        figures.sum('weir_request_duration_seconds_count', { variant: 'canary' }),
        figures.sum('weir_failovers_total'),
        figures.sum('weir_failovers_total', { variant: 'canary', result: 'ok' }),
      ]).toEqual([1, 1, 1, 1, 1, 1, 1]);
      const ms = figures.sum('weir_request_duration_seconds_sum') * 1000;
      if (kind === 'timeout' && code === 'none') expect(ms).toBeGreaterThanOrEqual(FAILOVER_AFTER_MS - 1);
    },
  );

  it("can't be asked for is stable's", async () => {
    const answer = await visit(await newHost({}, await closedPort()), '/');
    expect([answer.status, answer.text]).toEqual([200, 'stable']);
  });

  it.each(['/501', '/505', '/521', '/404', '/429', '/302'])('answers with %s is its own', async path => {
    const answer = await visit(await newHost(), path);
    expect([answer.status, answer.text, stable.seen.length]).toEqual([Number(path.slice(1)), 'canary', 0]);
  });

  it('is slow to give, but in time, is its own', async () => {
    const answer = await visit(await newHost({ failoverAfter: '1500ms' }), '/late');
    expect([answer.text, stable.seen.length]).toEqual(['late', 0]);
  });

  it('fails is its own with failover off: the timeout is the full one', async () => {
    const host = await newHost({ failover: false, timeout: '800ms' });
    expect((await visit(host, '/503')).text).toBe('canary');
    const start = performance.now();
    expect((await visit(host, '/hangs')).status).toBe(504);
    expect(performance.now() - start).toBeGreaterThanOrEqual(799);
    expect(stable.seen).toEqual([]);
  });
});

describe('failover', () => {
  it('is for HEAD too', async () => {
    const answer = await visit(await newHost(), '/503', { method: 'HEAD' });
    expect([answer.status, answer.header('etag')]).toEqual([200, '"stable"']);
    expect(stable.only().method).toBe('HEAD');
  });

  it('is for a GET that says its body is empty', async () => {
    const headers = [NAVIGATION, ['content-length', '0']] as const;
    expect((await visit(await newHost(), '/503', { headers })).text).toBe('stable');
  });

  it.each<[what: string, request: RawRequest]>([
    ['a POST', { method: 'POST', body: 'a=b' }],
    ['a POST without a body', { method: 'POST' }],
    ['a GET with a body', { method: 'GET', body: 'a=b' }],
    ['a DELETE', { method: 'DELETE' }],
    ['an OPTIONS', { method: 'OPTIONS' }],
    [
      'an upgrade',
      {
        headers: [
          ['upgrade', 'x'],
          ['connection', 'upgrade'],
        ],
      },
    ],
  ])('is not for %s: it reaches one origin, once', async (_, request) => {
    const answer = await visit(await newHost(), '/503', request);
    expect([answer.status, answer.text]).toEqual([503, 'canary']);
    expect([canary.seen.length, stable.seen.length]).toEqual([1, 0]);
  });

  it("drops the conditions of the visitor's cache, which holds the canary's pages", async () => {
    // Not for being late: a busy machine is.
    const host = await newHost({ failoverAfter: '10s', timeout: '20s' });
    const cookie = visitorCookie(await visit(host, '/'));
    const headers = [
      // As it is a day after the change.
      ['cookie', cookie.replace(/\.(..)\./, (_, tag: string) => `.${settledTag(tag)}.`)],
      ['if-none-match', '"canary"'],
      ['if-modified-since', 'Mon, 23 Nov 2026 00:00:00 GMT'],
      ['range', 'bytes=0-1'],
    ] as const;
    canary.seen.length = 0;
    await visit(host, '/503', { headers });
    const conditions = headers.slice(1);
    const seenBy = (origin: HttpOrigin) => conditions.map(([name]) => origin.only().header(name));
    expect(seenBy(canary)).toEqual(conditions.map(([, value]) => value));
    expect(seenBy(stable)).toEqual([undefined, undefined, undefined]);
  });

  it("has the visitor's cookie say that a page of stable's may be in their cache", async () => {
    // Not for being late: a busy machine is.
    const host = await newHost({ failoverAfter: '10s', timeout: '20s' });
    const [id, tag, day] = visitorCookie(await visit(host, '/'))
      .slice('weir='.length)
      .split('.') as [string, string, string];
    const settled = `${id}.${settledTag(tag)}.${day}`;
    const conditional = (cookie: string) =>
      [NAVIGATION, ['cookie', `weir=${cookie}`], ['if-none-match', '"x"']] as const;
    canary.seen.length = 0;
    const failedOver = await visit(host, '/503', { headers: conditional(settled) });
    expect(canary.only().header('if-none-match')).toBe('"x"');
    const cookie = visitorCookie(failedOver).slice('weir='.length);
    expect(cookie).toBe(`${id}.${tag}.${day}`);
    canary.seen.length = 0;
    const next = await visit(host, '/', { headers: conditional(cookie) });
    expect([next.text, canary.only().header('if-none-match')]).toEqual(['canary', undefined]);
    // It already says so: not set again.
    const again = await visit(host, '/503', { headers: conditional(cookie) });
    expect([again.text, again.all('set-cookie')]).toEqual(['stable', []]);
  });

  it("tells stable its own flags, not the canary's, nor when it is asked at once in the canary's place", async () => {
    const host = await newHost({ breaker: { consecutiveErrors: 1, cooldown: '1h' } });
    const variants = { on: true, off: false };
    const newer = { type: 'boolean', variants, off: 'off', follows: 'canary', origin: true };
    await weir.putKv(`flags:${host}`, JSON.stringify({ newer }));
    for (let i = 0; i < 2; i++) expect((await visit(host, '/503')).text).toBe('stable');
    const flagsAt = (origin: HttpOrigin) => origin.seen.map(request => request.header('x-weir-flags'));
    expect([flagsAt(canary), flagsAt(stable)]).toEqual([['newer=on'], ['newer=off', 'newer=off']]);
  });

  it('shows who really served where the document wants it shown', async () => {
    const host = await newHost({ exposeVariant: true });
    expect((await visit(host, '/')).header('x-weir-variant')).toBe('canary');
    expect((await visit(host, '/503')).header('x-weir-variant')).toBe('stable');
  });

  it.each<[path: string, gone: 'stable gone' | '', status: number, text: string | undefined]>([
    ['/503', 'stable gone', 503, 'canary'],
    ['/cloudflare-522', 'stable gone', 502, undefined],
    ['/hangs', 'stable gone', 502, undefined],
    ['/both-500', '', 500, 'stable'],
  ])('of %s %s is a %i', async (path, gone, status, text) => {
    const host = await newHost({}, canary.url, gone === '' ? stable.url : await closedPort());
    const answer = await visit(host, path);
    expect(answer.status).toBe(status);
    if (text === undefined) expect(answer.header('content-type')).toBe('application/problem+json');
    else expect(answer.text).toBe(text);
    expect(canary.seen).toHaveLength(1);
    const figures = await figuresOf(weir, host, 1);
    expect([
      figures.sum('weir_requests_total'),
      figures.sum('weir_failovers_total', { result: 'failed' }),
      figures.sum('weir_failovers_total', { result: 'ok' }),
    ]).toEqual([1, 1, 0]);
  });
});

describe('an attempt on the canary that is over, while the answer of stable still streams,', () => {
  /** @returns when the canary's connection closes, and how to end the answer of stable */
  async function streaming(fail: Answer) {
    const closed = Promise.withResolvers<'closed'>();
    const ends = Promise.withResolvers<undefined>();
    const [streams, fails] = await Promise.all([
      startOrigin((_, response) => {
        response.writeHead(200, { 'content-length': 9 }).write('first');
        void ends.promise.then(() => response.end('last'));
      }),
      startOrigin((request, response) => {
        request.socket.once('close', () => closed.resolve('closed'));
        fail(request, response);
      }),
    ]);
    const client = new RawClient(weir.url);
    client.send(rawRequest({ host: await newHost({}, fails.url, streams.url) }));
    await client.until(bytes => bytes.includes('first'));
    return {
      closed: closed.promise,
      end: async () => {
        ends.resolve(undefined);
        expect((await client.answer()).text).toBe('firstlast');
        client.hangUp();
        await closed.promise;
        await Promise.all([streams.close(), fails.close()]);
      },
    };
  }

  const endless = (status: number, response: Parameters<Answer>[1]) =>
    response.writeHead(status).write('x'.repeat(2 ** 16));

  it.each<[what: string, fail: Answer]>([
    ['an error page', (_, response) => void endless(503, response)],
    [
      'an answer that came too late',
      (_, response) => void sleep(2 * FAILOVER_AFTER_MS).then(() => endless(200, response)),
    ],
  ])('is let go: %s without an end', async (_, fail) => {
    const { closed, end } = await streaming(fail);
    expect(await closed).toBe('closed');
    await end();
  });

  it('keeps its connection if it never answered', async () => {
    const { closed, end } = await streaming(() => undefined);
    expect(await Promise.race([closed, sleep(1000, 'still open')])).toBe('still open');
    await end();
  });
});

/** The tag of the same variant without the bit that says "came here today". */
function settledTag(tag: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(tag.charAt(0)) & 31]! + tag.charAt(1);
}
