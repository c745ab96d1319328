/** What people who look at a rollout get while hub or controller are away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutStatus } from '../../src/core/rollout/status.ts';
import { inParallel, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { startFrailWeir, type FrailWeir } from '../support/frail-hub.ts';
import type { AdminRequest } from '../support/weir.ts';
import { startVariants, type Variants } from '../support/variants.ts';

/**
 * The bound is 3 s on each object. It guards against answers that hang for ever, so it leaves room for
 * a busy machine.
 */
const BOUNDED_SECONDS = 7;

let variants: Variants;
let weir: FrailWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startFrailWeir();
  await weir.putKv('rollout:default', variants.document());
  await weir.putKv('weight:default', '25');
  await new Visitor().visit(weir.url);
  await eventually('counts', async () => (await statusOf('default')).lastCounts !== null);
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

const statusOf = async (name: string) =>
  (await (await weir.admin(`/api/rollouts/${name}`)).json()) as RolloutStatus;

/** The answer, and after how many seconds it came. */
async function timed(
  path: string,
  init: AdminRequest = {},
): Promise<{ status: number; body: unknown; seconds: number }> {
  const start = performance.now();
  const response = await weir.admin(path, init);
  const body: unknown = await response.json();
  return { status: response.status, body, seconds: (performance.now() - start) / 1000 };
}

describe.each(['throws', 'hangs'] as const)('while the hub %s', behaviour => {
  beforeAll(() => weir.hub(behaviour));
  afterAll(() => weir.hub('ok'));

  it('the status answers in bounded time: what is configured, and that there are no figures', async () => {
    const { status, body, seconds } = await timed('/api/rollouts/default?window=15m');
    expect([status, seconds < BOUNDED_SECONDS]).toEqual([200, true]);
    expect(body).toMatchObject({
      hub: 'unreachable',
      enabled: true,
      weight: { value: 25 },
      lastCounts: null,
      isolates: 0,
      window: { seconds: 900 },
      comparisons: { canary: { errorRatio: null, p50: null, p95: null, p99: null } },
    });
    expect((body as RolloutStatus).variants['canary']).toMatchObject({
      weight: 25,
      weightInForce: null,
      requests: 0,
      recent: { requests: 0, errorRatio: null, p50: null },
    });
  });

  it('the list shows the default rollout, and that there may be more', async () => {
    const { status, body, seconds } = await timed('/api/rollouts');
    expect([status, seconds < BOUNDED_SECONDS]).toEqual([200, true]);
    expect(body).toMatchObject({
      hub: 'unreachable',
      rollouts: [{ name: 'default', hub: 'unreachable' }],
      unanswered: [],
    });
  });

  it('the series and a rollout that only the hub would know are refused as unavailable, in words', async () => {
    const paths = [
      '/api/rollouts/default/series',
      '/api/rollouts/other.example',
      '/api/rollouts/other.example/series',
      '/api/rollouts/other.example/events',
    ];
    await inParallel(paths.length, paths.length, async index => {
      const path = paths[index]!;
      const { status, body, seconds } = await timed(path);
      expect([path, status, seconds < BOUNDED_SECONDS]).toEqual([path, 503, true]);
      expect((body as { detail: string }).detail).toContain('Visitors are not affected');
    });
  });

  it('a scrape of it fails instead of hanging', async () => {
    expect((await weir.admin('/metrics?rollout=default')).status).toBe(500);
  });

  it('visitors are served and the weight can be changed, as quickly', async () => {
    expect((await new Visitor().visit(weir.url)).status).toBe(200);
    const put = await timed('/api/rollouts/default/weight', { method: 'PUT', body: '25' });
    expect([put.status, put.seconds < BOUNDED_SECONDS]).toEqual([200, true]);
  });
});

