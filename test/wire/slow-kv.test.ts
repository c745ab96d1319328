import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, inParallel, NAVIGATION, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { KvStage } from '../support/kv-stage.ts';
import type { KvBehaviour } from '../support/slow-kv.ts';
import { startVariants, type Variants } from '../support/variants.ts';

let variants: Variants;
let spare: Variants;

beforeAll(async () => {
  [variants, spare] = await Promise.all([startVariants(), startVariants('spare ')]);
});
afterAll(() => Promise.all([variants.close(), spare.close()]));

/** Each test has a KV and an isolate of its own: they mostly wait, side by side. */
const it = test.extend<{ stage: KvStage }>({
  stage: async ({}, use) => {
    const stage = await KvStage.start(variants, spare);
    await use(stage);
    await stage.close();
  },
});

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

describe.concurrent('while KV', () => {
  it.for(FAULTS)(
    '%s, a warm isolate keeps the last good document and weight: no error, no flip',
    async ([, behaviour], { stage }) => {
      const visitor = new Visitor();
      await stage.warmUp(visitor);
      stage.kv.behaviour = behaviour;
      expect(await stage.visitThroughRefreshes(visitor)).toEqual(new Set(['200 canary']));
    },
  );

  it('never answers and nothing was ever known, stable is served, without a cookie and without being counted', async ({
    stage,
  }) => {
    stage.kv.behaviour = { hangs: true };
    await stage.stopIsolate();
    stage.forgetObjects();
    await stage.startIsolate();
    const answer = await get(stage.url, NAVIGATION);
    expect([answer.status, answer.text, answer.headers['set-cookie']]).toEqual([
      200,
      'spare stable',
      undefined,
    ]);
  });

  it('refuses writes, a weight is accepted, kept, and written once KV takes it', async ({ stage }) => {
    await stage.warmUp();
    stage.kv.behaviour = { writeStatus: 429 };
    const response = await stage.putWeight('40');
    expect([response.status, await response.json()]).toEqual([
      202,
      { name: 'default', revision: expect.any(Number) as number, written: false, effects: [] },
    ]);
    expect(stage.kv.values.get('weight:default')?.value).toBe('100');
    stage.kv.behaviour = {};
    await eventually('the weight in KV', () => stage.kv.values.get('weight:default')?.value === '40');
    expect(stage.kv.values.get('weight:default')?.metadata).toMatchObject({
      by: 'admin',
      revision: expect.any(Number) as number,
    });
  });

  it('holds a bad document over one that no isolate has read, what was put last is in force', async ({
    stage,
  }) => {
    const visitor = new Visitor();
    await stage.warmUp(visitor);
    const put = await stage.putDocument(variants.document({ enabled: false }));
    expect(put.status).toBe(200);
    // Before anybody asks for a page again, somebody writes by hand.
    stage.kv.values.set('rollout:default', { value: variants.document({ enabld: true }), metadata: null });
    await stage.served(visitor, 'stable');
  });

  it('holds the same bad document as once before, what was put in between is in force', async ({ stage }) => {
    const visitor = new Visitor();
    await stage.warmUp(visitor);
    const bad = { value: variants.document({ enabld: true }), metadata: null };
    stage.kv.values.set('rollout:default', bad);
    expect(await stage.visitThroughRefreshes(visitor)).toEqual(new Set(['200 canary']));
    const put = await stage.putDocument(variants.document({ enabled: false }));
    expect(put.status).toBe(200);
    stage.kv.values.set('rollout:default', bad);
    await stage.served(visitor, 'stable');
  });

  it('holds a bad document over an emergency stop by hand, the stop holds', async ({ stage }) => {
    const visitor = new Visitor();
    await stage.warmUp(visitor);
    const stop = variants.document({ enabled: false });
    const put = async (body: string, variant: string) => {
      expect((await stage.putDocument(body)).status).toBe(200);
      await stage.served(visitor, variant);
    };
    await put(stop, 'stable');
    await put(variants.document({ salt: 'x' }), 'canary');
    // The text that was replaced a moment ago: the controller can't tell it from a stale cache.
    stage.kv.values.set('rollout:default', { value: stop, metadata: null });
    await stage.served(visitor, 'stable');
    stage.kv.values.set('rollout:default', { value: '{"variants":7}', metadata: null });
    expect(await stage.visitThroughRefreshes(visitor)).toEqual(new Set(['200 stable']));
  });

  it('holds a bad weight beside a document that reads like the variables, that document holds', async ({
    stage,
  }) => {
    const visitor = new Visitor();
    await stage.warmUp(visitor);
    const like = JSON.stringify({
      variants: { stable: { origin: spare.stable.url }, canary: { origin: spare.canary.url } },
    });
    const rule = variants.document({ rules: [{ if: { host: { exists: true } }, serve: 'canary' }] });
    expect((await stage.putDocument(like)).status).toBe(200);
    // Another candidate has no weight until someone gives it one.
    expect((await stage.putWeight('100')).status).toBe(200);
    await stage.served(visitor, 'spare canary');
    expect((await stage.putDocument(rule)).status).toBe(200);
    await stage.served(visitor, 'canary');
    stage.kv.values.set('rollout:default', { value: like, metadata: null });
    stage.kv.values.set('weight:default', { value: '0', metadata: null });
    await stage.served(visitor, 'spare stable');
    stage.kv.values.set('weight:default', { value: 'abc', metadata: null });
    expect(await stage.visitThroughRefreshes(visitor)).toEqual(new Set(['200 spare stable']));
  });

  it('holds a bad document that was never good, the variables hold', async ({ stage }) => {
    stage.kv.values.set('rollout:default', { value: '{bad', metadata: null });
    await stage.stopIsolate();
    stage.forgetObjects();
    await stage.startIsolate();
    expect((await new Visitor().visit(stage.url)).text).toBe('spare canary');
  });

  it('answers late with an older weight, the newer one stays', async ({ stage }) => {
    const visitor = new Visitor();
    await stage.warmUp(visitor);
    // One reading hangs with the old value while the next brings the new one.
    stage.kv.behaviour = { delayMs: 2500, stale: new Map([['weight:default', '100']]) };
    const reads = stage.kv.reads();
    await eventually(
      'the slow reading under way',
      async () => (await visitor.visit(stage.url), stage.kv.reads() > reads),
    );
    stage.kv.behaviour = {};
    stage.kv.values.set('weight:default', { value: '0', metadata: null });
    await stage.served(visitor, 'stable');
    const seen = new Set<string>();
    await eventually('the slow answer', async () => {
      seen.add((await visitor.visit(stage.url)).text);
      return stage.kv.answered() > reads;
    });
    expect(seen).toEqual(new Set(['stable']));
  });

  it('holds a document that no isolate has read yet, a weight is taken for it', async ({ stage }) => {
    expect((await stage.putWeight('0')).status).toBe(200);
    await stage.served(new Visitor(), 'stable');
  });

  it('refuses the document, a weight is written all the same', async ({ stage }) => {
    await stage.warmUp();
    stage.kv.behaviour = { refusedKeys: ['rollout:default'] };
    const document = stage.putDocument(variants.document({ salt: 'x' }));
    const weight = await stage.putWeight('0');
    expect([weight.status, stage.kv.values.get('weight:default')?.value]).toEqual([200, '0']);
    expect((await document).status).toBe(202);
  });

  it('would refuse the key of a 600-byte host, that host is served as the default', async ({ stage }) => {
    const host = `${'x'.repeat(590)}.example`;
    expect((await new Visitor().visit(stage.url, { host })).text).toBe('canary');
  });

  it('is asked at most once a refresh and host, however many requests there are', async ({ stage }) => {
    const visitor = new Visitor();
    await stage.warmUp(visitor);
    const [reads, start] = [stage.kv.reads(), performance.now()];
    await inParallel(500, 25, () => visitor.visit(stage.url));
    const refreshes = Math.ceil((performance.now() - start) / 1000) + 1;
    expect(stage.kv.reads() - reads).toBeLessThanOrEqual(refreshes);
  });
});

