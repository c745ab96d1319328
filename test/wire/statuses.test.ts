/**
 * Every status passes; a 5xx is counted as what it stands for. In production an origin's silence
 * arrives as an answer that Cloudflare made (521, 522, …), whose page names the origin.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { startProxied, type Proxied } from '../support/proxied.ts';
import { cookieOf, VISITORS } from '../support/visitors.ts';

const KINDS = {
  http_5xx: [500, 501, 502, 503, 504, 511, 531, 599],
  connect: [521, 523, 525, 526, 530],
  timeout: [522, 524],
  platform: [520, 527, 528, 529],
};
const ERRORS = Object.entries(KINDS).flatMap(([kind, statuses]) =>
  statuses.map(status => ({ status, kind })),
);
const PAGE = '<h1>Origin stable.internal is down</h1>';

let proxied: Proxied;
beforeAll(async () => {
  proxied = await startProxied();
});
beforeEach(() => {
  proxied.origin.answer = (request, response) => {
    const [status, server] = request.url?.slice(1).split('/') ?? [];
    response
      .writeHead(Number(status), 'As It Is', { server: server ?? 'nginx', 'content-type': 'text/html' })
      .end(PAGE);
  };
});
afterAll(() => proxied.stop());

describe.each(VISITORS)('for a %s visitor', visitor => {
  const get = (path: string) => proxied.ask({ path, headers: cookieOf(visitor, proxied) });

  it.each([
    200,
    201,
    203,
    206,
    226,
    299,
    300,
    306,
    400,
    401,
    404,
    418,
    429,
    451,
    499,
    ...ERRORS.map(({ status }) => status),
  ])("an origin's own %i reaches the visitor with its page", async status => {
    const answer = await get(`/${status}`);
    expect(answer.status).toBe(status);
    expect(answer.text).toBe(PAGE);
  });

  // RFC 9110, section 15: three digits beyond 599 are invalid, and real origins send them all the same.
  it.each([600, 777, 999])('a %i, which no answer can be made of, passes as it is', async status => {
    const answer = await get(`/${status}`);
    expect(answer.status).toBe(status);
    expect(answer.text).toBe(PAGE);
    expect((await get('/200')).status).toBe(200);
  });

  it.each([
    [520, 502],
    [521, 502],
    [522, 504],
    [523, 502],
    [524, 504],
    [525, 502],
    [526, 502],
    [530, 502],
  ])('a %i that Cloudflare made becomes a %i that names no origin', async (made, status) => {
    const answer = await get(`/${made}/cloudflare`);
    expect(answer.status).toBe(status);
    expect(answer.header('content-type')).toBe('application/problem+json');
    expect(answer.header('cache-control')).toBe('no-store');
    expect(answer.text).not.toContain('stable.internal');
  });

  it.each([404, 500, 503, 519, 527, 528, 529, 531])(
    "a %i of an origin behind Cloudflare is the origin's",
    async status => {
      expect((await get(`/${status}/cloudflare`)).text).toBe(PAGE);
    },
  );
});

describe('the metrics', () => {
  // A rollout for each status, so that all of them can be looked at after one delivery.
  it.concurrent.each(ERRORS)('count a $status once, as $kind, whoever made it', async ({ status, kind }) => {
    const rollout = `s${status}.example`;
    const variants = { stable: { origin: proxied.origin.url } };
    await proxied.weir.putKv(`rollout:${rollout}`, JSON.stringify({ variants }));
    const maker = status >= 520 && status <= 530 ? ['', '/cloudflare'] : ['', ''];
    for (const server of maker) await proxied.ask({ host: rollout, path: `/${status}${server}` });
    await eventually('both are counted', async () => {
      const samples = await scrape(proxied.weir);
      return sum(samples, 'weir_requests_total', { rollout }) === 2;
    });
    const samples = await scrape(proxied.weir);
    expect(sum(samples, 'weir_errors_total', { rollout, variant: 'stable', kind })).toBe(2);
    expect(sum(samples, 'weir_errors_total', { rollout })).toBe(2);
    expect(sum(samples, 'weir_requests_total', { rollout, variant: 'stable', code: '5xx' })).toBe(2);
  });

  it.concurrent.each([404, 429, 499])('count a %i as 4xx and no error', async status => {
    const rollout = `s${status}.example`;
    const variants = { stable: { origin: proxied.origin.url } };
    await proxied.weir.putKv(`rollout:${rollout}`, JSON.stringify({ variants }));
    await proxied.ask({ host: rollout, path: `/${status}` });
    const samples = await eventually('it is counted', async () => {
      const counted = await scrape(proxied.weir);
      return sum(counted, 'weir_requests_total', { rollout, code: '4xx' }) === 1 && counted;
    });
    expect(sum(samples, 'weir_errors_total', { rollout })).toBe(0);
  });
});
