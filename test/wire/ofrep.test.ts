import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { BROWSER_KEY, evaluate, FLAG_KEYS, SERVER_KEY, valuesOf } from '../support/ofrep-client.ts';
import { PUBLIC_HOST, startProxied, visitorCookie, type Proxied } from '../support/proxied.ts';
import { ADMIN_TOKEN, startTestWeir } from '../support/weir.ts';

const on = { on: true, off: false };
const APP = 'https://app.example';
const FLAGS = {
  $origins: [APP],
  banner: { type: 'string', variants: { blue: 'b', red: 'r' }, default: 'blue', client: true },
  secret: { type: 'boolean', variants: on, default: 'on' },
  half: {
    type: 'boolean',
    variants: on,
    default: 'off',
    client: true,
    rules: [{ weights: { on: 50, off: 50 } }],
  },
  staff: {
    type: 'boolean',
    variants: on,
    default: 'off',
    client: true,
    rules: [{ name: 'us', if: { 'context.plan': 'staff' }, serve: 'on' }],
  },
  canary: { type: 'boolean', variants: on, default: 'off', off: 'off', client: true, follows: 'canary' },
  broken: { type: 'boolean', variants: { on: 'yes' }, client: true },
};

let proxied: Proxied;
let url: string;

beforeAll(async () => {
  const canary = { origin: 'http://127.0.0.1:9' };
  proxied = await startProxied({ variables: { FLAG_KEYS } });
  ({ url } = proxied.weir);
  const document = {
    variants: { stable: { origin: proxied.origin.url }, canary },
    proxy: { breaker: null },
  };
  await proxied.weir.putKv('rollout:default', JSON.stringify(document));
  await proxied.weir.putKv('flags:default', JSON.stringify(FLAGS));
  await proxied.weir.putKv('flags:other.example', JSON.stringify({ other: FLAGS.secret }));
  await eventually('flags', async () => (await evaluate(url, { flag: 'secret' })).status === 200);
});
afterAll(() => proxied.stop());

describe('one flag over OFREP', () => {
  it('answers with value, variant, reason and what decided', async () => {
    const reply = await evaluate(url, { flag: 'staff', context: { targetingKey: 'ann', plan: 'staff' } });
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.json()).toMatchObject({
      key: 'staff',
      value: true,
      variant: 'on',
      reason: 'TARGETING_MATCH',
      metadata: { 'weir.rule': 'us' },
    });
  });

  it('needs no context where nothing depends on one', async () => {
    const reply = await evaluate(url, { flag: 'banner', body: '' });
    expect(reply.json()).toMatchObject({ key: 'banner', value: 'b', variant: 'blue', reason: 'STATIC' });
  });

  it.each([
    ['is not there', { flag: 'nope' }, 404, 'FLAG_NOT_FOUND', 'nope'],
    ['is spelt with escapes and is not there', { flag: 'n%2Fo%C3%BC' }, 404, 'FLAG_NOT_FOUND', 'n/oü'],
    ['is malformed', { flag: 'broken' }, 400, 'PARSE_ERROR', 'broken'],
    ['needs a targetingKey and got none', { flag: 'half' }, 400, 'TARGETING_KEY_MISSING', 'half'],
    ['is asked for with no JSON', { flag: 'half', body: '{' }, 400, 'PARSE_ERROR', 'half'],
    ['is asked for with a list', { flag: 'half', body: '[]' }, 400, 'INVALID_CONTEXT', 'half'],
    ['has a text for a context', { flag: 'half', body: '{"context": "x"}' }, 400, 'INVALID_CONTEXT', 'half'],
    [
      'has too much of a context',
      { flag: 'half', context: { x: 'x'.repeat(70_000) } },
      413,
      'INVALID_CONTEXT',
      'half',
    ],
  ])('says so with key and code if it %s', async (_, question, status, errorCode, key) => {
    const reply = await evaluate(url, question);
    expect(reply.status).toBe(status);
    expect(reply.json()).toMatchObject({ key, errorCode });
  });

  it('is found under its percent-encoded name', async () => {
    expect((await evaluate(url, { flag: '%62anner' })).json().value).toBe('b');
  });

  it('is for POST alone', async () => {
    const reply = await evaluate(url, { flag: 'banner', method: 'GET' });
    expect(reply.status).toBe(405);
    expect(reply.headers.allow).toBe('POST, OPTIONS');
  });
});

