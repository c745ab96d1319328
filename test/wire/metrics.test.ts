import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { closedPort } from '../support/origin.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { evictHub, startTestWeir, type TestWeir } from '../support/weir.ts';

const CODES = ['2xx', '3xx', '4xx', '5xx', 'none'] as const;

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir();
  // Shown as they are: nothing is asked of stable instead.
  await weir.putKv('rollout:default', variants.document({ proxy: { failover: false, breaker: null } }));
  await weir.putKv('weight:default', '30');
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

describe('metrics', () => {
  it('equal what the client counted, to the request, with errors mixed in and the hub evicted in the middle', async () => {
    const seen = new Map<string, number>();
    const count = (key: string): void => void seen.set(key, (seen.get(key) ?? 0) + 1);
    const visitors = Array.from({ length: 500 }, () => new Visitor());
    let evictions = 0;
    await inParallel(10_000, 50, async index => {
      if (index % 2000 === 1000) {
        await evictHub(weir, 'default');
        evictions++;
      }
      const status = index % 10 === 3 ? 500 : index % 10 === 5 ? 404 : index % 10 === 7 ? 302 : 200;
      const answer = await visitors[index % visitors.length]!.visit(`${weir.url}/?status=${status}`);
      count(`${answer.text} ${CODES[Math.floor(answer.status / 100) - 2]!}`);
    });
    expect(evictions).toBe(5);
    await eventually(
      'every request in metrics',
      async () => sum(await scrape(weir), 'weir_requests_total') >= 10_000,
    );
    const samples = await scrape(weir);
    for (const variant of ['stable', 'canary']) {
      for (const code of CODES)
        expect([variant, code, sum(samples, 'weir_requests_total', { variant, code })]).toEqual([
          variant,
          code,
          seen.get(`${variant} ${code}`) ?? 0,
        ]);
      const errors = seen.get(`${variant} 5xx`) ?? 0;
      expect(sum(samples, 'weir_errors_total', { variant })).toBe(errors);
      expect(sum(samples, 'weir_errors_total', { variant, kind: 'http_5xx' })).toBe(errors);
      const requests = sum(samples, 'weir_requests_total', { variant });
      expect(sum(samples, 'weir_request_duration_seconds_count', { variant })).toBe(requests);
      expect(sum(samples, 'weir_request_duration_seconds_bucket', { variant, le: '+Inf' })).toBe(requests);
    }
    // Two requests of a visitor may be under way before the first answer brings the cookie.
    expect(sum(samples, 'weir_assignments_total')).toBeGreaterThanOrEqual(visitors.length);
    expect(sum(samples, 'weir_lost_outcomes_total')).toBe(0);
    expect(sum(samples, 'weir_weight_percent', { variant: 'canary' })).toBe(30);
    expect(sum(samples, 'weir_weight_percent', { variant: 'stable' })).toBe(70);
  }, 120_000);

  it('count the last request of a long spell of traffic, though no other follows it', async () => {
    const rollout = 'long.example';
    await weir.putKv(`rollout:${rollout}`, variants.document());
    // Longer than any one request may stay to flush for the others.
    const [visitor, end] = [new Visitor(), performance.now() + 11_000];
    let sent = 0;
    for (; performance.now() < end; sent++) await visitor.visit(`${weir.url}/?delay=15`, { host: rollout });
    await eventually(
      'all of them',
      async () => sum(await scrape(weir), 'weir_requests_total', { rollout }) === sent,
    );
  });

  it('give the quantiles that the origin caused', async () => {
    const rollout = 'slow.example';
    await weir.putKv(`rollout:${rollout}`, variants.document());
    const delays = Array.from({ length: 200 }, (_, i) => (i < 150 ? 100 : 400));
    const latencies = await inParallel(
      delays.length,
      20,
      async i => (await new Visitor().visit(`${weir.url}/?delay=${delays[i]}`, { host: rollout })).ms,
    );
    await eventually(
      'all of them',
      async () => sum(await scrape(weir), 'weir_requests_total', { rollout }) === delays.length,
    );
    const status = (await (await weir.admin(`/api/rollouts/${rollout}`)).json()) as {
      variants: { stable: { recent: { p50: number; p95: number } } };
    };
    const sorted = latencies.sort((a, b) => a - b);
    const { p50, p95 } = status.variants.stable.recent;
    // The client's own clock, its scheduling and whole milliseconds come on top of the histogram's 4.5 %.
    for (const [mine, exact] of [
      [p50, sorted[99]!],
      [p95, sorted[189]!],
    ] as const) {
      expect(mine * 1000).toBeLessThanOrEqual(exact * 1.045 + 1);
      expect(mine * 1000).toBeGreaterThanOrEqual((exact < 300 ? 100 : 400) * 0.955 - 1);
    }
  });

  it('show requests without an answer as code "none", once, under their kind', async () => {
    const rollout = 'dead.example';
    await weir.putKv(
      `rollout:${rollout}`,
      JSON.stringify({ variants: { stable: { origin: await closedPort() } } }),
    );
    for (let i = 0; i < 3; i++)
      expect((await new Visitor().visit(weir.url, { host: rollout })).status).toBe(502);
    const samples = await eventually('three failures', async () => {
      const samples = await scrape(weir);
      return sum(samples, 'weir_requests_total', { rollout }) === 3 && samples;
    });
    expect(sum(samples, 'weir_requests_total', { rollout, code: 'none' })).toBe(3);
    expect(sum(samples, 'weir_errors_total', { rollout })).toBe(3);
    expect(sum(samples, 'weir_errors_total', { rollout, kind: 'connect' })).toBe(3);
  });
});
