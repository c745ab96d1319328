import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Interval } from '../../src/core/analysis/interval.ts';
import type { Batch, BatchReply } from '../../src/core/metrics/batch.ts';
import type { FirstFailure } from '../../src/core/metrics/first-failures.ts';
import type { HubReading } from '../../src/core/metrics/hub-reading.ts';
import { batchOf, stratumOf } from '../support/batches.ts';
import { eventually } from '../support/eventually.ts';
import { startObjects, type Objects } from '../support/objects.ts';
import { evictHub } from '../support/weir.ts';

let objects: Objects;

beforeAll(async () => {
  objects = await startObjects();
});
afterAll(() => objects.weir.stop());

const ingest = (batch: Batch): Promise<BatchReply> => objects.hub(batch.rollout, 'ingest', batch);
const read = (name: string, cursor: number | null): Promise<HubReading> => objects.hub(name, 'read', cursor);
/** Writes down what has come; reads nothing. */
const commit = (name: string): Promise<HubReading> => read(name, null);

function stableOf(interval: Interval | null): number {
  return interval?.strata.reduce((sum, { arms }) => sum + arms['stable']!.requests, 0) ?? 0;
}

/** Everything that came after the cursor, in as many readings as it takes. */
async function readAll(name: string, cursor: number): Promise<{ cursor: number; requests: number }> {
  let requests = 0;
  for (;;) {
    const reading = await read(name, cursor);
    if (reading.interval === null) return { cursor, requests };
    requests += stableOf(reading.interval);
    cursor = reading.cursor;
  }
}

describe.concurrent('a reading of the hub', () => {
  it('has what came since the last one, once, over evictions and batches that are sent again', async () => {
    const name = 'read';
    expect(await read(name, 0)).toMatchObject({ cursor: 0, interval: null, lastBatchAt: null });
    const first = batchOf([200, 500], { rollout: name });
    await ingest(first);
    await evictHub(objects.weir, name);
    const reading = await read(name, 0);
    expect(stableOf(reading.interval)).toBe(2);
    expect(reading.lastBatchAt).toBeGreaterThan(0);
    expect(Object.keys(reading.generations)).toEqual(['g1']);

    await ingest(first);
    expect((await read(name, reading.cursor)).interval).toBeNull();
    await Promise.all([
      ingest({ ...first, sequence: 2 }),
      ingest(batchOf([200], { rollout: name, isolate: 'late' })),
    ]);
    await evictHub(objects.weir, name);
    expect((await readAll(name, reading.cursor)).requests).toBe(3);
    expect((await readAll(name, 0)).requests).toBe(5);
  });

  it('has all of it while batches come in between, whenever it is asked', async () => {
    const name = 'interleaved';
    let cursor = 0;
    let requests = 0;
    const sending = Promise.all(
      Array.from({ length: 4 }, async (_, isolate) => {
        for (let sequence = 1; sequence <= 2; sequence++)
          await ingest(batchOf([200, 200, 500], { rollout: name, isolate: `${isolate}`, sequence }));
      }),
    );
    const next = async (): Promise<number> => {
      const reading = await read(name, cursor);
      cursor = reading.cursor;
      return stableOf(reading.interval);
    };
    await eventually('all of it', async () => (requests += await next()) >= 24);
    await sending;
    expect(requests + (await next())).toBe(24);
  });

  it('tells a new run where it begins, without what was there before', async () => {
    const name = 'begin';
    await ingest(batchOf([200, 500], { rollout: name }));
    const begin = await read(name, null);
    expect(begin).toMatchObject({ interval: null, generations: { g1: expect.any(Number) as number } });
    expect((await read(name, begin.cursor)).interval).toBeNull();
    await ingest(batchOf([200], { rollout: name, sequence: 2 }));
    expect(stableOf((await read(name, begin.cursor)).interval)).toBe(1);
  });

  it('comes in parts when there is much of it, so that a long absence never makes it too slow', async () => {
    const name = 'much';
    const lanes = stratumOf([200]).lanes.map((_, __, all) => all[3]!);
    const strata = Array.from({ length: 60 }, (_, n) =>
      stratumOf([], { coin: `rule:${n}`.padEnd(1000), lanes }),
    );
    const seconds = 30;
    for (let sequence = 1; sequence <= seconds; sequence++) {
      const sent = ingest(batchOf([], { rollout: name, sequence, strata }));
      while ((await commit(name)).cursor < sequence);
      await sent;
    }
    const part = await read(name, 0);
    expect(part.cursor).toBeGreaterThan(0);
    expect(part.cursor).toBeLessThan(seconds);
    expect(await readAll(name, 0)).toEqual({ cursor: seconds, requests: seconds * 60 * lanes.length });
  });

  it('keeps generations and coins apart, and adds what was lost', async () => {
    const name = 'strata';
    const strata = [
      stratumOf([200], { generation: 'g1' }),
      stratumOf([200, 200], { generation: 'g2' }),
      stratumOf([200], { generation: 'g2', coin: 'rule:nz' }),
    ];
    await ingest(batchOf([], { rollout: name, strata, lost: 7 }));
    const { interval } = await read(name, 0);
    expect(interval?.lost).toBe(7);
    expect(
      interval?.strata.map(({ generation, coin, lanes }) => [generation, coin, lanes[3]!.requests]),
    ).toEqual([
      ['g1', 'split', 1],
      ['g2', 'split', 2],
      ['g2', 'rule:nz', 1],
    ]);
  });

  it('counts a failing visitor once under a coin, over isolates, seconds and evictions', async () => {
    const name = 'firsts';
    const failing = (isolate: string, failures: readonly FirstFailure[], sequence = 1): Promise<BatchReply> =>
      ingest(batchOf([], { rollout: name, isolate, sequence, strata: [stratumOf([], { failures })] }));
    const unit = 0xffff_fff5;
    await Promise.all(['a', 'b', 'c'].map(isolate => failing(isolate, [[unit, 'canary', 'errors']])));
    await evictHub(objects.weir, name);
    await failing('d', [
      [unit, 'canary', 'errors'],
      [unit, 'canary', '4xx'],
      [unit, 'stable', 'errors'],
      [unit + 1, 'canary', 'errors'],
    ]);
    const raised = stratumOf([], { generation: 'raised', failures: [[unit, 'canary', 'errors']] });
    await ingest(batchOf([], { rollout: name, isolate: 'd', sequence: 2, strata: [raised] }));
    const [before, after] = (await read(name, 0)).interval!.strata;
    const { arms, lanes } = before!;
    expect(arms['canary']?.firsts).toEqual({ errors: [2, 2], '4xx': [1, 1] });
    expect(arms['stable']?.firsts).toEqual({ errors: [1, 1] });
    expect(lanes[unit & 15]?.firsts).toEqual({ errors: [1, 1] });
    expect(after?.arms['canary']?.firsts).toEqual({ errors: [1, 1] });
  });

  it('is as good one by one: the tail has the same, oldest first', async () => {
    const name = 'tail';
    for (let sequence = 1; sequence <= 3; sequence++)
      await ingest(batchOf(new Array<number>(sequence).fill(200), { rollout: name, sequence }));
    const tail = await objects.hub<Interval[]>(name, 'tail', 60);
    expect(tail.map(stableOf)).toEqual([1, 2, 3]);
    expect(tail.every(({ from, to }, i) => from <= to && (i === 0 || tail[i - 1]!.to <= from))).toBe(true);
    expect(await objects.hub<Interval[]>(name, 'tail', 0)).toEqual([]);
  });
});