describe('all flags over OFREP', () => {
  it('come together, the malformed one as its error', async () => {
    const reply = await evaluate(url, { context: { targetingKey: 'ann' } });
    expect(reply.status).toBe(200);
    const flags = reply.json().flags!;
    expect(flags.map(({ key }) => key)).toEqual(['banner', 'secret', 'half', 'staff', 'canary', 'broken']);
    expect(flags.find(({ key }) => key === 'broken')).toMatchObject({ errorCode: 'PARSE_ERROR' });
  });

  it('are not sent again to who has them; another context that changes a value brings them', async () => {
    const context = { targetingKey: 'ann' };
    const etag = (await evaluate(url, { context })).headers.etag!;
    const same = await evaluate(url, { context, headers: { 'if-none-match': `"x", W/${etag}` } });
    expect([same.status, same.text, same.headers.etag]).toEqual([304, '', etag]);
    const other = await evaluate(url, {
      context: { ...context, plan: 'staff' },
      headers: { 'if-none-match': etag },
    });
    expect(other.status).toBe(200);
    expect(valuesOf(other)['staff']).toBe(true);
  });
});

describe('who may ask for flags', () => {
  const keysSeen = async (key: string | null): Promise<string[]> =>
    Object.keys(valuesOf(await evaluate(url, { key, context: { targetingKey: 'ann' } })));

  it('a server key and the admin token see all, a browser key those for clients', async () => {
    expect(await keysSeen(SERVER_KEY)).toContain('secret');
    expect(await keysSeen(ADMIN_TOKEN)).toContain('secret');
    expect(await keysSeen(BROWSER_KEY)).toEqual(['banner', 'half', 'staff', 'canary', 'broken']);
  });

  it('keys work in X-API-Key, too', async () => {
    const reply = await evaluate(url, { flag: 'secret', key: null, headers: { 'x-api-key': SERVER_KEY } });
    expect(reply.json().value).toBe(true);
  });

  it('a flag that is not for clients is not there for a browser', async () => {
    const hidden = await evaluate(url, { flag: 'secret', key: BROWSER_KEY });
    expect(hidden.status).toBe(404);
    const absent = await evaluate(url, { flag: 'nobody', key: BROWSER_KEY });
    expect(hidden.json().key).toBe('secret');
    expect(hidden.text).toBe(absent.text.replaceAll('nobody', 'secret'));
  });

  it.each([
    ['no key', null],
    ['a wrong key', 'wrong'],
  ])('%s gets 401', async (_, key) => {
    const reply = await evaluate(url, { flag: 'banner', key });
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toContain('Bearer');
  });
});

