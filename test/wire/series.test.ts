import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Series } from '../../src/core/metrics/series.ts';
import type { RolloutStatus } from '../../src/core/rollout/status.ts';
import { get, inParallel, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { evictHub, startTestWeir, type AdminRequest, type TestWeir } from '../support/weir.ts';

const VISITS = 400;

let variants: Variants;
let weir: TestWeir;
/** Answers by variant, and how many of them were 500. */
const seen: Record<string, { requests: number; errors: number }> = {
  stable: { requests: 0, errors: 0 },
  canary: { requests: 0, errors: 0 },
};

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir({
    variables: { ADMIN_TOKEN: 'ada:admin:a,olga:operator:b', VIEWER_TOKEN: 'c' },
  });
  await weir.putKv('rollout:default', variants.document({ proxy: { failover: false, breaker: null } }));
  await weir.putKv('weight:default', '50');
  await inParallel(VISITS, 20, async index => {
    // The canary fails twice as often.
    const visitor = new Visitor();
    const first = await visitor.visit(`${weir.url}/?status=${index % 8 === 0 ? 500 : 200}`);
    count(first);
    if (first.text === 'canary' && index % 8 === 1) count(await visitor.visit(`${weir.url}/?status=500`));
  });
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

function count({ text, status }: { text: string; status: number }): void {
  const own = seen[text]!;
  own.requests++;
  if (status >= 500) own.errors++;
}

const api = (path: string, token = 'c', init: AdminRequest = {}) =>
  fetch(`${weir.url}/__weir/api${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
const json = async <T>(path: string): Promise<T> => (await (await api(path)).json()) as T;
const sum = (numbers: readonly number[] = []) => numbers.reduce((total, n) => total + n, 0);

/** The series once everything that was visited is in it. */
const fullSeries = (query: string) =>
  eventually('every visit in the series', async () => {
    const series = await json<Series>(`/rollouts/default/series${query}`);
    const { stable, canary } = series.variants;
    const total = sum(stable?.requests) + sum(canary?.requests);
    return total === seen['stable']!.requests + seen['canary']!.requests && series;
  });

describe('the series', () => {
  it.each(['', '?window=24h&step=10s', '?window=90d', '?window=1h&step=5m'])(
    'with %j holds per variant what the visitors saw, over an eviction too',
    async query => {
      await fullSeries(query);
      await evictHub(weir, 'default');
      const series = await fullSeries(query);
      expect(series.name).toBe('default');
      for (const [variant, { requests, errors }] of Object.entries(seen)) {
        const column = series.variants[variant]!;
        expect([sum(column.requests), sum(column.errors)]).toEqual([requests, errors]);
        const busy = column.requests.findIndex(n => n > 0);
        expect(column.weight[busy]).toBe(50);
        expect(column.p50[busy]).toBeLessThanOrEqual(column.p99[busy]!);
        for (const figures of Object.values(column)) expect(figures).toHaveLength(series.at.length);
      }
      const end = series.at.at(-1)! + series.seconds.at(-1)!;
      expect(end).toBeCloseTo(series.to, 3);
      expect(Math.abs(series.to - Date.now() / 1000)).toBeLessThan(30);
    },
  );

  it.each([
    ['window=15', '"window" must be a duration from 1m to 90d'],
    ['window=30s', '"window" must be a duration from 1m to 90d'],
    ['window=91d', 'it was "91d"'],
    ['window=', '"window"'],
    ['step=5s', '"step" must be a duration from 10s to 1d'],
    ['step=ten', 'it was "ten"'],
  ])('with %s is refused, with what was expected', async (query, words) => {
    const response = await api(`/rollouts/default/series?${query}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json',
    ]);
    expect(((await response.json()) as { detail: string }).detail).toContain(words);
  });

  it('of a rollout that does not exist is not found', async () => {
    expect((await api('/rollouts/nothing.example/series')).status).toBe(404);
  });

  it('of a rollout without traffic is empty', async () => {
    await weir.putKv('rollout:quiet.example', variants.document());
    const { at, variants: columns } = await json<Series>('/rollouts/quiet.example/series');
    expect([at, columns]).toEqual([[], {}]);
  });
});

describe('the status', () => {
  it.each([
    ['15s', 15, 30],
    ['15m', 900, 910],
    ['24h', 86_400, 86_460],
  ])('with window=%s has the figures of that window', async (window, least, most) => {
    await fullSeries('');
    const status = await json<RolloutStatus>(`/rollouts/default?window=${window}`);
    expect(status.window.seconds).toBeGreaterThanOrEqual(least);
    expect(status.window.seconds).toBeLessThanOrEqual(most);
    // The visits were a moment ago; 15 s may have passed them.
    if (least < 900) return;
    for (const [variant, { requests, errors }] of Object.entries(seen))
      expect(status.variants[variant]!.recent).toMatchObject({ requests, errors });
  });

  it('compares each candidate with stable, with an interval around what the figures differ by', async () => {
    await fullSeries('');
    const { comparisons, variants, hub, isolates } = await json<RolloutStatus>(
      '/rollouts/default?window=15m',
    );
    const { errorRatio, p50, p99 } = comparisons['canary']!;
    const [canary, stable] = [variants['canary']!.recent, variants['stable']!.recent];
    expect(errorRatio?.value).toBeCloseTo(canary.errorRatio! - stable.errorRatio!, 12);
    expect(errorRatio!.low).toBeLessThan(errorRatio!.value);
    expect(errorRatio!.high).toBeGreaterThan(errorRatio!.value);
    expect(p50?.value).toBeCloseTo(canary.p50! - stable.p50!, 12);
    // 368 requests a side are needed to say anything of p99.
    expect(p99).toBeNull();
    expect([hub, isolates]).toEqual(['ok', 1]);
  });

  it.each(['14s', '25h', '1', '-1m'])('with window=%s is refused', async window => {
    expect((await api(`/rollouts/default?window=${window}`)).status).toBe(400);
  });
});

describe('who asks', () => {
  it.each([
    ['a', { name: 'ada', role: 'admin' }],
    ['b', { name: 'olga', role: 'operator' }],
    ['c', { name: 'viewer', role: 'viewer' }],
  ])('is told from the token %s', async (token, who) => {
    expect(await (await api('/me', token)).json()).toEqual(who);
  });

  it('is refused with a wrong token', async () => {
    const response = await api('/me', 'wrong');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json',
    ]);
  });

  it('is nobody where no token is set', async () => {
    const closed = await startTestWeir({ variables: { ADMIN_TOKEN: '' } });
    try {
      expect((await get(`${closed.url}/__weir/api/me`, { authorization: 'Bearer x' })).status).toBe(404);
    } finally {
      await closed.stop();
    }
  });

  it('is the dashboard in the audit log if the page says so', async () => {
    const headers = { 'x-weir-client': 'dashboard' };
    expect((await api('/rollouts/default/weight', 'b', { method: 'PUT', body: '25', headers })).status).toBe(
      200,
    );
    const { events } = await json<{ events: object[] }>('/rollouts/default/events?limit=1');
    expect(events[0]).toMatchObject({ by: 'olga', channel: 'dashboard', action: 'weight' });
  });
});
