import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutStatus } from '../../src/core/rollout/status.ts';
import { get, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir({
    variables: {
      ADMIN_TOKEN: `ada:admin:${ADMIN_TOKEN},olga:operator:op-secret,fin:flags:fl-secret`,
      VIEWER_TOKEN: 'view-secret',
    },
  });
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const statusOf = async (name: string) =>
  (await (await weir.admin(`/api/rollouts/${name}`)).json()) as RolloutStatus;

describe('the API', () => {
  it('takes a document and a weight, and the visitors follow', async () => {
    const put = await weir.admin('/api/rollouts/default', { method: 'PUT', body: variants.document() });
    expect([put.status, await put.json()]).toEqual([
      200,
      { name: 'default', revision: 1, written: true, effects: [] },
    ]);
    expect(
      await (await weir.admin('/api/rollouts/default/weight', { method: 'PUT', body: '100' })).json(),
    ).toMatchObject({ revision: 2 });
    await eventually('canary', async () => (await new Visitor().visit(weir.url)).text === 'canary');
    const status = await statusOf('default');
    expect(status).toMatchObject({
      phase: 'idle',
      enabled: true,
      revision: 2,
      problems: [],
      weight: { value: 100, by: 'ada' },
      document: { source: 'kv', by: 'ada' },
    });
    expect(status.variants['canary']).toMatchObject({ origin: variants.canary.url, weight: 100 });
  });

  it.each([
    [
      'a document with two mistakes',
      'default',
      '{"variants":{"stable":{"origin":"x"}},"colour":1}',
      ['$', '$.variants.stable.origin'],
    ],
    ['a document that is not JSON', 'default', '{', ['$']],
    ['a weight of 101', 'default/weight', '101', ['$']],
    ['a weight that is not JSON', 'default/weight', 'ten', ['$']],
    ['a weight for a variant that does not exist', 'default/weight', '{"nope":5}', ['$.nope']],
  ])('refuses %s with every path, and nothing changes', async (_, path, body, paths) => {
    const before = await statusOf('default');
    const response = await weir.admin(`/api/rollouts/${path}`, { method: 'PUT', body });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      422,
      'application/problem+json',
    ]);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map(error => error.path).sort()).toEqual(paths);
    expect((await statusOf('default')).revision).toBe(before.revision);
  });

  it('honours If-Match with the ETag of a GET', async () => {
    const etag = (await weir.admin('/api/rollouts/default')).headers.get('etag')!;
    const put = (condition: string) =>
      weir.admin('/api/rollouts/default/weight', {
        method: 'PUT',
        body: '50',
        headers: { 'if-match': condition },
      });
    expect((await put(etag)).status).toBe(200);
    expect((await put(etag)).status).toBe(412);
    expect((await put('50')).status).toBe(400);
    expect((await put('*')).status).toBe(200);
  });

  it.each([
    ['GET', '/api/rollouts', 'view-secret', 200],
    ['GET', '/api/rollouts/default', 'op-secret', 200],
    ['GET', '/api/rollouts/default/events', 'fl-secret', 200],
    ['GET', '/metrics', 'view-secret', 200],
    ['GET', '/metrics', 'nonsense', 401],
    ['GET', '/metrics', '', 401],
    ['PUT', '/api/rollouts/default/weight', 'view-secret', 403],
    ['PUT', '/api/rollouts/default/weight', 'fl-secret', 403],
    ['PUT', '/api/rollouts/default/weight', 'op-secret', 200],
    ['PUT', '/api/rollouts/default', 'op-secret', 403],
    ['GET', '/api/rollouts/nothing.example', 'view-secret', 404],
    ['GET', '/api/rollouts/nothing.example/events', 'view-secret', 404],
    ['GET', '/api/rollouts/Not_A_Host', 'view-secret', 400],
    ['GET', '/nope', 'view-secret', 404],
  ])('%s %s with the token %j answers %i', async (method, path, token, status) => {
    const response = await fetch(`${weir.url}/__weir${path}`, {
      method,
      headers: bearer(token),
      ...(method === 'PUT' ? { body: '50' } : {}),
    });
    expect(response.status).toBe(status);
    if (status >= 400) expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('says in the audit log who did what, newest first', async () => {
    await fetch(`${weir.url}/__weir/api/rollouts/default/weight`, {
      method: 'PUT',
      body: '12.5',
      headers: bearer('op-secret'),
    });
    const { events } = (await (await weir.admin('/api/rollouts/default/events')).json()) as {
      events: Record<string, unknown>[];
    };
    expect(events[0]).toMatchObject({ by: 'olga', channel: 'api', action: 'weight', detail: '50 → 12.5' });
  });

  it('refuses a body that is too large', async () => {
    const response = await weir.admin('/api/rollouts/default', { method: 'PUT', body: ' '.repeat(300_000) });
    expect(response.status).toBe(413);
  });

  it('shows a secret of the document as the reference', async () => {
    const document = JSON.stringify({ variants: { stable: { origin: '$secret:HIDDEN' } } });
    const hidden = await startTestWeir({ variables: { HIDDEN: variants.stable.url } });
    try {
      await hidden.putKv('rollout:default', document);
      expect((await get(hidden.url)).text).toBe('stable');
      const text = await (await hidden.admin('/api/rollouts/default')).text();
      expect(text).toContain('$secret:HIDDEN');
      expect(text).not.toContain(variants.stable.url);
    } finally {
      await hidden.stop();
    }
  });
});

describe('the surfaces', () => {
  it('are described in openapi.json, each path and method of it being there', async () => {
    const { paths } = JSON.parse((await get(`${weir.url}/__weir/openapi.json`)).text) as {
      paths: Record<string, Record<string, unknown>>;
    };
    for (const [path, methods] of Object.entries(paths).filter(([path]) => !/\{(?:id|flag)\}/.test(path))) {
      for (const method of Object.keys(methods).filter(key => key === 'get' || key === 'put')) {
        const response = await fetch(weir.url + path.replace('{name}', 'default'), {
          method,
          headers: bearer(ADMIN_TOKEN),
        });
        expect([path, method, response.status]).not.toEqual([path, method, 404]);
      }
    }
  });

  it('answer 404 while their token is not set, but health does answer', async () => {
    const closed = await startTestWeir({
      variables: { ADMIN_TOKEN: '', STABLE_ORIGIN: variants.stable.url },
    });
    try {
      for (const path of ['/metrics', '/api/rollouts'])
        expect((await get(`${closed.url}/__weir${path}`, bearer(''))).status).toBe(404);
      expect(JSON.parse((await get(`${closed.url}/__weir/health`)).text)).toEqual({ status: 'ok' });
    } finally {
      await closed.stop();
    }
  });

  it('answer on ADMIN_HOST only, if there is one; health on every host', async () => {
    const apart = await startTestWeir({
      variables: { ADMIN_HOST: 'weir.example', STABLE_ORIGIN: variants.stable.url },
    });
    try {
      const at = async (host: string, path: string) =>
        (await get(`${apart.url}${path}`, { host, ...bearer(ADMIN_TOKEN) })).status;
      expect(await at('weir.example', '/__weir/metrics')).toBe(200);
      expect(await at('www.example', '/__weir/metrics')).toBe(404);
      expect(await at('www.example', '/__weir/health')).toBe(200);
      expect(await at('weir.example', '/anything')).toBe(404);
      expect(await at('www.example', '/anything')).toBe(200);
    } finally {
      await apart.stop();
    }
  });
});
