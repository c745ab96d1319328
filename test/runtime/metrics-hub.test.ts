import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Batch, BatchReply } from '../../src/core/metrics/batch.ts';
import type { Snapshot } from '../../src/core/metrics/snapshot.ts';
import { batchOf } from '../support/batches.ts';
import { eventually } from '../support/eventually.ts';
import { GAUGES } from '../support/gauges.ts';
import { startObjects, type Objects } from '../support/objects.ts';
import { evictHub } from '../support/weir.ts';

let objects: Objects;

beforeAll(async () => {
  objects = await startObjects();
});
afterAll(() => objects.weir.stop());

const ingest = (batch: Batch): Promise<BatchReply> => objects.hub(batch.rollout, 'ingest', batch);

async function successes(name: string): Promise<number> {
  const snapshot = await objects.hub<Snapshot | null>(name, 'snapshot');
  return snapshot?.totals['stable']?.codes[2] ?? 0;
}

/** Units that had the variant and bought. */
function flagsOf(...units: number[]): Pick<Batch, 'flags'> {
  const names = units.flatMap(unit => [[unit, 'on', ''] as const, [unit, 'on', 'bought'] as const]);
  const named = [
    { flag: 'trial', draw: 'rule-1', coin: 'half', weights: { on: 100_000 }, halvings: 0, names },
  ];
  return { flags: { exposures: [], experiments: [], named } };
}

describe('the hub', () => {
  it('counts a flush that is delivered twice once', async () => {
    const batch = batchOf([200, 200, 500], { rollout: 'twice' });
    await Promise.all([ingest(batch), ingest(batch)]);
    await ingest(batch);
    expect(await successes('twice')).toBe(2);
  });

  it('counts it once also when it was evicted between the two', async () => {
    const batch = batchOf([200, 200], { rollout: 'evicted' });
    await ingest(batch);
    await evictHub(objects.weir, 'evicted');
    await ingest(batch);
    await ingest({ ...batch, sequence: 2 });
    expect(await successes('evicted')).toBe(4);
  });

  it('keeps copies apart from requests, over an eviction too', async () => {
    const mirrors = { canary: batchOf([200, 503]).totals['stable']! };
    await ingest(batchOf([200], { rollout: 'mirrored', mirrors }));
    await evictHub(objects.weir, 'mirrored');
    await ingest(batchOf([200], { rollout: 'mirrored', mirrors, sequence: 2 }));
    const snapshot = await objects.hub<Snapshot | null>('mirrored', 'snapshot');
    expect(snapshot?.mirrors?.['canary']?.codes).toEqual([0, 0, 2, 0, 0, 2]);
    expect(Object.keys(snapshot?.totals ?? {})).toEqual(['stable']);
  });

  it('keeps its totals over an eviction: no counter goes back, and no unit of an experiment counts twice', async () => {
    const largest = 2 ** 53 - 1;
    await ingest(batchOf([200, 200, 200], { rollout: 'kept', ...flagsOf(1, largest) }));
    await evictHub(objects.weir, 'kept');
    expect(await successes('kept')).toBe(3);
    const other = { rollout: 'kept', isolate: 'other', ...flagsOf(2, largest, largest - 1) };
    await Promise.all([
      ingest(batchOf([], other)),
      ingest(batchOf([], { rollout: 'kept', sequence: 2, ...flagsOf(1, 2) })),
    ]);
    const { flags } = (await objects.hub<Snapshot | null>('kept', 'snapshot'))!;
    expect(flags).toMatchObject({
      units: [['trial', 'on', 4]],
      goals: [['trial', 'on', 'bought', 4]],
      experiments: [['trial', [{ arms: { on: { units: 4, goals: { bought: 4 } } } }]]],
    });
  });

  it('makes itself known to the index with its first batch, and its totals within ten seconds of the last', async () => {
    await ingest(batchOf([200], { rollout: 'known.example' }));
    const listed = async () =>
      (await objects.hub<{ name: string; snapshot: Snapshot | null }[]>('_index', 'rollouts')).find(
        ({ name }) => name === 'known.example',
      );
    await eventually('the first batch in the index', async () => (await listed())?.name === 'known.example');
    await ingest(batchOf([200], { rollout: 'known.example', sequence: 2 }));
    await eventually(
      'the second batch in the index',
      async () => (await listed())?.snapshot?.totals['stable']?.codes[2] === 2,
      15_000,
    );
  });

  it('has its latest totals in the index, whichever push arrives last', async () => {
    const name = 'overtaken.example';
    await ingest(batchOf([200], { rollout: name }));
    const early = await objects.hub<Snapshot>(name, 'snapshot');
    await ingest(batchOf([200], { rollout: name, sequence: 2 }));
    const late = await objects.hub<Snapshot>(name, 'pushedSnapshot');
    await objects.hub('_index', 'register', name, early);
    await objects.hub('_index', 'register', name, null);
    const listed = await objects.hub<{ name: string; snapshot: Snapshot | null }[]>('_index', 'rollouts');
    expect(listed.find(entry => entry.name === name)?.snapshot).toEqual(late);
    expect(late.totals['stable']?.codes[2]).toBe(2);
  });

  it('answers every batch with the cap, over an eviction too, and keeps the one with the highest number', async () => {
    const name = 'capped';
    const cap = { sequence: 3, limits: { canary: { candidate: '1f3a90c2', share: 5000, isBarred: false } } };
    const setCap = (sequence: number) => objects.hub(name, 'setCap', name, { ...cap, sequence }, false);
    expect(await objects.hub(name, 'orders')).toEqual({ cap: null, flagsOff: [] });
    await setCap(3);
    await evictHub(objects.weir, name);
    await setCap(2);
    expect((await ingest(batchOf([200], { rollout: name }))).cap).toEqual(cap);
    expect((await objects.hub<Snapshot>(name, 'snapshot')).cap).toEqual(cap);
  });

  it('shows what the controller last said, before the first request and after an eviction, and tells the index', async () => {
    const name = 'told.example';
    await objects.hub(name, 'setGauges', name, { ...GAUGES, phase: 'idle' });
    await objects.hub(name, 'setGauges', name, GAUGES);
    await evictHub(objects.weir, name);
    const shown = await objects.hub<Snapshot | null>(name, 'pushedSnapshot');
    expect(shown).toMatchObject({ rollout: name, totals: {}, updatedAt: 0, gauges: GAUGES });
    const listed = await objects.hub<{ name: string; snapshot: Snapshot | null }[]>('_index', 'rollouts');
    expect(listed.find(entry => entry.name === name)?.snapshot?.gauges).toEqual(GAUGES);
    await ingest(batchOf([200], { rollout: name }));
    expect(await objects.hub(name, 'snapshot')).toMatchObject({ totals: { stable: {} }, gauges: GAUGES });
  });

  it('asks for a flush every second', async () => {
    expect(await ingest(batchOf([200], { rollout: 'pace' }))).toEqual({
      nextFlushMs: 1000,
      cap: null,
      flagsOff: [],
    });
  });
});