describe('once the hub answers again', () => {
  it('what was counted meanwhile is there', async () => {
    await eventually(
      'all three visits',
      async () => {
        const { hub, variants } = await statusOf('default');
        return hub === 'ok' && variants['stable']!.requests + variants['canary']!.requests === 3;
      },
      20_000,
    );
  });
});

describe.each(['throws', 'hangs'] as const)('while the controller of one rollout %s', behaviour => {
  const host = 'shop.example';

  beforeAll(async () => {
    await weir.putKv(`rollout:${host}`, variants.document());
    await weir.putKv(`weight:${host}`, '0');
    await new Visitor().visit(weir.url, { host });
    await eventually('the index knows', async () => (await listed()).total === 2);
    await weir.controller(behaviour, host);
  });
  afterAll(() => weir.controller('ok'));

  const listed = async () => (await (await weir.admin('/api/rollouts')).json()) as { total: number };

  it('its status and its changes are refused as unavailable within seconds, in words that say what still works', async () => {
    const paths = [`/api/rollouts/${host}`, `/api/rollouts/${host}/events`];
    await inParallel(paths.length, paths.length, async index => {
      const path = paths[index]!;
      const { status, body, seconds } = await timed(path);
      expect([path, status, seconds < BOUNDED_SECONDS]).toEqual([path, 503, true]);
      expect((body as { detail: string }).detail).toMatch(/controller.*Visitors are not affected.*by hand/s);
    });
  });

  it('the list shows the others, and says that it has no answer of this one', async () => {
    const { status, body, seconds } = await timed('/api/rollouts');
    expect([status, seconds < BOUNDED_SECONDS]).toEqual([200, true]);
    expect(body).toMatchObject({
      rollouts: [{ name: 'default' }],
      unanswered: [host],
      total: 2,
      hub: 'ok',
    });
  });

  it('its visitors are served, and its figures can be had', async () => {
    expect((await new Visitor().visit(weir.url, { host })).text).toBe('stable');
    expect((await weir.admin(`/api/rollouts/${host}/series`)).status).toBe(200);
  });
});

describe('a default flag that is switched off', () => {
  it('is so at the hubs of other rollouts too, though one of them did not answer at first', async () => {
    const hosts = ['a.example', 'b.example'];
    const isOff = async (host: string): Promise<boolean> =>
      (await weir.ordersOf(host)).flagsOff.some(({ flags }) => Object.hasOwn(flags, 'dark'));
    for (const host of hosts) {
      const put = await weir.admin(`/api/rollouts/${host}`, { method: 'PUT', body: variants.document() });
      expect(put.status).toBe(200);
    }
    const dark = { type: 'boolean', variants: { on: true, off: false }, default: 'on', off: 'off' };
    await weir.admin('/api/rollouts/default/flags', { method: 'PUT', body: JSON.stringify({ dark }) });
    await weir.hub('throws', 'a.example');
    try {
      const off = await weir.admin('/api/rollouts/default/flags/dark', {
        method: 'PATCH',
        body: '{"enabled": false}',
      });
      expect(off.status).toBe(200);
      expect(await Promise.all(hosts.map(isOff))).toEqual([false, true]);
    } finally {
      await weir.hub('ok');
    }
    await eventually('both', async () => (await Promise.all(hosts.map(isOff))).every(Boolean));
  });
});

describe('an index that can not say since when there are too many rollouts to ask each hub', () => {
  it('is taken at its word for what the hubs pushed', async () => {
    for (let i = 0; i < 20; i++) {
      const put = await weir.admin(`/api/rollouts/known-${i}.example`, {
        method: 'PUT',
        body: variants.document(),
      });
      expect(put.status).toBe(200);
    }
    await weir.hub('throws', 'crowdedAt');
    const samples = await scrape(weir);
    expect(sum(samples, 'weir_requests_total', { rollout: 'default' })).toBeGreaterThan(0);
    expect([...samples.keys()].filter(name => name.startsWith('weir_hub_up'))).toEqual([]);
    await weir.hub('ok');
  });
});
