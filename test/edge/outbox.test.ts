import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/metrics/batch.ts';
import { outcomesOf } from '../../src/core/metrics/delta.ts';
import { Outbox } from '../../src/edge/outbox.ts';
import type { Sink, SinkReply } from '../../src/edge/sinks/sink.ts';
import { batchOf } from '../support/batches.ts';

const TAKEN: SinkReply = { kind: 'taken' };
const AWAY: SinkReply = { kind: 'retry', why: 'away' };

/** A sink that answers as it is told, and remembers what it was given. */
function sinkThat(answer: (batch: Batch) => SinkReply | Promise<SinkReply>) {
  const given: Batch[] = [];
  const sink: Sink = {
    name: 'told',
    async deliver(batch) {
      given.push(batch);
      return await answer(batch);
    },
  };
  return { sink, given };
}

const delta = (...statuses: number[]) => batchOf(statuses);

describe('an outbox', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('sends a batch again as it was, and what came meanwhile in the next', async () => {
    const outbox = new Outbox('default', 'isolate');
    const replies = [AWAY, TAKEN, TAKEN];
    const { sink, given } = sinkThat(() => replies.shift()!);
    outbox.add(delta(200));
    await outbox.send(sink);
    outbox.add(delta(500));
    outbox.add(delta(500));
    for (let i = 0; i < 2; i++) {
      vi.advanceTimersByTime(2000);
      await outbox.send(sink);
    }
    expect(given.map(({ sequence }) => sequence)).toEqual([1, 1, 2]);
    expect(given[1]).toBe(given[0]);
    expect(given.map(outcomesOf)).toEqual([1, 1, 2]);
    expect(outbox.isEmpty).toBe(true);
  });

  it('leaves a sink alone for as long as it asks', async () => {
    const outbox = new Outbox('default', 'isolate');
    const { sink, given } = sinkThat(() => ({ kind: 'retry', why: 'busy', afterMs: 20_000 }));
    outbox.add(delta(200));
    await outbox.send(sink);
    vi.advanceTimersByTime(19_999);
    await outbox.send(sink);
    expect(given).toHaveLength(1);
    vi.advanceTimersByTime(1);
    await outbox.send(sink);
    expect(given).toHaveLength(2);
  });

  it('asks one that says "at once" no more often than one that says nothing', async () => {
    const outbox = new Outbox('default', 'isolate');
    const { sink, given } = sinkThat(() => ({ kind: 'retry', why: 'busy', afterMs: 0 }));
    outbox.add(delta(200));
    for (let ms = 0; ms < 60_000; ms += 50) {
      await outbox.send(sink);
      vi.advanceTimersByTime(50);
    }
    expect(given.length).toBeLessThan(12);
  });

  it('gives a sink its next batch a second after the last, however late it answers in between', async () => {
    const outbox = new Outbox('default', 'isolate');
    const { sink, given } = sinkThat(
      () => new Promise(resolve => setTimeout(() => resolve({ kind: 'taken', nextFlushMs: 1000 }), 900)),
    );
    for (let tick = 0; tick < 4; tick++) {
      outbox.add(delta(200));
      void outbox.send(sink);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(given.map(outcomesOf)).toEqual([1, 1, 1, 1]);
  });

  it('keeps to the pace of a busy sink, but not with what is left in the end', async () => {
    const outbox = new Outbox('default', 'isolate');
    const { sink, given } = sinkThat(() => ({ kind: 'taken', nextFlushMs: 30_000 }));
    for (const isLast of [false, false, true]) {
      outbox.add(delta(200));
      await outbox.send(sink, isLast);
    }
    expect(given.map(outcomesOf)).toEqual([1, 2]);
  });

  it('says once a minute that a sink fails, however it words its answers', async () => {
    const outbox = new Outbox('default', 'isolate');
    let answers = 0;
    const { sink } = sinkThat(() => ({ kind: 'refused', why: `request ${++answers}` }));
    for (let second = 0; second < 150; second++) {
      outbox.add(delta(200));
      await outbox.send(sink);
      vi.advanceTimersByTime(1000);
    }
    expect(answers).toBeGreaterThan(100);
    expect(console.warn).toHaveBeenCalledTimes(3);
  });

  it('asks a sink that fails and fails ever less often, at least twice a minute', async () => {
    const outbox = new Outbox('default', 'isolate');
    const at: number[] = [];
    const { sink } = sinkThat(() => {
      at.push(Date.now());
      throw new Error('broken');
    });
    outbox.add(delta(200));
    for (let ms = 0; ms < 200_000; ms += 500) {
      await outbox.send(sink);
      vi.advanceTimersByTime(500);
    }
    const gaps = at.slice(1).map((time, i) => time - at[i]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_500);
    expect(Math.min(...gaps.slice(4))).toBeGreaterThanOrEqual(8000);
  });

  it('gives a sink that never answers its batch again, and nothing else', async () => {
    const outbox = new Outbox('default', 'isolate');
    const { sink, given } = sinkThat(() => new Promise(() => undefined));
    outbox.add(delta(200));
    void outbox.send(sink);
    outbox.add(delta(200));
    await vi.advanceTimersByTimeAsync(9000);
    await outbox.send(sink);
    expect(given).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(9000);
    void outbox.send(sink);
    expect(given.map(({ sequence }) => sequence)).toEqual([1, 1]);
  });

  it('drops what a sink refuses for good, and counts it as lost, once', async () => {
    const outbox = new Outbox('default', 'isolate');
    const refused: SinkReply = { kind: 'refused', why: '400' };
    const replies = [refused, refused, TAKEN];
    const { sink, given } = sinkThat(() => replies.shift()!);
    outbox.add(delta(200, 500, 404));
    await outbox.send(sink);
    expect(outbox.isEmpty).toBe(true);
    expect(outbox.takeHealth()).toEqual({ lost: 3, trouble: '400' });
    for (let i = 0; i < 2; i++) {
      outbox.add(delta(200));
      vi.advanceTimersByTime(1000);
      await outbox.send(sink);
    }
    // The second was refused too: what it said was lost is said again, what it held is added.
    expect(given.map(({ lost }) => lost)).toEqual([0, 3, 4]);
    expect(outbox.takeHealth()).toEqual({ lost: 1 });
  });

  it('drops what no one took for ten minutes, says how much that was, and keeps what came later', async () => {
    const outbox = new Outbox('default', 'isolate');
    let reply = AWAY as SinkReply;
    const { sink, given } = sinkThat(() => reply);
    outbox.add(delta(200, 200));
    await outbox.send(sink);
    outbox.add(delta(500));
    vi.advanceTimersByTime(600_000);
    reply = TAKEN;
    await outbox.send(sink);
    expect(outcomesOf(given.at(-1)!)).toBe(1);
    expect(given.at(-1)).toMatchObject({ lost: 2, totals: { stable: { codes: [0, 0, 0, 0, 0, 1] } } });
  });

  it('owes a sink that is away one batch, however long that lasts', async () => {
    const outbox = new Outbox('default', 'isolate');
    let reply = AWAY as SinkReply;
    const { sink, given } = sinkThat(() => reply);
    for (let second = 0; second < 500; second++) {
      outbox.add(delta(200));
      await outbox.send(sink);
      vi.advanceTimersByTime(1000);
    }
    reply = TAKEN;
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(30_000);
      await outbox.send(sink);
    }
    expect(given.slice(-2).map(outcomesOf)).toEqual([1, 499]);
  });
});
