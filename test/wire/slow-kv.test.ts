import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startRawWorkerd, type RawWorkerd } from '../../scripts/raw-workerd.ts';
import { get, inParallel, NAVIGATION, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startSlowKv, type KvBehaviour, type SlowKv } from '../support/slow-kv.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, type AdminRequest } from '../support/weir.ts';

let variants: Variants;
/** What the variables name: never the document's origins, or nobody could tell the two apart. */
let spare: Variants;
let kv: SlowKv;
let directory: string;
let weir: RawWorkerd;

beforeAll(async () => {
  [variants, spare] = await Promise.all([startVariants(), startVariants('spare ')]);
});
afterAll(() => Promise.all([variants.close(), spare.close()]));

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-slow-kv-'));
  kv = await startSlowKv();
  kv.values.set('rollout:default', { value: variants.document(), metadata: null });
  kv.values.set('weight:default', { value: '100', metadata: null });
  weir = await startIsolate();
});
afterEach(async () => {
  await weir.stop();
  await kv.close();
  rmSync(directory, { recursive: true });
});

/** A new process: a cold isolate over the same Durable Objects. */
function startIsolate(): Promise<RawWorkerd> {
  return startRawWorkerd({
    directory,
    bundle: inject('bundle'),
    kvAddress: kv.address,
    variables: {
      ADMIN_TOKEN,
      CONFIG_REFRESH: '1',
      STABLE_ORIGIN: spare.stable.url,
      CANARY_ORIGIN: spare.canary.url,
    },
  });
}

const admin = (path: string, init: AdminRequest = {}) =>
  fetch(`${weir.url}/__weir/api${path}`, {
    ...init,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...init.headers },
  });

const etagNow = async (): Promise<string> => (await admin('/rollouts/default')).headers.get('etag') ?? '';
const putWeight = (body: string, etag?: string) =>
  admin('/rollouts/default/weight', {
    method: 'PUT',
    body,
    ...(etag === undefined ? {} : { headers: { 'if-match': etag } }),
  });

/** Served by the canary, and the controller knows of what was written by hand. */
async function warmUp(visitor: Visitor): Promise<void> {
  expect((await visitor.visit(weir.url)).text).toBe('canary');
  await eventually('the report to the controller', async () => {
    const { events } = (await (await admin('/rollouts/default/events')).json()) as {
      events: { action: string }[];
    };
    const known = new Set(events.map(event => event.action));
    return known.has('document') && known.has('weight');
  });
}

/** Visits until KV was read again a few times, which is behind the requests. */
async function visitThroughRefreshes(visitor: Visitor): Promise<string[]> {
  const before = kv.reads();
  const seen: string[] = [];
  await eventually('three more readings of KV', async () => {
    const { status, text } = await visitor.visit(weir.url);
    seen.push(`${status} ${text}`);
    return kv.reads() >= before + 3;
  });
  return seen;
}

const FAULTS: readonly (readonly [string, KvBehaviour])[] = [
  ['takes a second', { delayMs: 1000 }],
  ['throws (500)', { readStatus: 500 }],
  ['is over its limit (429)', { readStatus: 429 }],
  ['caches absence', { absent: ['rollout:default', 'weight:default'] }],
  ['caches absence of the document alone', { absent: ['rollout:default'] }],
  ['caches absence of the weight alone', { absent: ['weight:default'] }],
  ['never answers', { hangs: true }],
  ['holds a bad document', { stale: new Map([['rollout:default', '{"variants":{}}']]) }],
  ['holds a bad weight', { stale: new Map([['weight:default', 'ten']]) }],
];

