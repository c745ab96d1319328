/** A rollout never writes over an emergency stop by hand that KV doesn't show it, or has only just begun to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { startRawWorkerd } from '../../scripts/raw-workerd.ts';
import { eventually } from '../support/eventually.ts';
import { Rollout } from '../support/rollouts.ts';
import { startSlowKv, type SlowKv } from '../support/slow-kv.ts';
import { ADMIN_TOKEN, type AdminRequest } from '../support/weir.ts';

const HOST = 'stop.example';
const KEY = `weight:${HOST}`;

const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map(close => close())));

/** At step one, on a Weir and a KV of its own, without any visitor: only its controller can see a stop. */
async function underWay(settle: string): Promise<{ rollout: Rollout; kv: SlowKv }> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-rollout-'));
  const kv = await startSlowKv();
  const variables = { ADMIN_TOKEN, CONFIG_REFRESH: '1', KV_SETTLE: settle };
  const weir = await startRawWorkerd({
    directory,
    bundle: inject('bundle'),
    kvAddress: kv.address,
    variables,
  });
  const admin = (path: string, init: AdminRequest = {}) =>
    fetch(`${weir.url}/__weir${path}`, {
      ...init,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...init.headers },
    });
  const steps = [
    { weight: 20, hold: '1h' },
    { weight: 100, hold: '1h' },
  ];
  const rollout = await Rollout.set({ url: weir.url, admin }, HOST, { steps });
  closing.push(async () => {
    await Promise.all([weir.stop(), rollout.close(), kv.close()]);
    rmSync(directory, { recursive: true });
  });
  await rollout.verb('start');
  await eventually('the weight of step one', () => kv.values.get(KEY)?.value === '20');
  return { rollout, kv };
}

/** Nothing but KV stands between it and 100 %. */
const hasten = (rollout: Rollout) => rollout.verb('promote', { force: true, reason: 'it is fine' });

const stop = ({ values }: SlowKv) => values.set(KEY, { value: '0', metadata: null });

async function looks(rollout: Rollout, count: number): Promise<void> {
  const seen = new Set<string | null>();
  await rollout.until(`${count} looks`, ({ lastTick }) => seen.add(lastTick).size > count);
}

describe.concurrent('a rollout that only KV holds back', { timeout: 60_000 }, () => {
  it('stays while KV does not show its last weight, and obeys the stop that KV shows then', async () => {
    const { rollout, kv } = await underWay('0');
    kv.behaviour = { absent: [KEY] };
    await looks(rollout, 1);
    await hasten(rollout);
    stop(kv);
    await rollout.until('KV', ({ waitingFor }) => waitingFor === 'settle');
    await looks(rollout, 3);
    expect(kv.values.get(KEY)?.value).toBe('0');
    kv.behaviour = {};
    expect(await rollout.phase('paused')).toMatchObject({ waitingFor: 'hand-weight', run: { weight: 0 } });
    expect(kv.values.get(KEY)).toEqual({ value: '0', metadata: null });
  });

  it('obeys a stop that was written when KV had shown its last weight already', async () => {
    const { rollout, kv } = await underWay('0');
    await looks(rollout, 2);
    stop(kv);
    await hasten(rollout);
    expect(await rollout.phase('paused')).toMatchObject({ waitingFor: 'hand-weight', run: { weight: 0 } });
    expect(kv.values.get(KEY)).toEqual({ value: '0', metadata: null });
  });

  it('stays as long as a stop may take to show, however soon KV shows its last weight', async () => {
    const { rollout, kv } = await underWay('3600');
    await hasten(rollout);
    await rollout.until('KV', ({ waitingFor }) => waitingFor === 'settle');
    await looks(rollout, 3);
    expect((await rollout.delivery()).run).toMatchObject({ step: 0, weight: 20 });
    stop(kv);
    await rollout.phase('paused');
    expect(kv.values.get(KEY)).toEqual({ value: '0', metadata: null });
  });

  it('goes on over the same weight written by hand, and says that someone did', async () => {
    const { rollout, kv } = await underWay('0');
    await looks(rollout, 1);
    kv.values.set(KEY, { value: '20', metadata: null });
    await looks(rollout, 2);
    await hasten(rollout);
    await eventually('the last step', () => kv.values.get(KEY)?.value !== '20', 25_000);
    const events = await rollout.events();
    expect(events).toContainEqual(
      expect.objectContaining({ action: 'weight', channel: 'kv', detail: '20 → 20' }),
    );
  });

  it('writes its weight again over an older write that lands late, though it is rolled back', async () => {
    const { rollout, kv } = await underWay('0');
    const landing: PromiseWithResolvers<void> = Promise.withResolvers();
    kv.behaviour = { writesAfter: landing.promise };
    await rollout.call('/weight', { method: 'PUT', body: '15' });
    kv.behaviour = {};
    await rollout.verb('rollback');
    await eventually('the rollback in KV', () => kv.values.get(KEY)?.value === '0', 25_000);
    landing.resolve();
    await eventually('the late write', () => kv.values.get(KEY)?.value === '15');
    await eventually('the rollback again', () => kv.values.get(KEY)?.value === '0', 25_000);
    expect(await rollout.delivery()).toMatchObject({ phase: 'rolled-back' });
  });

  it('goes on looking while KV hangs, and rolls back', async () => {
    const { rollout, kv } = await underWay('0');
    kv.behaviour = { hangs: true };
    await looks(rollout, 2);
    await rollout.verb('rollback');
    expect((await rollout.delivery()).caps).toEqual({ canary: { percent: 0, isBarred: true } });
  });
});
