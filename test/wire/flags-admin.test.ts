/** Flags over the API: who may change them, what is refused and why, what is logged, and how "off" travels. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlagsView } from '../../src/core/flags/view.ts';
import type { Orders } from '../../src/core/metrics/batch.ts';
import { eventually } from '../support/eventually.ts';
import { startObjects, type Objects } from '../support/objects.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN } from '../support/weir.ts';

let objects: Objects;
let variants: Variants;
let receiver: Receiver;
/** `i.example` has flags of many kinds. */
let manyKinds: Promise<unknown>;

beforeAll(async () => {
  [variants, receiver] = await Promise.all([startVariants(), startReceiver()]);
  objects = await startObjects({
    ADMIN_TOKEN: `ada:admin:${ADMIN_TOKEN},olga:operator:op-secret,fin:flags:fl-secret`,
    VIEWER_TOKEN: 'view-secret',
  });
  const schedule = [{ at: '2026-01-01T00:00:00Z', share: 10 }];
  const colour = { type: 'string', variants: { red: 'r', blue: 'b', grey: 'g' }, default: 'grey' };
  const planned = { ...ON_OFF, rules: [{ serve: 'on', schedule }] };
  manyKinds = put('i.example/flags', { checkout: CHECKOUT, planned, colour });
});
afterAll(async () => {
  await manyKinds;
  await objects.weir.stop();
  await Promise.all([variants.close(), receiver.origin.close()]);
});

const ON_OFF = { type: 'boolean', variants: { on: true, off: false }, off: 'off', default: 'off' };
const CHECKOUT = { ...ON_OFF, rules: [{ weights: { on: 20, off: 80 } }] };

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly ifMatch?: string;
}

