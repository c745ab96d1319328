import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/metrics/batch.ts';
import { Delivery } from '../../src/edge/delivery.ts';
import type { Sink, SinkReply } from '../../src/edge/sinks/sink.ts';

const quiet = () => ({ configErrors: 0, problems: [], weights: { stable: 100_000 } });

function collecting(name: string): { sink: Sink; given: Batch[] } {
  const given: Batch[] = [];
  return {
    given,
    sink: {
      name,
      deliver(batch) {
        given.push(batch);
        return Promise.resolve<SinkReply>({ kind: 'taken' });
      },
    },
  };
}

const copies = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { mirrors }) => sum + (mirrors?.['canary']?.codes[2] ?? 0), 0);

const BAD: Readonly<Record<string, Sink['deliver']>> = {
  'never answers': () => new Promise(() => undefined),
  'throws at once': () => {
    throw new Error('broken');
  },
  rejects: () => Promise.reject(new Error('broken')),
  'refuses everything': () => Promise.resolve({ kind: 'refused', why: 'no' }),
  'is always busy': () => Promise.resolve({ kind: 'retry', why: 'busy', afterMs: 60_000 }),
};

describe('the delivery', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it.each(Object.keys(BAD))('brings everything to one sink every second while another %s', async how => {
    const delivery = new Delivery('default', 'isolate');
    const { sink, given } = collecting('hub');
    const sinks = [{ name: 'otlp', deliver: BAD[how]! }, sink];
    const flushing: Promise<void>[] = [];
    for (let second = 0; second < 30; second++) {
      delivery.recorder.mirrored('canary', 200, undefined, 5);
      if (delivery.isDue(Date.now())) flushing.push(delivery.flushLater(sinks, quiet));
      await vi.advanceTimersByTimeAsync(1000);
    }
    await vi.advanceTimersByTimeAsync(30_000);
    await Promise.all(flushing);
    expect(copies(given)).toBe(30);
    expect(given.length).toBeGreaterThan(12);
  });

  it.each([
    ['a busy hub', { kind: 'taken', nextFlushMs: 30_000 }],
    ['a hub like any other', { kind: 'taken' }],
  ] as const)('leaves nothing behind when visitors stop coming, with %s', async (_, reply) => {
    const delivery = new Delivery('default', 'isolate');
    const given: Batch[] = [];
    const hub: Sink = { name: 'hub', deliver: batch => (given.push(batch), Promise.resolve(reply)) };
    const other = collecting('analytics-engine');
    for (let i = 0; i < 8; i++) {
      delivery.recorder.mirrored('canary', 200, undefined, 5);
      if (delivery.isDue(Date.now())) void delivery.flushLater([hub, other.sink], quiet);
      await vi.advanceTimersByTimeAsync(700);
    }
    await vi.advanceTimersByTimeAsync(30_000);
    expect([copies(given), copies(other.given)]).toEqual([8, 8]);
    expect(delivery.isIdle(Date.now())).toBe(true);
  });

  it('asks no sink more than once a second in what one request leaves behind', async () => {
    const delivery = new Delivery('default', 'isolate');
    let asked = 0;
    const busy = (): Promise<SinkReply> => {
      asked++;
      return Promise.resolve({ kind: 'retry', why: '429', afterMs: 0 });
    };
    delivery.recorder.mirrored('canary', 200, undefined, 5);
    void delivery.flushLater([{ name: 'otlp', deliver: busy }, collecting('hub').sink], quiet);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThanOrEqual(20);
  });

  it('tells the hub how the other sinks fare', async () => {
    const delivery = new Delivery('default', 'isolate');
    const { sink, given } = collecting('hub');
    const sinks = [sink, { name: 'otlp', deliver: BAD['refuses everything']! }];
    for (let round = 0; round < 2; round++) {
      delivery.recorder.mirrored('canary', 200, undefined, 5);
      const flushing = delivery.flushLater(sinks, quiet);
      await vi.advanceTimersByTimeAsync(3000);
      await flushing;
    }
    expect(given.at(-1)?.sinks).toEqual({ otlp: { lost: 0, trouble: 'no' } });
  });

  it('says when what it brings was counted: after the batch before, and not long before the flush', async () => {
    const delivery = new Delivery('default', 'isolate');
    const { sink, given } = collecting('hub');
    for (let round = 0; round < 2; round++) {
      delivery.recorder.mirrored('canary', 200, undefined, 5);
      const flushing = delivery.flushLater([sink], quiet);
      await vi.advanceTimersByTimeAsync(3_600_000);
      await flushing;
    }
    const [first, second] = given;
    expect(first!.until - first!.since).toBeLessThanOrEqual(2000);
    expect(second!.since).toBeGreaterThanOrEqual(first!.until);
    expect(second!.until - second!.since).toBeLessThanOrEqual(2000);
  });
});
