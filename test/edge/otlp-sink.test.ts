import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/metrics/batch.ts';
import { otlpSettingsOf } from '../../src/edge/sinks/otlp-settings.ts';
import { otlpSink } from '../../src/edge/sinks/otlp.ts';
import type { SinkReply } from '../../src/edge/sinks/sink.ts';
import { batchOf } from '../support/batches.ts';
import { closedPort, startOrigin } from '../support/origin.ts';
import { countsIn } from '../support/otlp-messages.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.ts';
import { startSinkRuntime, type SinkRuntime } from '../support/sink-runtime.ts';

function settings(endpoint: string, headers = '') {
  const result = otlpSettingsOf({ OTLP_ENDPOINT: endpoint, OTLP_HEADERS: headers });
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

let runtime: SinkRuntime;
beforeAll(async () => {
  runtime = await startSinkRuntime();
});
afterAll(() => runtime.stop());

/** Nothing listens here. */
let nowhere: string;
beforeAll(async () => {
  nowhere = await closedPort();
});

describe.each([
  ['in the Workers runtime', (to: ReturnType<typeof settings>, batch: Batch) => runtime.deliver(to, batch)],
  ['in Node', (to: ReturnType<typeof settings>, batch: Batch) => otlpSink(to).deliver(batch)],
])('the OTLP sink %s', (_, deliverTo) => {
  let receiver: OtlpReceiver;
  const deliver = (batch = batchOf([200, 200, 500]), headers = ''): Promise<SinkReply> =>
    deliverTo(settings(receiver.url, headers), batch);

  beforeEach(async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    receiver = await startOtlpReceiver();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    expect(receiver.faults).toEqual([]);
    await receiver.close();
  });

  it('tells nothing of its headers, though the receiver repeats them', async () => {
    receiver.answer = { kind: 'status', status: 401, body: 'invalid: Bearer s3cr3t-t0ken of scope eu' };
    expect(await deliver(undefined, 'authorization=Bearer%20s3cr3t-t0ken,x-scope=eu')).toEqual({
      kind: 'refused',
      why: 'status 401: invalid: … of scope eu',
    });
  });

  it('delivers a batch, gzipped, with the headers it was given, percent-decoded', async () => {
    expect(await deliver(undefined, 'authorization=Bearer%20a%2Cb%3D, x-scope = eu ,')).toEqual({
      kind: 'taken',
    });
    expect(countsIn(receiver.requests, 'weir.requests')).toEqual([
      [{ 'weir.rollout': 'default', 'weir.variant': 'stable', 'weir.response.class': '2xx' }, 2],
      [{ 'weir.rollout': 'default', 'weir.variant': 'stable', 'weir.response.class': '5xx' }, 1],
    ]);
    const [seen] = receiver.seen;
    expect(seen?.header('authorization')).toBe('Bearer a,b=');
    expect(seen?.header('x-scope')).toBe('eu');
    expect(seen?.header('content-encoding')).toBe('gzip');
    expect(seen?.header('user-agent')).toMatch(/^weir\//);
  });

  it.each([429, 502, 503, 504])('has a batch kept and sent again after status %d', async status => {
    receiver.answer = { kind: 'status', status, body: 'overloaded' };
    expect(await deliver()).toEqual({ kind: 'retry', why: `status ${status}: overloaded` });
  });

  it('waits for as long as Retry-After asks, in seconds or until a date, but not for ever', async () => {
    const waits = async (retryAfter: string): Promise<number | undefined> => {
      receiver.answer = { kind: 'status', status: 503, headers: { 'retry-after': retryAfter } };
      const reply = await deliver();
      return reply.kind === 'retry' ? reply.afterMs : -1;
    };
    expect(await waits('7')).toBe(7000);
    expect(await waits('99999999')).toBe(300_000);
    expect(await waits(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(55_000);
    expect(await waits('Sat, 01 Jan 2000 00:00:00 GMT')).toBe(0);
    expect(await waits('soon')).toBeUndefined();
  });

  it.each([400, 401, 404, 413, 500, 501])('never sends a batch again after status %d', async status => {
    receiver.answer = { kind: 'status', status, body: 'no\n\tand  no' };
    expect(await deliver()).toEqual({ kind: 'refused', why: `status ${status}: no and no` });
  });

  it('quotes no more than 200 characters of an answer, and reads no more than it needs', async () => {
    receiver.answer = { kind: 'status', status: 400, body: 'x'.repeat(5_000_000) };
    expect(await deliver()).toEqual({ kind: 'refused', why: `status 400: ${'x'.repeat(200)}` });
    receiver.answer = { kind: 'taken' };
    expect(await deliver()).toEqual({ kind: 'taken' });
  });

  it('follows no redirect: the headers go to nobody else', async () => {
    const elsewhere = await startOrigin();
    receiver.answer = { kind: 'status', status: 307, headers: { location: `${elsewhere.url}/v1/metrics` } };
    expect(await deliver(undefined, 'authorization=secret')).toEqual({ kind: 'refused', why: 'status 307' });
    expect(elsewhere.seen).toEqual([]);
    await elsewhere.close();
  });

  it('counts what a receiver took only in part as lost, in proportion, and never sends it again', async () => {
    const batch = batchOf(Array.from({ length: 100 }, () => 200));
    // Requests, durations and the weight: three points.
    receiver.answer = { kind: 'partial', rejectedDataPoints: '1', errorMessage: 'too old' };
    expect(await deliver(batch)).toEqual({ kind: 'taken', lost: 34 });
    receiver.answer = { kind: 'partial', rejectedDataPoints: '0', errorMessage: 'use protobuf' };
    expect(await deliver(batch)).toEqual({ kind: 'taken', lost: 0 });
  });

  it('has a batch kept when nobody listens and when the connection breaks', async () => {
    expect(await deliverTo(settings(nowhere), batchOf([200]))).toMatchObject({ kind: 'retry' });
    receiver.answer = { kind: 'reset' };
    expect(await deliver()).toMatchObject({ kind: 'retry' });
  });
});

describe('the OTLP sink and a receiver that', () => {
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    receiver = await startOtlpReceiver();
  });
  afterEach(() => receiver.close());

  it('hangs: has the batch kept, and leaves no request open behind it', { timeout: 20_000 }, async () => {
    receiver.answer = { kind: 'hang' };
    const start = performance.now();
    expect(await runtime.deliver(settings(receiver.url), batchOf([200]))).toMatchObject({ kind: 'retry' });
    // A delivery may take 10 s.
    expect(performance.now() - start).toBeLessThan(9900);
    await receiver.idle();
  });

  it('remarks something on every batch: logs it once a minute', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    try {
      receiver.answer = { kind: 'partial', rejectedDataPoints: '0', errorMessage: 'use\nprotobuf' };
      const sink = otlpSink(settings(receiver.url));
      for (let i = 0; i < 3; i++) await sink.deliver(batchOf([200]));
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.lastCall?.[0]).toContain('use protobuf');
      vi.setSystemTime(Date.now() + 61_000);
      await sink.deliver(batchOf([200]));
      expect(warn).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
      vi.restoreAllMocks();
    }
  });
});
