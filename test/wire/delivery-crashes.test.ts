/** A rollout whose controller dies again and again, with the whole process and at any moment, goes on where it was. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, it } from 'vitest';
import { startRawWorkerd, type RawWorkerd } from '../../scripts/raw-workerd.ts';
import type { DeliveryStatus } from '../../src/core/delivery/delivery-status.ts';
import { startOrigin } from '../support/origin.ts';
import { startRegulars } from '../support/regulars.ts';
import { good, SHORT_PLAN } from '../support/rollouts.ts';
import { startSlowKv } from '../support/slow-kv.ts';
import { ADMIN_TOKEN } from '../support/weir.ts';

const PATIENCE_MS = 100_000;
/** Some looks happen between two crashes, or nothing ever would. */
const LIFE_MS = 5000;

it('completes though the process is killed every few seconds', { timeout: 150_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-crashes-'));
  const [kv, stable, canary] = await Promise.all([
    startSlowKv(),
    startOrigin(good('stable')),
    startOrigin(good('canary')),
  ]);
  const start = (): Promise<RawWorkerd> =>
    startRawWorkerd({
      directory,
      bundle: inject('bundle'),
      kvAddress: kv.address,
      variables: { ADMIN_TOKEN, CONFIG_REFRESH: '1', KV_SETTLE: '0' },
    });
  let weir = await start();
  const call = async (path: string, init: { method?: string; body?: string } = {}): Promise<unknown> => {
    const response = await fetch(`${weir.url}/__weir/api/rollouts/default${path}`, {
      ...init,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, connection: 'close' },
    });
    expect(response.status, await response.clone().text()).toBe(200);
    return response.json();
  };
  const variants = { stable: { origin: stable.url }, canary: { origin: canary.url, version: '1' } };
  // Latency is asked for elsewhere: what a process loses when it is killed are its slowest requests.
  const plan = { ...SHORT_PLAN, criteria: SHORT_PLAN.criteria.filter(({ metric }) => metric === 'errors') };
  try {
    await call('', { method: 'PUT', body: JSON.stringify({ variants, plan }) });
    await call('/start', { method: 'POST', body: '{}' });
    let status: DeliveryStatus | undefined;
    const seen: string[] = [];
    const until = performance.now() + PATIENCE_MS;
    while (status?.phase !== 'completed' && performance.now() < until) {
      const visitors = startRegulars(weir.url, 'localhost', 60, 1000);
      await sleep(LIFE_MS * (0.5 + Math.random()));
      ({ delivery: status } = (await call('')) as { delivery: DeliveryStatus });
      seen.push(`${status.phase} ${status.run?.weight ?? '-'}`);
      await Promise.all([weir.stop(), visitors.leave()]);
      weir = await start();
    }
    expect(status?.phase, seen.join(', ')).toBe('completed');
    const { events } = (await call('/events')) as { events: { action: string }[] };
    const times = (action: string) => events.filter(event => event.action === action).length;
    // Every step once, whatever was repeated.
    expect([times('start'), times('advance'), times('complete')]).toEqual([1, 3, 1]);
    expect(kv.values.get('weight:default')?.value).toBe('100');
  } finally {
    await weir.stop();
    await Promise.all([kv.close(), stable.close(), canary.close()]);
    rmSync(directory, { recursive: true });
  }
});