// One after the other: how long a cold isolate waits before it serves what it knows is short.
describe('while KV', () => {
  it.for(FAULTS)(
    '%s, a cold isolate serves the last good document and weight from its first request on',
    async ([, behaviour], { stage }) => {
      const visitor = new Visitor();
      await stage.warmUp(visitor);
      await stage.stopIsolate();
      stage.kv.behaviour = behaviour;
      await stage.startIsolate();
      const seen = await inParallel(20, 20, async () => {
        const { status, text } = await visitor.visit(stage.url);
        return `${status} ${text}`;
      });
      expect(new Set(seen)).toEqual(new Set(['200 canary']));
    },
  );

  it('never shows another host its pages, although that host has a document of its own', async ({
    stage,
  }) => {
    const shop = await startVariants('shop ');
    try {
      stage.kv.values.set('rollout:shop.example', { value: shop.document(), metadata: null });
      const host = 'shop.example';
      const visitor = new Visitor();
      expect((await visitor.visit(stage.url, { host })).text).toBe('shop stable');
      await eventually(
        'the registry knows',
        async () => (await stage.admin(`/rollouts/${host}`)).status === 200,
      );
      await eventually('the controller knows', async () => {
        const { events } = (await (await stage.admin(`/rollouts/${host}/events`)).json()) as {
          events: unknown[];
        };
        return events.length > 0;
      });
      await stage.stopIsolate();
      stage.kv.behaviour = { hangs: true };
      await stage.startIsolate();
      expect((await visitor.visit(stage.url, { host })).text).toBe('shop stable');
    } finally {
      await shop.close();
    }
  });
});

