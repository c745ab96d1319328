import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { evaluate, FLAG_KEYS } from '../support/ofrep-client.ts';
import { startProxied, visitorCookie, type Proxied } from '../support/proxied.ts';
import type { RawRequest } from '../support/raw-client.ts';
import type { RolloutStatus } from '../../src/core/rollout/status.ts';
import type { SeenRequest } from '../support/origin.ts';

const variants = { on: true, off: false };
const FLAGS = {
  $unit: true,
  banner: {
    type: 'string',
    variants: { blue: 'b', red: 'r' },
    default: 'blue',
    origin: true,
    rules: [{ if: { 'header.x-team': 'web' }, serve: 'red' }],
  },
  half: {
    type: 'boolean',
    variants,
    default: 'off',
    origin: true,
    rules: [{ weights: { on: 50, off: 50 } }],
  },
  hidden: { type: 'boolean', variants, default: 'on' },
  killed: { type: 'boolean', variants, enabled: true, off: 'off', default: 'on', origin: true },
  trial: {
    type: 'boolean',
    variants,
    default: 'off',
    experiment: true,
    rules: [{ weights: { on: 50, off: 50 } }],
  },
};
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0';

let proxied: Proxied;

beforeAll(async () => {
  proxied = await startProxied({ variables: { FLAG_KEYS } });
  const { url } = proxied.origin;
  const document = {
    variants: { stable: { origin: url }, canary: { origin: url } },
    goals: { bought: { if: { path: '/thanks' } } },
    rules: [{ if: { path: '/tested', 'flag.banner': 'red' }, serve: 'canary' }],
  };
  await proxied.weir.putKv('rollout:default', JSON.stringify(document));
  await proxied.weir.putKv('flags:default', JSON.stringify(FLAGS));
  const plain = { hidden: FLAGS.hidden, trial: FLAGS.trial };
  await proxied.weir.putKv('flags:plain.example', JSON.stringify(plain));
  const shop = { variants: { stable: { origin: url } }, goals: { joined: { if: { path: '/welcome' } } } };
  await proxied.weir.putKv('rollout:shop.example', JSON.stringify(shop));
  await eventually('flags', async () => (await visit()).header('x-weir-flags') !== undefined);
});
afterAll(() => proxied.stop());
beforeEach(() => proxied.reset());

/** What the origin gets of one request. */
async function visit(request: RawRequest = {}): Promise<SeenRequest> {
  proxied.reset();
  const headers = [['user-agent', BROWSER] as const, ...(request.headers ?? [])];
  await proxied.ask({ ...request, headers });
  return proxied.origin.only();
}

const metric = async (series: string): Promise<number> => {
  const text = await (await proxied.weir.admin('/metrics')).text();
  const line = text.split('\n').find(line => line.startsWith(series));
  return Number(line?.split(' ').at(-1) ?? 0);
};

describe('what the origin is told of flags', () => {
  it('is the variant of every flag that is meant for it, as a dictionary', async () => {
    const seen = await visit({ headers: [proxied.returning] });
    expect(seen.header('x-weir-flags')).toMatch(/^banner=blue, half=(on|off), killed=on$/);
  });

  it('depends on the visitor as rules do', async () => {
    const seen = await visit({ headers: [['x-team', 'web']] });
    expect(seen.header('x-weir-flags')).toContain('banner=red');
  });

  it('stays the same for a visitor, and agrees with OFREP for the unit that it is given', async () => {
    const answer = await proxied.ask({ headers: [['user-agent', BROWSER]] });
    const first = proxied.origin.only().header('x-weir-flags');
    const seen = await visit({ headers: [['cookie', visitorCookie(answer)]] });
    expect(seen.header('x-weir-flags')).toBe(first);
    const targetingKey = seen.header('x-weir-unit');
    const { variant } = (
      await evaluate(proxied.weir.url, { flag: 'half', context: { targetingKey } })
    ).json();
    expect(seen.header('x-weir-flags')).toContain(`half=${variant}`);
  });

  it('is never what the client says', async () => {
    const forged = [
      ['x-weir-flags', 'banner=red, hidden=on'],
      ['X-Weir-Unit', 'someone'],
      // The same names, to an origin behind CGI or WSGI.
      ['x_weir_flags', 'banner=red'],
      ['X-Weir_Unit', 'someone'],
    ] as const;
    const seen = await visit({ headers: [proxied.returning, ...forged] });
    expect(seen.all('x-weir-flags')).toEqual([expect.stringMatching(/^banner=blue/)]);
    expect(seen.all('x-weir-unit')).toEqual([expect.not.stringContaining('someone')]);
    expect(seen.headers.filter(([name]) => name.includes('_'))).toEqual([]);
    const plain = await visit({ host: 'plain.example', headers: [...forged] });
    expect(plain.headers.filter(([name]) => /^x-weir-(flags|unit)$/.test(name))).toEqual([]);
  });
});

describe('a rule of the rollout', () => {
  it('may test a flag', async () => {
    const variantFor = async (team: string): Promise<string | undefined> =>
      (await visit({ path: '/tested', headers: [['x-team', team]] })).header('x-weir-variant');
    expect([await variantFor('web'), await variantFor('other')]).toEqual(['canary', 'stable']);
  });
});

