import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlEvent, ControllerState, PutResult } from '../../src/core/rollout/control.ts';
import type { Reading } from '../../src/core/rollout/active.ts';
import { documentText } from '../support/documents.ts';
import { startObjects, type Objects } from '../support/objects.ts';

const CLI = { by: 'ada', channel: 'cli' } as const;

let objects: Objects;

beforeAll(async () => {
  objects = await startObjects();
});
afterAll(() => objects.weir.stop());

const put = (method: string, name: string, value: unknown, ifMatch?: number): Promise<PutResult> =>
  objects.controller(name, method, name, value, CLI, ...(ifMatch === undefined ? [] : [ifMatch]));
const putDocument = (name: string, text: string, ifMatch?: number) => put('putDocument', name, text, ifMatch);
const putWeight = (name: string, value: unknown) => put('putWeight', name, value);
const lastGood = (name: string) => objects.controller<Reading>(name, 'lastGood');
const report = (name: string, values: object) => objects.controller(name, 'reportHandWritten', name, values);

describe('the controller', () => {
  it('writes document and weight to KV with revision, author and time, and says who did what', async () => {
    await putDocument('a.example', documentText());
    expect(await putWeight('a.example', 25)).toMatchObject({
      kind: 'stored',
      written: true,
      state: { revision: 2 },
    });
    const kv = await objects.weir.miniflare.getKVNamespace('ROLLOUTS');
    const stored = await kv.getWithMetadata('weight:a.example');
    expect(stored).toMatchObject({
      value: '25',
      metadata: { revision: 2, by: 'ada', at: expect.any(Number) as number },
    });
    const events = await objects.controller<ControlEvent[]>('a.example', 'events', 10);
    expect(events.map(({ by, channel, action, detail }) => `${by} ${channel} ${action}: ${detail}`)).toEqual([
      'ada cli weight: none → 25',
      'ada cli document: first document',
    ]);
  });

  it('keeps the last of several writes in the same second', async () => {
    await putDocument('fast.example', documentText());
    await Promise.all([5, 10, 15].map(weight => putWeight('fast.example', weight)));
    const state = await objects.controller<ControllerState>('fast.example', 'state');
    expect(state.weight).toMatchObject({ written: true });
    const kv = await objects.weir.miniflare.getKVNamespace('ROLLOUTS');
    expect(await kv.get('weight:fast.example')).toBe(state.weight?.text);
  });

  it.each([
    ['a document that does not validate', () => putDocument('b.example', '{"variants":{}}'), 'invalid'],
    ['a weight without a document', () => putWeight('nothing.example', 5), 'no-document'],
    ['a revision that is gone', () => putDocument('b.example', documentText(), 7), 'conflict'],
  ])('refuses %s and changes nothing', async (_, refused, kind) => {
    expect((await refused()).kind).toBe(kind);
    expect(await lastGood('b.example')).toEqual({ document: null, weight: null, flags: null });
  });

  it('keeps a good value that someone wrote by hand as the last good one', async () => {
    await report('c.example', { document: documentText(), weight: '30' });
    expect(await lastGood('c.example')).toEqual({
      document: { text: documentText() },
      weight: { text: '30' },
      flags: null,
    });
    expect(await objects.hub('_index', 'knows', 'c.example')).toBe(true);
  });

  it('ignores a report of a bad value, and of one that was superseded a moment ago: it comes from a stale cache', async () => {
    await report('d.example', { document: documentText(), weight: '30' });
    await report('d.example', { weight: 'ten' });
    expect((await lastGood('d.example')).weight).toEqual({ text: '30' });
    await putWeight('d.example', 0);
    await report('d.example', { weight: '30' });
    expect((await lastGood('d.example')).weight).toMatchObject({ text: '0' });
  });

  it('takes an emergency stop by hand for what it is, though the same weight was put a moment ago', async () => {
    await report('stop.example', { document: documentText() });
    for (const weight of [0, 5, 10]) await putWeight('stop.example', weight);
    expect(await report('stop.example', { weight: '0' })).toMatchObject({ accepted: ['weight'] });
    expect((await lastGood('stop.example')).weight).toEqual({ text: '0' });
  });

  it('keeps what someone wrote by hand when they go back to less: in doubt, the least canary', async () => {
    await report('e.example', { document: documentText(), weight: '0' });
    await report('e.example', { weight: '50' });
    expect(await report('e.example', { weight: '0' })).toMatchObject({ accepted: ['weight'] });
    expect((await lastGood('e.example')).weight).toEqual({ text: '0' });
    // The way up may come from a stale cache: it is not accepted, so the isolate tells it again.
    expect(await report('e.example', { weight: '50' })).toMatchObject({ accepted: [] });
  });
});
