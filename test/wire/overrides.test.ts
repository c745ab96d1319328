/** Overrides as testers use them: over real sockets, what they see and what the origins see. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signOverride } from '../../src/edge/override-token.ts';
import { get, NAVIGATION, type Answer } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { ask } from '../support/raw-client.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, OVERRIDE_SECRET, startTestWeir, type TestWeir } from '../support/weir.ts';

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir();
  await Promise.all([
    weir.putKv('rollout:default', variants.document()),
    weir.putKv('rollout:other.example', variants.document()),
  ]);
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});
beforeEach(() => {
  variants.stable.seen.length = 0;
  variants.canary.seen.length = 0;
});

async function mint(rollout = 'default', body: object = {}): Promise<string> {
  const answer = await weir.admin(`/api/rollouts/${rollout}/overrides`, {
    method: 'POST',
    body: JSON.stringify({ variant: 'canary', ...body }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { path: string }).path;
}

const visit = (
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> => get(weir.url + path, { ...NAVIGATION, ...headers }, method);

/** Opens a link; gives the cookie that it leaves. */
async function opened(path: string, headers = {}): Promise<string> {
  const answer = await visit(path, headers);
  expect(answer.status).toBe(302);
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

describe('an override', () => {
  it('shows its variant at weight 0 on every page after the link, under clean addresses', async () => {
    const link = await mint('default', { path: '/cart?a=1' });
    const answer = await visit(link);
    expect(answer.headers.location).toBe('/cart?a=1');
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    for (const path of ['/cart?a=1', '/style.css', '/api'])
      expect((await visit(path, { cookie })).text).toBe('canary');
    expect((await visit('/cart')).text).toBe('stable');
  });

  it('is nothing that an origin ever sees: no parameter, no cookie however spelt, no token', async () => {
    const link = await mint();
    const [, token = ''] = link.split('weir=');
    const cookie = await opened(link);
    const spellings = [
      `a=1; ${cookie}; b=2`,
      `a=1; weir-override =${token}; b=2`,
      `a=1; __Host-weir-override=${token}; b=2`,
    ];
    for (const spelling of spellings)
      await visit('/x?a=1&weir=junk&b=2', { cookie: spelling, 'x-weir-token': ADMIN_TOKEN });
    const seen = [...variants.stable.seen, ...variants.canary.seen].filter(({ path }) => path !== '/');
    expect(seen.map(({ path }) => path)).toEqual(spellings.map(() => '/x?a=1&b=2'));
    for (const request of seen) {
      expect(JSON.stringify(request.headers)).not.toContain(token);
      expect(request.header('cookie')).toBe('a=1; b=2');
      expect(request.header('x-weir-token')).toBeUndefined();
    }
  });

  it('in a link that is posted to holds for that request, body and all', async () => {
    const link = await mint('default', { path: '/order?a=1' });
    const { hostname, port } = new URL(weir.url);
    const answer = await ask(`http://${hostname}:${port}`, { method: 'POST', path: link, body: 'a=b' });
    expect([answer.status, answer.text]).toEqual([200, 'canary']);
    expect(variants.canary.only().path).toBe('/order?a=1');
  });

  it.each<[string, string, () => Promise<string>]>([
    [
      'expired',
      'expired',
      async () => {
        // Signed long ago: the least that the API mints is a minute.
        return `/?weir=${await signOverride(OVERRIDE_SECRET, 'default', 'canary', 1_700_000_000)}`;
      },
    ],
    ['forged', 'not signed for this rollout', async () => (await mint()).replace(/.{10}$/, 'AAAAAAAAAA')],
    ['of another rollout', 'not signed for this rollout', () => mint('other.example')],
    ['malformed', 'malformed', () => Promise.resolve('/?weir=canary')],
  ])('that is %s is ignored, and the visitor is told so in a header only', async (_, why, link) => {
    const answer = await visit(await link());
    expect([answer.status, answer.text]).toEqual([200, 'stable']);
    expect(answer.headers['x-weir-reason']).toBe(`ignored-override;why="${why}"`);
  });

  it('whose variant is gone is ignored, and works again when it is back', async () => {
    const host = 'gone.example';
    await weir.putKv(`rollout:${host}`, variants.document());
    const cookie = await opened(await mint(host), { host });
    const look = () => visit('/', { host, cookie });
    await eventually('the canary', async () => (await look()).text === 'canary');
    const alone = { variants: { stable: { origin: variants.stable.url } } };
    await weir.putKv(`rollout:${host}`, JSON.stringify(alone));
    const without = await eventually('stable', async () => {
      const answer = await look();
      return answer.text === 'stable' && answer;
    });
    expect(without.headers['x-weir-reason']).toBe('ignored-override;why="variant gone"');
    await weir.putKv(`rollout:${host}`, variants.document());
    await eventually('the canary again', async () => (await look()).text === 'canary');
  });

  it('shows the variant as it is: no failover, no diversion, and no breaker opens for the others', async () => {
    const host = 'failing.example';
    const proxy = { breaker: { consecutiveErrors: 2, cooldown: '1h' } };
    await weir.putKv(`rollout:${host}`, variants.document({ proxy }));
    const cookie = await opened(await mint(host), { host });
    for (let n = 0; n < 5; n++) expect((await visit('/?status=503', { host, cookie })).status).toBe(503);
    expect((await visit('/', { host, cookie })).text).toBe('canary');

    const figures = await eventually('the figures', async () => {
      const samples = await scrape(weir);
      return sum(samples, 'weir_requests_total', { rollout: host, variant: 'canary' }) === 6 && samples;
    });
    const of = (metric: string, labels = {}) => sum(figures, metric, { rollout: host, ...labels });
    expect(of('weir_decisions_total', { variant: 'canary', reason: 'override' })).toBe(6);
    expect(of('weir_breaker_open_total')).toBe(0);
    expect(of('weir_failovers_total')).toBe(0);
    expect(of('weir_assignments_total')).toBe(0);
  });

  it('yields to a document that is disabled', async () => {
    const host = 'disabled.example';
    await weir.putKv(`rollout:${host}`, variants.document({ enabled: false }));
    const answer = await visit(await mint(host), { host });
    expect(answer.text).toBe('stable');
    expect(answer.headers['x-weir-reason']).toBe('ignored-override;why="rollout disabled"');
  });
});