describe('while KV', () => {
  it.each(FAULTS)(
    '%s, a warm isolate keeps the last good document and weight: no error, no flip',
    async (_, behaviour) => {
      const visitor = new Visitor();
      await warmUp(visitor);
      kv.behaviour = behaviour;
      expect(new Set(await visitThroughRefreshes(visitor))).toEqual(new Set(['200 canary']));
    },
  );

  it.each(FAULTS)(
    '%s, a cold isolate serves the last good document and weight from its first request on',
    async (_, behaviour) => {
      const visitor = new Visitor();
      await warmUp(visitor);
      await weir.stop();
      kv.behaviour = behaviour;
      weir = await startIsolate();
      const seen = await inParallel(20, 20, async () => {
        const { status, text } = await visitor.visit(weir.url);
        return `${status} ${text}`;
      });
      expect(new Set(seen)).toEqual(new Set(['200 canary']));
    },
  );

  it('never answers and nothing was ever known, stable is served, without a cookie and without being counted', async () => {
    kv.behaviour = { hangs: true };
    await weir.stop();
    rmSync(join(directory, 'objects'), { recursive: true });
    weir = await startIsolate();
    const answer = await get(weir.url, NAVIGATION);
    expect([answer.status, answer.text, answer.headers['set-cookie']]).toEqual([
      200,
      'spare stable',
      undefined,
    ]);
  });

  it('refuses writes, a weight is accepted, kept, and written once KV takes it', async () => {
    await warmUp(new Visitor());
    kv.behaviour = { writeStatus: 429 };
    const response = await admin('/rollouts/default/weight', { method: 'PUT', body: '40' });
    expect([response.status, await response.json()]).toEqual([
      202,
      { name: 'default', revision: expect.any(Number) as number, written: false },
    ]);
    expect(kv.values.get('weight:default')?.value).toBe('100');
    kv.behaviour = {};
    await eventually('the weight in KV', () => kv.values.get('weight:default')?.value === '40');
    expect(kv.values.get('weight:default')?.metadata).toMatchObject({
      by: 'admin',
      revision: expect.any(Number) as number,
    });
  });

  it('holds a bad document over one that no isolate has read, what was put last is in force', async () => {
    const visitor = new Visitor();
    await warmUp(visitor);
    const put = await admin('/rollouts/default', {
      method: 'PUT',
      body: variants.document({ enabled: false }),
    });
    expect(put.status).toBe(200);
    // Before anybody asks for a page again, somebody writes by hand.
    kv.values.set('rollout:default', { value: variants.document({ enabld: true }), metadata: null });
    await eventually('stable', async () => (await visitor.visit(weir.url)).text === 'stable');
  });

  it('holds the same bad document as once before, what was put in between is in force', async () => {
    const visitor = new Visitor();
    await warmUp(visitor);
    const bad = { value: variants.document({ enabld: true }), metadata: null };
    kv.values.set('rollout:default', bad);
    expect(new Set(await visitThroughRefreshes(visitor))).toEqual(new Set(['200 canary']));
    const put = await admin('/rollouts/default', {
      method: 'PUT',
      body: variants.document({ enabled: false }),
    });
    expect(put.status).toBe(200);
    kv.values.set('rollout:default', bad);
    await eventually('stable', async () => (await visitor.visit(weir.url)).text === 'stable');
  });

  it('holds a bad document over an emergency stop by hand, the stop holds', async () => {
    const visitor = new Visitor();
    await warmUp(visitor);
    const stop = variants.document({ enabled: false });
    const put = async (body: string, variant: string) => {
      expect((await admin('/rollouts/default', { method: 'PUT', body })).status).toBe(200);
      await eventually(variant, async () => (await visitor.visit(weir.url)).text === variant);
    };
    await put(stop, 'stable');
    await put(variants.document({ salt: 'x' }), 'canary');
    // The text that was replaced a moment ago: the controller can't tell it from a stale cache.
    kv.values.set('rollout:default', { value: stop, metadata: null });
    await eventually('the stop', async () => (await visitor.visit(weir.url)).text === 'stable');
    kv.values.set('rollout:default', { value: '{"variants":7}', metadata: null });
    expect(new Set(await visitThroughRefreshes(visitor))).toEqual(new Set(['200 stable']));
  });

  it('holds a bad weight beside a document that reads like the variables, that document holds', async () => {
    const visitor = new Visitor();
    await warmUp(visitor);
    const like = JSON.stringify({
      variants: { stable: { origin: spare.stable.url }, canary: { origin: spare.canary.url } },
    });
    const rule = variants.document({ rules: [{ if: { host: { exists: true } }, serve: 'canary' }] });
    const served = (text: string) =>
      eventually(text, async () => (await visitor.visit(weir.url)).text === text);
    for (const body of [like, rule]) {
      expect((await admin('/rollouts/default', { method: 'PUT', body })).status).toBe(200);
      await served(body === like ? 'spare canary' : 'canary');
    }
    kv.values.set('rollout:default', { value: like, metadata: null });
    kv.values.set('weight:default', { value: '0', metadata: null });
    await served('spare stable');
    kv.values.set('weight:default', { value: 'abc', metadata: null });
    expect(new Set(await visitThroughRefreshes(visitor))).toEqual(new Set(['200 spare stable']));
  });

  it('holds a bad document that was never good, the variables hold', async () => {
    kv.values.set('rollout:default', { value: '{bad', metadata: null });
    await weir.stop();
    rmSync(join(directory, 'objects'), { recursive: true });
    weir = await startIsolate();
    expect((await new Visitor().visit(weir.url)).text).toBe('spare canary');
  });

  it('answers late with an older weight, the newer one stays', async () => {
    const visitor = new Visitor();
    await warmUp(visitor);
    // One reading hangs with the old value while the next brings the new one.
    kv.behaviour = { delayMs: 2500, stale: new Map([['weight:default', '100']]) };
    const reads = kv.reads();
    await eventually(
      'the slow reading under way',
      async () => (await visitor.visit(weir.url), kv.reads() > reads),
    );
    kv.behaviour = {};
    kv.values.set('weight:default', { value: '0', metadata: null });
    await eventually('the new weight', async () => (await visitor.visit(weir.url)).text === 'stable');
    const seen = new Set<string>();
    await eventually('the slow answer', async () => {
      seen.add((await visitor.visit(weir.url)).text);
      return kv.answered() > reads;
    });
    expect(seen).toEqual(new Set(['stable']));
  });

  it('never shows another host its pages, although that host has a document of its own', async () => {
    const shop = await startVariants('shop ');
    try {
      kv.values.set('rollout:shop.example', { value: shop.document(), metadata: null });
      const host = 'shop.example';
      const visitor = new Visitor();
      expect((await visitor.visit(weir.url, { host })).text).toBe('shop stable');
      await eventually('the registry knows', async () => (await admin(`/rollouts/${host}`)).status === 200);
      await eventually('the controller knows', async () => {
        const { events } = (await (await admin(`/rollouts/${host}/events`)).json()) as { events: unknown[] };
        return events.length > 0;
      });
      await weir.stop();
      kv.behaviour = { hangs: true };
      weir = await startIsolate();
      expect((await visitor.visit(weir.url, { host })).text).toBe('shop stable');
    } finally {
      await shop.close();
    }
  });

  it('refuses the document, a weight is written all the same', async () => {
    await warmUp(new Visitor());
    kv.behaviour = { refusedKeys: ['rollout:default'] };
    const document = admin('/rollouts/default', { method: 'PUT', body: variants.document({ salt: 'x' }) });
    const weight = await admin('/rollouts/default/weight', { method: 'PUT', body: '0' });
    expect([weight.status, kv.values.get('weight:default')?.value]).toEqual([200, '0']);
    expect((await document).status).toBe(202);
  });

  it('would refuse the key of a 600-byte host, that host is served as the default', async () => {
    const host = `${'x'.repeat(590)}.example`;
    expect((await new Visitor().visit(weir.url, { host })).text).toBe('canary');
  });

  it('is asked at most once a refresh and host, however many requests there are', async () => {
    const visitor = new Visitor();
    await warmUp(visitor);
    const [reads, start] = [kv.reads(), performance.now()];
    await inParallel(500, 25, () => visitor.visit(weir.url));
    const refreshes = Math.ceil((performance.now() - start) / 1000) + 1;
    expect(kv.reads() - reads).toBeLessThanOrEqual(refreshes);
  });
});