describe('exposures', () => {
  const exposed = (flag: string, variant: string): Promise<number> =>
    metric(`weir_flag_exposures_total{rollout="default",flag="${flag}",variant="${variant}"}`);

  it('are counted when a flag is served, not for bulk reads, prefetches and bots', async () => {
    // Counts come in the order in which they were made: with this one, all of the tests before are there.
    await evaluate(proxied.weir.url, { flag: 'hidden' });
    await eventually('what came before', async () => (await exposed('hidden', 'on')) === 1);
    const before = await exposed('banner', 'red');
    const web = ['x-team', 'web'] as const;
    await visit({ headers: [web] });
    await visit({ headers: [web, ['sec-purpose', 'prefetch']] });
    await proxied.ask({ headers: [['user-agent', 'Googlebot/2.1'], web, proxied.returning] });
    const headers = { 'x-team': 'web' };
    await evaluate(proxied.weir.url, { headers });
    await evaluate(proxied.weir.url, { flag: 'banner', headers: { ...headers, purpose: 'prefetch' } });
    await evaluate(proxied.weir.url, { flag: 'banner', headers });
    await evaluate(proxied.weir.url, { flag: 'hidden' });
    await eventually('the last of them', async () => (await exposed('hidden', 'on')) === 2);
    expect((await exposed('banner', 'red')) - before).toBe(2);
  });

  it('of an experiment are its visitors, once each, and those of them who reached a goal', async () => {
    const total = (name: string, labels = ''): Promise<number> =>
      metric(`weir_experiment_${name}_total{rollout="default",flag="trial",variant="on"${labels}}`);
    const visitor = await inTrial();
    const bought = (): Promise<number> => total('goals', ',goal="bought"');
    for (const path of ['/cart', '/thanks', '/thanks', '/more'])
      await visit({ path, headers: [['cookie', visitor]] });
    await visit({ path: '/thanks', headers: [['cookie', await inTrial(visitor)]] });
    await eventually('both', async () => (await bought()) === 2);
    expect(await total('units')).toBeGreaterThanOrEqual(2);
    const status = await (await proxied.weir.admin('/api/rollouts/default')).json();
    const { variants } = (status as { experiments: { trial: { goals: { bought: { variants: object[] } } } } })
      .experiments.trial.goals.bought;
    const text = expect.stringMatching(/^2 of \d+ units, /) as string;
    expect(variants).toMatchObject([{ variant: 'off' }, { variant: 'on', reached: 2, text }]);
  });
});

describe('the experiments of a host', () => {
  const reachedAt = async (host: string, goal: string): Promise<number> => {
    const response = await proxied.weir.admin(`/api/rollouts/${host}`);
    if (!response.ok) return 0;
    const { experiments } = (await response.json()) as Pick<RolloutStatus, 'experiments'>;
    const variants = experiments['trial']?.goals[goal]?.variants ?? [];
    return variants.reduce((sum, { reached }) => sum + reached, 0);
  };

  it.each([
    ['flags of its own under the default rollout', 'plain.example', '/thanks', 'bought'],
    ['a rollout of its own with the default flags', 'shop.example', '/welcome', 'joined'],
  ])('are shown with %s', async (_, host, path, goal) => {
    await eventually('a visitor who counts', async () => {
      await visit({ host, path, headers: [['cookie', await anyCookie(host)]] });
      return (await reachedAt(host, goal)) > 0;
    });
  });
});

async function anyCookie(host: string): Promise<string> {
  return visitorCookie(await proxied.ask({ host, headers: [['user-agent', BROWSER]] }));
}

/** The cookie of a visitor who has the experiment on. */
async function inTrial(other?: string): Promise<string> {
  for (let i = 0; i < 50; i++) {
    const cookie = visitorCookie(await proxied.ask({ headers: [['user-agent', BROWSER]] }));
    const context = { targetingKey: /=([^.]+)\./.exec(cookie)![1] };
    if (
      (await evaluate(proxied.weir.url, { flag: 'trial', context })).json().variant === 'on' &&
      cookie !== other
    )
      return cookie;
  }
  throw new Error('nobody in the experiment');
}

describe('a flag that is switched off', () => {
  /** It reads KV once an hour: what it knows before that, it has heard from a hub. */
  let slow: Proxied;
  beforeAll(async () => {
    slow = await startProxied({ variables: { FLAG_KEYS, CONFIG_REFRESH: '3600' } });
  });
  afterAll(() => slow.stop());

  const killedAtOrigin = async (host: string): Promise<string | undefined> => {
    slow.reset();
    await slow.ask({ host, headers: [['user-agent', BROWSER]] });
    return /killed=(\w+)/.exec(slow.origin.only().header('x-weir-flags') ?? '')?.[1];
  };
  const killedInBulk = async (host: string): Promise<string | undefined> =>
    (await evaluate(slow.weir.url, { headers: { host } })).json().flags!.find(({ key }) => key === 'killed')
      ?.variant;

  it.each([
    ["in its visitors' requests", 'pages.example', killedAtOrigin],
    ['for apps that ask for all flags, though no visitor comes by', 'apps.example', killedInBulk],
  ])('is off %s before KV says so', async (_, host, variant) => {
    const change = async (method: string, path: string, body: object): Promise<void> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await slow.weir.admin(`/api/rollouts/${host}${path}`, {
        method,
        headers,
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(200);
    };
    // Of its own: a host without one is looked up again soon.
    await change('PUT', '', { variants: { stable: { origin: slow.origin.url } } });
    await change('PUT', '/flags', { killed: FLAGS.killed });
    expect(await variant(host)).toBe('on');
    await change('PATCH', '/flags/killed', { enabled: false });
    await eventually('off', async () => (await variant(host)) === 'off');
    const { value, reason } = (await evaluate(slow.weir.url, { flag: 'killed', headers: { host } })).json();
    expect([value, reason]).toEqual([false, 'DISABLED']);
  });
});