/** A call below `…/rollouts/<path>`; its answer, ETag and status. */
async function api(path: string, { method = 'GET', body, token = 'fl-secret', ifMatch }: Sent = {}) {
  const response = await objects.weir.admin(`/api/rollouts/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const json = (await response.json()) as Record<string, unknown>;
  return { status: response.status, etag: response.headers.get('etag'), json };
}

const put = (path: string, body: unknown, sent: Sent = {}) => api(path, { method: 'PUT', body, ...sent });
const turn = (path: string, body: unknown, sent: Sent = {}) => api(path, { method: 'PATCH', body, ...sent });
const seen = async (name: string) => (await api(`${name}/flags`)).json as unknown as FlagsView;
const flagOf = async (name: string, key: string) => (await seen(name)).flags.find(flag => flag.key === key)!;
const lastEvent = async (name: string) =>
  ((await api(`${name}/events`)).json['events'] as Record<string, unknown>[])[0];
const kv = async (key: string) =>
  (await objects.weir.miniflare.getKVNamespace('ROLLOUTS')).getWithMetadata(key);
/** What the hub of a rollout tells isolates of one document of flags. */
const orders = async (name: string, of = name) =>
  (await objects.hub<Orders>(name, 'orders')).flagsOff.filter(({ rollout }) => rollout === of);

describe.concurrent('flags over the API', () => {
  it('reach KV with their revision and who put them', async () => {
    const answer = await put('a.example/flags', { checkout: CHECKOUT, dark: ON_OFF });
    expect(answer).toEqual({
      status: 200,
      etag: '"1"',
      json: {
        name: 'a.example',
        revision: 1,
        written: true,
        changed: 'checkout: added; dark: added',
        effects: [],
        flag: null,
      },
    });
    const { value, metadata } = await kv('flags:a.example');
    expect(JSON.parse(value!)).toEqual({ checkout: CHECKOUT, dark: ON_OFF });
    expect(metadata).toMatchObject({ revision: 1, by: 'fin' });
  });

  it('are shown with state, share, and who changed which last', async () => {
    await put('b.example/flags', { checkout: CHECKOUT, dark: ON_OFF });
    await turn('b.example/flags/checkout', { share: 25 }, { token: 'op-secret' });
    const { flags, revision, problems } = await seen('b.example');
    expect([revision, problems]).toEqual([2, []]);
    expect(flags[0]).toMatchObject({
      key: 'checkout',
      state: 'on',
      type: 'boolean',
      variants: ['on', 'off'],
      share: { percent: 25, variant: 'on', isScheduled: false },
      lastChange: { by: 'olga', channel: 'api', what: expect.stringContaining('20 → 25') as string },
    });
    expect(flags[1]).toMatchObject({ key: 'dark', share: null, lastChange: { by: 'fin', what: 'added' } });
  });

  it('are changed one by one, and say in the log what became of which', async () => {
    const at = 'c.example/flags/checkout';
    const logged: unknown[] = [];
    for (const change of [
      () => put(at, CHECKOUT),
      () => turn(at, { enabled: false }),
      () => turn(at, { enabled: true }),
      () => api(at, { method: 'DELETE' }),
    ]) {
      expect((await change()).status).toBe(200);
      logged.push(await lastEvent('c.example'));
    }
    const by = { by: 'fin', channel: 'api', action: 'flags' };
    expect(logged).toMatchObject([
      { ...by, detail: 'checkout: added' },
      { ...by, detail: 'checkout: switched off' },
      { ...by, detail: 'checkout: switched on' },
      { ...by, detail: 'checkout: removed' },
    ]);
    expect((await api(at)).status).toBe(404);
  });

  it('are refused with the path of every problem, and nothing changes', async () => {
    await put('d.example/flags', { checkout: CHECKOUT });
    const bad = { one: { type: 'boolean' }, two: { ...ON_OFF, off: 'nope' } };
    const { status, json } = await put('d.example/flags', bad);
    const paths = (json['errors'] as { path: string }[]).map(({ path }) => path);
    expect([status, paths]).toEqual([422, ['$.one.variants', '$.two.off']]);
    expect((await put('d.example/flags/two', bad.two)).status).toBe(422);
    expect((await seen('d.example')).document).toEqual({ checkout: CHECKOUT });
  });

  it('can be switched off though another one, put by hand, is malformed', async () => {
    await objects.weir.putKv('flags:e.example', JSON.stringify({ checkout: CHECKOUT, bad: { type: 'x' } }));
    expect(await flagOf('e.example', 'bad')).toMatchObject({ state: 'broken' });
    expect((await turn('e.example/flags/checkout', { enabled: false })).status).toBe(200);
    expect(await flagOf('e.example', 'checkout')).toMatchObject({ state: 'off' });
    expect((await turn('e.example/flags/checkout', { share: 5 })).status).toBe(200);
  });

  it('written by hand count as they are in KV; what can be no document is told, and is not in force', async () => {
    await put('f.example/flags', { checkout: CHECKOUT });
    await objects.weir.putKv('flags:f.example', JSON.stringify({ dark: ON_OFF }));
    expect((await seen('f.example')).document).toEqual({ dark: ON_OFF });
    expect(await lastEvent('f.example')).toMatchObject({ by: 'unknown', channel: 'kv', action: 'flags' });
    await objects.weir.putKv('flags:f.example', '{');
    const { document, problems } = await seen('f.example');
    expect(document).toEqual({ dark: ON_OFF });
    expect(problems[0]!.message).toContain('in KV, not in force');
  });

  it('honour If-Match with their own ETag, which the rollout does not move', async () => {
    await put('g.example/flags', { checkout: CHECKOUT });
    const { etag } = await api('g.example/flags');
    await put('g.example', variants.document(), { token: ADMIN_TOKEN });
    expect((await turn('g.example/flags/checkout', { share: 30 }, { ifMatch: etag! })).status).toBe(200);
    expect((await turn('g.example/flags/checkout', { share: 40 }, { ifMatch: etag! })).status).toBe(412);
    expect((await turn('g.example/flags/checkout', { share: 40 }, { ifMatch: '40' })).status).toBe(400);
    expect((await flagOf('g.example', 'checkout')).share).toMatchObject({ percent: 30 });
  });

  it.each([
    ['nobody', 401],
    ['view-secret', 403],
    ['fl-secret', 200],
    ['op-secret', 200],
    [ADMIN_TOKEN, 200],
  ])('may be changed with the token %s: %i', async (token, status) => {
    expect((await put('h.example/flags', { dark: ON_OFF }, { token })).status).toBe(status);
  });

  it.each([
    ['an unknown flag', 'nope', { enabled: false }, 404],
    ['an unknown turn', 'checkout', { enabled: false, share: 3 }, 422],
    ['a share above 100', 'checkout', { share: 101 }, 422],
    ['a share that a schedule moves', 'planned', { share: 5 }, 409],
    ['a share that could be of two variants', 'colour', { share: 5 }, 409],
  ])('refuse %s', async (_, key, body, status) => {
    await manyKinds;
    expect((await turn(`i.example/flags/${key}`, body)).status).toBe(status);
  });
});

describe.concurrent('a flag that is switched off', () => {
  it('is known to the hub at once, until it is on again', async () => {
    await put('k.example/flags', { checkout: CHECKOUT, dark: ON_OFF });
    expect(await orders('k.example')).toEqual([]);
    await turn('k.example/flags/checkout', { enabled: false });
    expect(await orders('k.example')).toEqual([
      { rollout: 'k.example', sequence: 2, flags: { checkout: 2 } },
    ]);
    await turn('k.example/flags/dark', { enabled: false });
    expect(await orders('k.example')).toMatchObject([{ flags: { checkout: 2, dark: 3 } }]);
    await turn('k.example/flags/checkout', { enabled: true });
    expect(await orders('k.example')).toMatchObject([{ sequence: 4, flags: { dark: 3 } }]);
    await objects.weir.putKv('flags:k.example', JSON.stringify({ dark: ON_OFF }));
    await seen('k.example');
    expect(await orders('k.example')).toMatchObject([{ flags: {} }]);
  });

  it('stays off when a file from before is put, until somebody says that it is to be on', async () => {
    await put('o.example/flags', { checkout: CHECKOUT });
    await turn('o.example/flags/checkout', { enabled: false }, { token: 'op-secret' });
    const refused = await put('o.example/flags', { checkout: CHECKOUT });
    expect([refused.status, refused.json['detail']]).toEqual([
      409,
      expect.stringContaining('checkout (by olga, 20') as string,
    ]);
    expect((await put('o.example/flags/checkout', CHECKOUT)).status).toBe(409);
    expect(await flagOf('o.example', 'checkout')).toMatchObject({ state: 'off' });
    expect((await put('o.example/flags?confirmed=1', { checkout: CHECKOUT })).status).toBe(200);
    await turn('o.example/flags/checkout', { enabled: false });
    expect((await put('o.example/flags', { checkout: CHECKOUT }, { ifMatch: '"3"' })).status).toBe(412);
    expect((await put('o.example/flags', { checkout: CHECKOUT }, { ifMatch: '"4"' })).status).toBe(200);
  });

  it('among the default ones is known to the hubs of other hosts, too', async () => {
    await put('l.example', variants.document(), { token: ADMIN_TOKEN });
    await put('default/flags', { checkout: CHECKOUT });
    await turn('default/flags/checkout', { enabled: false });
    expect(await orders('l.example', 'default')).toMatchObject([
      { rollout: 'default', flags: { checkout: 2 } },
    ]);
  });
});

describe.concurrent('flags and a rollout', () => {
  it('leave each other alone: a running plan goes on, and its receivers hear of the flags', async () => {
    const plan = {
      steps: [
        { weight: 10, hold: '1h' },
        { weight: 100, hold: '1h' },
      ],
      notify: [{ url: receiver.url, format: 'json' }],
    };
    await put('m.example', variants.document({ plan }), { token: ADMIN_TOKEN });
    await api('m.example/start', { method: 'POST', token: ADMIN_TOKEN });
    const before = await eventually('the first step', async () => {
      const { json } = await api('m.example');
      return json['revision'] === 2 ? json : undefined;
    });
    await put('m.example/flags', { checkout: CHECKOUT });
    await turn('m.example/flags/checkout', { enabled: false }, { token: 'op-secret' });
    const after = (await api('m.example')).json;
    expect([after['revision'], after['phase']]).toEqual([before['revision'], 'progressing']);
    const told = await eventually('a notification', () =>
      receiver.deliveries
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
        .find(({ text }) => String(text).includes('switched off')),
    );
    expect(told).toMatchObject({
      event: 'flags-changed',
      rollout: 'm.example',
      actor: 'olga',
      text: 'Flags of m.example: checkout: switched off.',
    });
  });

  it('go together when the rollout is removed', async () => {
    await put('n.example', variants.document(), { token: ADMIN_TOKEN });
    await put('n.example/flags', { checkout: CHECKOUT });
    await turn('n.example/flags/checkout', { enabled: false });
    await api('n.example', { method: 'DELETE', token: ADMIN_TOKEN });
    expect((await kv('flags:n.example')).value).toBeNull();
    expect(await orders('n.example')).toMatchObject([{ flags: {} }]);
    expect((await seen('n.example')).flags).toEqual([]);
  });
});