describe.concurrent('a weight that is put on condition of the revision that someone saw', () => {
  it('does not overwrite an emergency stop by hand that no isolate has reported yet', async ({ stage }) => {
    await stage.warmUp();
    expect((await stage.putWeight('40', await stage.etagNow())).status).toBe(200);
    const etag = await stage.etagNow();
    stage.kv.values.set('weight:default', { value: '0', metadata: null });
    expect((await stage.putWeight('50', etag)).status).toBe(412);
    expect(stage.kv.values.get('weight:default')?.value).toBe('0');

    const seen = await stage.admin('/rollouts/default');
    expect(await seen.json()).toMatchObject({ weight: { value: 0, by: 'unknown' } });
    const { events } = (await (await stage.admin('/rollouts/default/events?limit=1')).json()) as {
      events: object[];
    };
    expect(events).toMatchObject([
      { channel: 'kv', action: 'hand-weight', detail: 'canary 0 % written by hand (was canary 40 %)' },
    ]);
    expect((await stage.putWeight('50', seen.headers.get('etag')!)).status).toBe(200);
    expect(stage.kv.values.get('weight:default')?.value).toBe('50');
  });

  it.for([
    ['fails', { readStatus: 500 }],
    ['never answers', { hangs: true }],
    ['holds a bad value', { stale: new Map([['weight:default', 'ten']]) }],
    ['shows what was replaced a moment ago', { stale: new Map([['weight:default', '100']]) }],
  ] satisfies (readonly [string, KvBehaviour])[])(
    'is taken while KV %s, if the revision holds',
    async ([, behaviour], { stage }) => {
      await stage.warmUp();
      expect((await stage.putWeight('40')).status).toBe(200);
      const etag = await stage.etagNow();
      stage.kv.behaviour = behaviour;
      expect((await stage.putWeight('50', etag)).status).toBe(200);
      expect(stage.kv.values.get('weight:default')?.value).toBe('50');
      expect((await stage.putWeight('60', etag)).status).toBe(412);
    },
  );

  it('is not held up by a look at KV without the condition: an emergency must not wait', async ({
    stage,
  }) => {
    await stage.warmUp();
    const reads = stage.kv.reads();
    stage.kv.behaviour = { hangs: true };
    expect((await stage.putWeight('0')).status).toBe(200);
    expect([stage.kv.reads(), stage.kv.values.get('weight:default')?.value]).toEqual([reads, '0']);
  });
});

it.for([
  ['fails', { readStatus: 500 }],
  ['never answers', { hangs: true }],
] satisfies (readonly [string, KvBehaviour])[])(
  'a rollback is not refused while KV %s, also of a rollout that nobody knows',
  async ([, behaviour], { stage }) => {
    await stage.warmUp();
    stage.kv.behaviour = behaviour;
    for (const name of ['default', 'shop.example']) {
      const { status } = await stage.admin(`/rollouts/${name}/rollback`, { method: 'POST' });
      expect([name, status]).toEqual([name, 200]);
    }
    expect(stage.kv.values.get('weight:default')?.value).toBe('0');
  },
);
