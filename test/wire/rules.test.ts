/** Rules as visitors meet them: over real sockets, with the `request.cf` that the edge would set. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, inParallel, NAVIGATION, Visitor, type Answer } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const VIEWER = 'viewer-token-of-the-tests';
let variants: Variants;
let weir: TestWeir;
/** Miniflare's entry socket, which takes `request.cf` from a header. */
let entry: string;

const RULES = [
  { name: 'no bots', if: { device: 'bot' }, serve: 'stable' },
  { name: 'staff first', if: { segment: 'staff' }, serve: 'canary' },
  { name: 'nz', if: { country: 'NZ', not: { path: { startsWith: '/admin' } } }, serve: 'canary' },
  { name: 'au half', if: { country: 'AU' }, weights: { canary: 50 } },
];
const SEGMENTS = { staff: { 'header.x-team': 'web' } };

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir({ variables: { VIEWER_TOKEN: VIEWER } });
  entry = (await weir.miniflare.ready).origin;
  await weir.putKv('rollout:default', variants.document({ rules: RULES, segments: SEGMENTS, salt: 'rules' }));
  await weir.putKv('weight:default', '20');
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

const from = (country: string) => ({ 'mf-cf-blob': JSON.stringify({ country }) });
const visitFrom = (country: string, path = '/', headers = {}): Promise<Answer> =>
  get(entry + path, { ...NAVIGATION, ...from(country), ...headers });

async function shareOfCanary(count: number, headers: Record<string, string>): Promise<number> {
  const answers = await inParallel(count, 32, () => get(entry, { ...NAVIGATION, ...headers }));
  return answers.filter(({ text }) => text === 'canary').length / count;
}

describe('a rule for one country', () => {
  it('serves every visitor from there, none from elsewhere, and leaves the weights of all others exact', async () => {
    expect(await shareOfCanary(100, from('NZ'))).toBe(1);
    const others = await shareOfCanary(2000, from('FJ'));
    // Five standard deviations of 2,000 draws at 20 %, and of 600 at 50 %.
    expect(Math.abs(others - 0.2)).toBeLessThan(0.045);
    expect(Math.abs((await shareOfCanary(600, from('AU'))) - 0.5)).toBeLessThan(0.103);
  });

  it('keeps each visitor where the rule put them, page after page', async () => {
    await inParallel(20, 8, async () => {
      const visitor = new Visitor();
      const first = await visitor.visit(entry, from('AU'));
      for (let page = 0; page < 5; page++)
        expect((await visitor.visit(`${entry}/${page}`, from('AU'))).text).toBe(first.text);
    });
  });

  it('holds where its condition does: not under /admin, nor in disguise', async () => {
    for (const path of ['/admin', '/admin/x', '/a/../admin', '/%61dmin']) {
      const reason = await visitFrom('NZ', path, { 'x-weir-token': VIEWER });
      expect(reason.headers['x-weir-reason']).toMatch(/^split;/);
    }
    expect((await visitFrom('NZ', '/adm')).text).toBe('canary');
  });

  it('is outvoted by a rule before it', async () => {
    const bot = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' };
    expect((await visitFrom('NZ', '/', bot)).text).toBe('stable');
    expect((await visitFrom('FJ', '/', { 'x-team': 'web' })).text).toBe('canary');
  });
});

describe('x-weir-reason', () => {
  const reason = async (country: string, headers = {}) =>
    (await visitFrom(country, '/', headers)).headers['x-weir-reason'];

  it('tells a viewer which rule decided', async () => {
    const token = { 'x-weir-token': VIEWER };
    expect(await reason('NZ', token)).toBe('rule;rule="nz";variant=canary');
    expect(await reason('FJ', { ...token, 'x-team': 'web' })).toBe('rule;rule="staff first";variant=canary');
    expect(await reason('FJ', token)).toMatch(/^split;variant=(?:stable|canary)$/);
  });

  it('is told to nobody else', async () => {
    expect(await reason('NZ')).toBeUndefined();
    expect(await reason('NZ', { 'x-weir-token': 'wrong' })).toBeUndefined();
    expect(await reason('NZ', { 'x-weir-token': '' })).toBeUndefined();
  });

  it('tells whoever brings a bad override no more than that it was ignored', async () => {
    for (const [path, headers] of [
      ['/?weir=x', {}],
      ['/', { cookie: 'weir-override=x' }],
    ] as const) {
      const answer = await visitFrom('NZ', path, headers);
      expect(answer.headers['x-weir-reason']).toBe('ignored-override;why="malformed"');
    }
    expect(await reason('NZ', { 'x-weir-token': VIEWER, cookie: 'weir-override=x' })).toBe(
      'rule;rule="nz";variant=canary;ignored-override="malformed"',
    );
  });

  it('asks for a token that no origin ever sees', async () => {
    await visitFrom('NZ', '/token', { 'x-weir-token': VIEWER });
    const seen = variants.canary.seen.find(({ path }) => path === '/token');
    expect(seen?.header('x-weir-variant')).toBe('canary');
    expect(seen?.header('x-weir-token')).toBeUndefined();
  });
});

describe('metrics', () => {
  it('count decisions by reason and rule', async () => {
    await visitFrom('NZ');
    await eventually('decisions by rule', async () => {
      const samples = await scrape(weir);
      const byRule = (rule: string) => sum(samples, 'weir_decisions_total', { variant: 'canary', rule });
      return byRule('nz') >= 1 && byRule('staff first') >= 1 && sum(samples, 'weir_decisions_total') > 2000;
    });
  });
});

describe('sticky by header', () => {
  it('keeps a signed-in user on one variant, whatever device they come from, and sets no cookie', async () => {
    await weir.putKv(
      'rollout:users.example',
      variants.document({ sticky: { by: 'header:x-user', fallback: 'stable' } }),
    );
    await weir.putKv('weight:users.example', '50');
    const visit = (user: string | undefined) =>
      get(weir.url, {
        ...NAVIGATION,
        host: 'users.example',
        ...(user === undefined ? {} : { 'x-user': user }),
      });
    const names = new Set<string>();
    for (let user = 0; user < 30; user++) {
      const answers = await Promise.all([1, 2, 3].map(() => visit(`user-${user}`)));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers.every(({ headers }) => headers['set-cookie'] === undefined)).toBe(true);
      names.add(answers[0]?.text ?? '');
    }
    expect([...names].toSorted()).toEqual(['canary', 'stable']);
    for (let n = 0; n < 10; n++) expect((await visit(undefined)).text).toBe('stable');
  });
});

describe('sticky by address', () => {
  it('keeps everyone behind an address on one variant', async () => {
    await weir.putKv('rollout:ip.example', variants.document({ sticky: { by: 'ip' } }));
    await weir.putKv('weight:ip.example', '50');
    const visit = (ip: string) =>
      get(weir.url, { ...NAVIGATION, host: 'ip.example', 'cf-connecting-ip': ip });
    const names = new Set<string>();
    for (let host = 1; host <= 30; host++) {
      const answers = await Promise.all([1, 2, 3].map(() => visit(`192.0.2.${host}`)));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      names.add(answers[0]?.text ?? '');
    }
    expect([...names].toSorted()).toEqual(['canary', 'stable']);
  });
});
