import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, inParallel, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

let shop: Variants;
let blog: Variants;
let other: Variants;
let weir: TestWeir;

beforeAll(async () => {
  [shop, blog, other] = await Promise.all([
    startVariants('shop '),
    startVariants('blog '),
    startVariants('default '),
  ]);
  weir = await startTestWeir();
  await weir.putKv('rollout:shop.example', shop.document());
  await weir.putKv('weight:shop.example', '100');
  await weir.putKv('rollout:blog.example', blog.document());
  await weir.putKv('rollout:default', other.document());
  await weir.putKv('weight:default', '100');
});
afterAll(async () => {
  await weir.stop();
  await Promise.all([shop.close(), blog.close(), other.close()]);
});

const visit = async (host: string): Promise<string> => (await new Visitor().visit(weir.url, { host })).text;

describe('hosts', () => {
  it.each([
    ['shop.example', 'shop canary'],
    ['SHOP.example', 'shop canary'],
    ['shop.example:8443', 'shop canary'],
    ['shop.example.', 'shop canary'],
    // No weight of its own: nothing for the canary, whatever the default's weight is.
    ['blog.example', 'blog stable'],
    ['unknown.example', 'default canary'],
    ['unknown.shop.example', 'default canary'],
    ['under_score.example', 'default canary'],
    [`${'x'.repeat(300)}.example`, 'default canary'],
    ['[::1]:80', 'default canary'],
  ])('%s is served by %s', async (host, expected) => {
    expect(await visit(host)).toBe(expected);
  });

  it('never leak into each other under concurrent load', async () => {
    const hosts = ['shop.example', 'blog.example', 'unknown.example'];
    const seen = await inParallel(
      600,
      30,
      async index => `${hosts[index % 3]}: ${await visit(hosts[index % 3]!)}`,
    );
    expect([...new Set(seen)].sort()).toEqual([
      'blog.example: blog stable',
      'shop.example: shop canary',
      'unknown.example: default canary',
    ]);
  });

  it('are counted apart', async () => {
    await eventually('three rollouts in metrics', async () => {
      const text = await (await weir.admin('/metrics')).text();
      return ['shop.example', 'blog.example', 'default'].every(name =>
        new RegExp(`^weir_requests_total\\{rollout="${name}",.*code="2xx"\\} [1-9]`, 'm').test(text),
      );
    });
    const one = await (await weir.admin('/metrics?rollout=shop.example')).text();
    expect(one).toContain('rollout="shop.example"');
    expect(one).not.toContain('rollout="default"');
  });

  it('keep their own document when it turns bad, also where it was never good', async () => {
    await weir.putKv('rollout:shop.example', '{"variants": {}}');
    await weir.putKv('rollout:new.example', '{"variants": {}}');
    await eventually('the problem in status', async () => {
      expect(await visit('shop.example')).toBe('shop canary');
      expect(await visit('new.example')).toBe('default canary');
      const text = await (await weir.admin('/metrics')).text();
      return (
        /^weir_config_errors_total\{rollout="shop.example"\} [1-9]/m.test(text) &&
        /^weir_config_errors_total\{rollout="new.example"\} [1-9]/m.test(text)
      );
    });
  });
});

describe('a Weir without any document', () => {
  it('answers 503 with Retry-After, and recovers when one is put', async () => {
    const empty = await startTestWeir();
    try {
      const answer = await get(empty.url);
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('5');
      expect(answer.headers['content-type']).toBe('application/problem+json');
      await empty.putKv('rollout:default', other.document());
      await eventually('an answer from stable', async () => (await get(empty.url)).text === 'default stable');
    } finally {
      await empty.stop();
    }
  });

  it('serves stable from the variable STABLE_ORIGIN alone', async () => {
    const single = await startTestWeir({ variables: { STABLE_ORIGIN: shop.stable.url } });
    try {
      expect((await get(single.url)).text).toBe('shop stable');
    } finally {
      await single.stop();
    }
  });
});