describe('a browser over OFREP', () => {
  it('is the visitor of its cookie where it sends no targetingKey', async () => {
    const ask = { flag: 'half', key: BROWSER_KEY };
    const [name, cookie] = proxied.returning;
    const id = /=([^.]+)\./.exec(cookie)![1];
    const asVisitor = await evaluate(url, { ...ask, headers: { [name]: cookie } });
    const asItself = await evaluate(url, { ...ask, context: { targetingKey: id } });
    expect(asVisitor.json()).toEqual(asItself.json());
    expect((await evaluate(url, ask)).json().errorCode).toBe('TARGETING_KEY_MISSING');
    expect((await evaluate(url, { ...ask, key: SERVER_KEY, headers: { [name]: cookie } })).status).toBe(400);
  });

  it("is told a flag that follows the rollout as its own pages' origin is, whoever the app says its user is", async () => {
    const host = 'follows.example';
    const { origin } = proxied;
    const variants = { stable: { origin: origin.url }, canary: { origin: origin.url } };
    const newer = { ...FLAGS.canary, origin: true };
    await proxied.weir.putKv(`rollout:${host}`, JSON.stringify({ variants }));
    await proxied.weir.putKv(`weight:${host}`, '50');
    await proxied.weir.putKv(`flags:${host}`, JSON.stringify({ newer, half: FLAGS.half }));

    /** What origin and app are told of the visitor with these cookies; the app calls everyone the same. */
    const told = async (cookie: string): Promise<string[]> => {
      proxied.reset();
      await proxied.ask({ host, headers: [['cookie', cookie]] });
      const context = { targetingKey: 'ann' };
      const ask = { key: BROWSER_KEY, context, headers: { host, cookie } };
      const over = await evaluate(url, { ...ask, flag: 'newer' });
      return [origin.only().header('x-weir-flags') ?? '', `newer=${over.json().variant}`];
    };
    const cookies = new Map<string, string>();
    for (let visitor = 0; visitor < 50 && cookies.size < 2; visitor++) {
      const cookie = visitorCookie(await proxied.ask({ host, headers: [['accept', 'text/html']] }));
      const [page, app] = await told(cookie);
      expect(app).toBe(page);
      cookies.set(page!, cookie);
    }
    expect([...cookies.keys()].sort()).toEqual(['newer=off', 'newer=on']);

    const minted = await proxied.weir.admin(`/api/rollouts/${host}/overrides`, {
      method: 'POST',
      body: JSON.stringify({ variant: 'canary' }),
    });
    const { path } = (await minted.json()) as { path: string };
    const forced = (await proxied.ask({ host, path })).header('set-cookie')!.split(';')[0]!;
    expect(await told(`${cookies.get('newer=off')!}; ${forced}`)).toEqual(['newer=on', 'newer=on']);
  });

  it('on another origin may ask and read ETag and Retry-After if the flags name it', async () => {
    const headers = { origin: APP, 'access-control-request-method': 'POST' };
    const preflight = await evaluate(url, { method: 'OPTIONS', key: null, headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'POST',
      vary: 'origin',
    });
    for (const name of ['Content-Type', 'Authorization', 'X-API-Key', 'If-None-Match'])
      expect(preflight.headers['access-control-allow-headers']).toContain(name);
    for (const key of [BROWSER_KEY, 'wrong']) {
      const reply = await evaluate(url, { flag: 'banner', key, headers: { origin: APP } });
      expect(reply.headers['access-control-allow-origin']).toBe(APP);
      expect(reply.headers['access-control-expose-headers']).toBe('ETag, Retry-After');
    }
  });

  it('on any other origin may not', async () => {
    const reply = await evaluate(url, { flag: 'banner', headers: { origin: 'https://evil.example' } });
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
    expect(reply.headers.vary).toBe('origin');
  });

  it('that asks too fast is told when to go on, and is heard again', async () => {
    const headers = { 'cf-connecting-ip': '192.0.2.7' };
    const ask = (): ReturnType<typeof evaluate> =>
      evaluate(url, { flag: 'banner', key: BROWSER_KEY, headers });
    const replies = await Promise.all(Array.from({ length: 300 }, ask));
    const late = replies.find(({ status }) => status === 429);
    expect(late?.headers['retry-after']).toBe('1');
    expect((await evaluate(url, { flag: 'banner', key: BROWSER_KEY })).status).toBe(200);
    await eventually('an answer again', async () => (await ask()).status === 200);
  });
});

describe('the flags of a host', () => {
  it('are its own, and the default ones only where it has none', async () => {
    const keys = async (host: string): Promise<string[]> =>
      Object.keys(valuesOf(await evaluate(url, { headers: { host } })));
    expect(await keys('other.example')).toEqual(['other']);
    expect(await keys(PUBLIC_HOST)).toContain('secret');
  });

  it('are counted under its name, though the default rollout serves it', async () => {
    await evaluate(url, { flag: 'other', headers: { host: 'other.example' } });
    await eventually('the exposure', async () =>
      (await (await proxied.weir.admin('/metrics')).text()).includes(
        'weir_flag_exposures_total{rollout="other.example",flag="other",variant="on"} 1',
      ),
    );
  });

  it('that follow the rollout are on for exactly the visitors of that variant', async () => {
    const value = async (targetingKey: string): Promise<unknown> =>
      (await evaluate(url, { flag: 'canary', context: { targetingKey } })).json().value;
    expect(await value('ann')).toBe(false);
    await proxied.weir.putKv('weight:default', '100');
    await eventually('everyone on the canary', async () => (await value('ann')) === true);
  });

  it('stay as they were when the document turns bad, and metrics say so', async () => {
    await proxied.weir.putKv('flags:default', '{');
    await eventually('a config error', async () => {
      expect((await evaluate(url, { flag: 'banner' })).json().value).toBe('b');
      const status = await (await proxied.weir.admin('/api/rollouts/default')).text();
      return status.includes('flags:default');
    });
  });
});

describe('OFREP without keys', () => {
  it('is not there, unless the flags are public', async () => {
    const weir = await startTestWeir({ variables: { ADMIN_HOST: 'admin.example' } });
    try {
      await weir.putKv('flags:default', JSON.stringify({ banner: FLAGS.banner }));
      await weir.putKv('flags:public.example', JSON.stringify({ ...FLAGS, $public: true }));
      const closed = await evaluate(weir.url, { flag: 'banner', key: null });
      expect([closed.status, closed.json().errorCode]).toEqual([404, 'FLAG_NOT_FOUND']);
      const open = await evaluate(weir.url, { key: null, headers: { host: 'public.example' } });
      expect(Object.keys(valuesOf(open))).toEqual(['banner', 'half', 'staff', 'canary', 'broken']);
    } finally {
      await weir.stop();
    }
  });
});
