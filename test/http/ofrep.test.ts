/** What an isolate answers over OFREP when its stores hold what they should not, or fail. */
import { describe, expect, it } from 'vitest';
import { documentText } from '../support/documents.ts';
import { startEdge, type Edge } from '../support/edge.ts';
import { eventually } from '../support/eventually.ts';

const ON = { type: 'boolean', variants: { on: true, off: false }, default: 'on' };
const text = (...keys: string[]): string => JSON.stringify(Object.fromEntries(keys.map(key => [key, ON])));

const keysOf = async (edge: Edge, host?: string): Promise<string[]> => {
  const { status, body } = await edge.ofrep(host === undefined ? {} : { host });
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return (body as { flags: { key: string }[] }).flags.map(({ key }) => key);
};

describe("a document of a host's own that is no JSON", () => {
  it.each(['{', '[]'])('%s leaves a host its default flags', async bad => {
    const edge = startEdge({ 'flags:default': text('all') });
    expect(await keysOf(edge)).toEqual(['all']);
    edge.kv.set('flags:shop.example', bad);
    for (const mark of ['a', 'b', 'c']) {
      edge.kv.set('flags:default', text('all', mark));
      await eventually('another reading', async () => (await keysOf(edge)).includes(mark));
    }
  });

  it('leaves a host its default flags in an isolate that has just begun', async () => {
    const edge = startEdge({ 'flags:default': text('all'), 'flags:shop.example': '{' });
    expect(await keysOf(edge)).toEqual(['all']);
  });

  it('is told of all the same', async () => {
    const edge = startEdge({ 'flags:default': text('all'), 'flags:shop.example': '{' });
    expect(await keysOf(edge)).toEqual(['all']);
    const told = await eventually('a report', () =>
      edge.batches.find(({ rollout, configErrors }) => rollout === 'shop.example' && configErrors > 0),
    );
    expect(told.problems).toMatchObject([{ key: 'flags:shop.example', path: '$' }]);
  });

  it('leaves a host its own flags, if it had any', async () => {
    const edge = startEdge({ 'flags:default': text('all'), 'flags:shop.example': text('own') });
    expect(await keysOf(edge)).toEqual(['own']);
    edge.kv.set('flags:shop.example', '{');
    for (let visit = 0; visit < 3; visit++) expect(await keysOf(edge)).toEqual(['own']);
    const kept = { document: null, weight: null, flags: { text: text('kept') } };
    const cold = startEdge({ 'flags:default': text('all'), 'flags:shop.example': '{' });
    cold.kept.set('shop.example', kept);
    expect(await keysOf(cold)).toEqual(['kept']);
  });
});

describe('who asks without a key', () => {
  it('is slowed down by network in IPv6, where they have as many addresses as they like', async () => {
    const edge = startEdge({ 'flags:default': text('all') });
    const statusFrom = async (address: string): Promise<number> =>
      (await edge.ofrep({ headers: { authorization: 'Bearer guess', 'cf-connecting-ip': address } })).status;
    const addresses = Array.from({ length: 300 }, (_, host) => `2001:db8:1:2::${host.toString(16)}`);
    const statuses = new Set(await Promise.all(addresses.map(statusFrom)));
    expect(statuses).toEqual(new Set([401, 429]));
    expect(await statusFrom('2001:db8:1:3::1')).toBe(401);
  });
});

describe('an isolate that could ask neither KV nor an object', () => {
  const FAILED = { status: 500, body: { errorDetails: expect.stringContaining('try again') as string } };

  it('says that it failed, not that there are no flags: an app would throw away those it has', async () => {
    const edge = startEdge({ 'flags:default': text('all') });
    edge.areAway = true;
    expect(await edge.ofrep()).toEqual(FAILED);
    expect(await edge.ofrep({ flag: 'all' })).toEqual(FAILED);
    edge.areAway = false;
    await eventually('flags', async () => (await keysOf(edge)).includes('all'));
    edge.areAway = true;
    expect(await keysOf(edge)).toEqual(['all']);
  });

  it('answers without flags once a store has said that there are none', async () => {
    const edge = startEdge();
    expect(await keysOf(edge)).toEqual([]);
    edge.areAway = true;
    expect(await keysOf(edge)).toEqual([]);
  });

  it('waits for KV where the index alone has answered: it knows rollouts, and not who has flags', async () => {
    const edge = startEdge({ 'flags:shop.example': text('own') });
    const document = { text: documentText() };
    edge.kept.set('default', { document, weight: null, flags: { text: text('all') } });
    edge.kvDelayMs = 300;
    expect(await keysOf(edge)).toEqual(['own']);
  });
});
