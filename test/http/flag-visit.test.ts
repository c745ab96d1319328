/** What flags do to visitors' requests, and what they must never do to them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEdge, type Edge, type Visit } from '../support/edge.ts';
import { eventually } from '../support/eventually.ts';
import { startOrigin, type HttpOrigin } from '../support/origin.ts';

const variants = { on: true, off: false };
const FLAGS = {
  beta: { type: 'boolean', variants, default: 'on', off: 'off' },
  trial: {
    type: 'boolean',
    variants,
    default: 'off',
    experiment: true,
    rules: [{ weights: { on: 50, off: 50 } }],
  },
};

let origin: HttpOrigin;
let edge: Edge;

beforeAll(async () => {
  origin = await startOrigin();
});
afterAll(() => origin.close());
beforeEach(() => {
  origin.seen.length = 0;
  const url = { origin: origin.url };
  const document = {
    variants: { stable: url, canary: url },
    rules: [{ if: { path: '/beta', 'flag.beta': 'on' }, serve: 'canary' }],
    goals: { bought: { if: { path: '/thanks', 'flag.beta': 'on' } } },
  };
  edge = startEdge({ 'rollout:default': JSON.stringify(document), 'flags:default': JSON.stringify(FLAGS) });
});

/** The variant whose origin is asked. */
async function variantFor(visit: Visit): Promise<string | undefined> {
  origin.seen.length = 0;
  const answer = await edge.visit(visit);
  expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
  return origin.only().header('x-weir-variant');
}

const drained = (rollout = 'default') => edge.isolate.delivery(rollout).recorder.drain();

describe('a defect in flags', () => {
  beforeEach(async () => {
    await variantFor({});
    drained();
    const { set } = edge.isolate.config.peek('shop.example')!.flagOwner.flags;
    set.byKey = {
      get() {
        throw new Error('a defect');
      },
    } as unknown as ReadonlyMap<string, unknown>;
  });

  it("costs no page: to the rollout's rules the flag has no variant", async () => {
    expect(await variantFor({ path: '/beta' })).toBe('stable');
  });

  it('costs no outcome: the request is counted, without the goal that asked for the flag', async () => {
    await variantFor({ path: '/thanks' });
    expect(drained().totals['stable']).toMatchObject({ codes: expect.arrayContaining([1]) as number[] });
  });
});

it('a defect in counting an experiment costs no outcome', async () => {
  await variantFor({});
  drained();
  edge.isolate.delivery('default').recorder.flags.tried = () => {
    throw new Error('a defect');
  };
  await variantFor({});
  expect(drained().totals['stable']).toMatchObject({ codes: expect.arrayContaining([1]) as number[] });
});

describe('an experiment', () => {
  it('has people for units: no prefetches and no bots, whatever cookie they come with', async () => {
    const { headers } = await edge.visit({ headers: { accept: 'text/html' } });
    const cookie = headers.get('set-cookie')!.split(';')[0]!;
    // This isolate has seen them by now; another has not.
    edge = startEdge(Object.fromEntries(edge.kv));
    await variantFor({});
    const countedOf = async (headers: Visit['headers']): Promise<object | undefined> => {
      drained();
      await variantFor({ headers: { ...headers, cookie } });
      return drained().flags;
    };
    expect(await countedOf({ 'sec-purpose': 'prefetch' })).toBeUndefined();
    expect(await countedOf({ 'user-agent': 'Googlebot/2.1' })).toBeUndefined();
    expect(JSON.stringify(await countedOf({ 'user-agent': 'Firefox/140.0' }))).toContain('trial');
  });
});

it('a flag that only a rule of the rollout asks for is off as soon as the hub says so', async () => {
  edge.kv.set('flags:shop.example', JSON.stringify({ beta: FLAGS.beta }));
  expect(await variantFor({ path: '/beta' })).toBe('canary');
  edge.flagsOff = [{ rollout: 'shop.example', sequence: 1, flags: { beta: 2 } }];
  await eventually('stable', async () => (await variantFor({ path: '/beta' })) === 'stable', 4000);
});