describe('a weight that is put on condition of the revision that someone saw', () => {
  it('does not overwrite an emergency stop by hand that no isolate has reported yet', async () => {
    await warmUp(new Visitor());
    expect((await putWeight('40', await etagNow())).status).toBe(200);
    const etag = await etagNow();
    kv.values.set('weight:default', { value: '0', metadata: null });
    expect((await putWeight('50', etag)).status).toBe(412);
    expect(kv.values.get('weight:default')?.value).toBe('0');

    const seen = await admin('/rollouts/default');
    expect(await seen.json()).toMatchObject({ weight: { value: 0, by: 'unknown' } });
    const { events } = (await (await admin('/rollouts/default/events?limit=1')).json()) as {
      events: object[];
    };
    expect(events).toMatchObject([{ channel: 'kv', action: 'weight', detail: '40 → 0' }]);
    expect((await putWeight('50', seen.headers.get('etag')!)).status).toBe(200);
    expect(kv.values.get('weight:default')?.value).toBe('50');
  });

  it.each([
    ['fails', { readStatus: 500 }],
    ['never answers', { hangs: true }],
    ['holds a bad value', { stale: new Map([['weight:default', 'ten']]) }],
    ['shows what was replaced a moment ago', { stale: new Map([['weight:default', '100']]) }],
  ] satisfies (readonly [string, KvBehaviour])[])(
    'is taken while KV %s, if the revision holds',
    async (_, behaviour) => {
      await warmUp(new Visitor());
      expect((await putWeight('40')).status).toBe(200);
      const etag = await etagNow();
      kv.behaviour = behaviour;
      expect((await putWeight('50', etag)).status).toBe(200);
      expect(kv.values.get('weight:default')?.value).toBe('50');
      expect((await putWeight('60', etag)).status).toBe(412);
    },
  );

  it('is not held up by a look at KV without the condition: an emergency must not wait', async () => {
    await warmUp(new Visitor());
    const reads = kv.reads();
    kv.behaviour = { hangs: true };
    expect((await putWeight('0')).status).toBe(200);
    expect([kv.reads(), kv.values.get('weight:default')?.value]).toEqual([reads, '0']);
  });
});
