import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseToken } from '../../src/core/rollout/override.ts';
import { overrideValue } from '../../src/core/rollout/override-path.ts';
import { isSignedFor } from '../../src/edge/override-token.ts';
import { ask } from '../support/raw-client.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, OVERRIDE_SECRET, startTestWeir, TEAM, type TestWeir } from '../support/weir.ts';

const CLI = fileURLToPath(new URL('../../cli/weir.mjs', import.meta.url));

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir({ variables: TEAM });
  for (const name of ['default', 'www.example']) await weir.putKv(`rollout:${name}`, variants.document());
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

interface Minted {
  readonly rollout: string;
  readonly variant: string;
  readonly url: string;
  readonly path: string;
  readonly expiresAt: string;
}

const post = (name: string, body: unknown, at: TestWeir = weir) =>
  at.admin(`/api/rollouts/${name}/overrides`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
async function mint(name: string, body: unknown): Promise<Minted> {
  const response = await post(name, body);
  expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store']);
  return (await response.json()) as Minted;
}
/** The same call on a connection that names another host. */
const askOn = (at: TestWeir, host: string, name: string, body: object) =>
  ask(at.url, {
    method: 'POST',
    path: `/__weir/api/rollouts/${name}/overrides`,
    host,
    headers: [['authorization', `Bearer ${ADMIN_TOKEN}`]],
    body: JSON.stringify(body),
  });
async function problemsOf(response: Response): Promise<Record<string, string>> {
  expect([response.status, response.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
  const { errors } = (await response.json()) as { errors: { path: string; message: string }[] };
  return Object.fromEntries(errors.map(({ path, message }) => [path, message]));
}
const minutesLeft = (iso: string) => Math.round((Date.parse(iso) - Date.now()) / 60_000);

describe('an override link', () => {
  it('is signed for its rollout, lasts an hour and opens the first page unless asked otherwise', async () => {
    const { rollout, variant, url, path, expiresAt } = await mint('default', { variant: 'canary' });
    expect([rollout, variant, minutesLeft(expiresAt)]).toEqual(['default', 'canary', 60]);
    expect(url).toBe(weir.url + path);
    expect(path).toMatch(/^\/\?weir=canary\.\d{10}\.[\w-]{43}$/);
    const token = parseToken(overrideValue(path) ?? '')!;
    expect(new Date(token.expiry * 1000).toISOString()).toBe(expiresAt);
    expect(await isSignedFor('default', token, OVERRIDE_SECRET)).toBe(true);
    expect(await isSignedFor('www.example', token, OVERRIDE_SECRET)).toBe(false);
  });

  it('keeps query and fragment of the page, and lasts as long as it was asked to', async () => {
    const body = { variant: 'stable', ttl: '30d', path: '/a?b=%20&c#d' };
    const { path, expiresAt } = await mint('default', body);
    expect(path).toMatch(/^\/a\?b=%20&c&weir=stable\.[^#]+#d$/);
    expect(minutesLeft(expiresAt)).toBe(30 * 24 * 60);
  });

  it.each([
    ['the host that it was asked on', 'default', {}, 'shop.example:8443', 'shop.example:8443'],
    ['the host that was named', 'default', { host: 'a.example:81' }, 'shop.example', 'a.example:81'],
    ["its rollout's host", 'www.example', {}, 'shop.example:8443', 'www.example'],
    [
      "its rollout's host, with the port it was asked on",
      'www.example',
      {},
      'WWW.example:81',
      'www.example:81',
    ],
    [
      "its rollout's host with another port",
      'www.example',
      { host: 'www.example:82' },
      'x',
      'www.example:82',
    ],
  ])('leads to %s', async (_, name, body, askedOn, authority) => {
    const { url } = JSON.parse(
      (await askOn(weir, askedOn, name, { variant: 'canary', ...body })).text,
    ) as Minted;
    expect(url).toContain(`http://${authority}/?weir=canary.`);
  });

  it('is refused with every problem and its path', async () => {
    const body = { variant: 'canari', ttl: '59s', path: '//evil', host: 'a/b', extra: 1 };
    expect(await problemsOf(await post('default', body))).toEqual({
      $: expect.stringContaining('extra') as string,
      '$.variant': 'no such variant; expected one of: "stable", "canary"',
      '$.ttl': 'expected a duration between 1m and 30d',
      '$.path': 'expected a path that starts with one "/"',
      '$.host': 'expected a host with an optional port, like "www.example.com"',
    });
  });

  it.each([
    ['no JSON', '{', '$', 'expected JSON'],
    ['no object', '[]', '$', 'expected object'],
    ['no variant', {}, '$.variant', 'expected one of: "stable", "canary"'],
    ['a variant that is no text', { variant: 1 }, '$.variant', 'expected one of'],
    ['a time that is no duration', { variant: 'canary', ttl: 60 }, '$.ttl', 'string'],
    ['31 days', { variant: 'canary', ttl: '31d' }, '$.ttl', 'between 1m and 30d'],
    ['a backslash', { variant: 'canary', path: '/\\evil' }, '$.path', 'percent-encode'],
    ['an override already', { variant: 'canary', path: '/?weir=off' }, '$.path', 'no parameter'],
    ["Weir's own page", { variant: 'canary', path: '/__weir/' }, '$.path', "Weir's own"],
    ["Weir's own page in disguise", { variant: 'canary', path: '/a/../__weir/' }, '$.path', "Weir's own"],
    ['credentials in the host', { variant: 'canary', host: 'a@b' }, '$.host', 'expected a host'],
    [
      'the host of another rollout',
      { variant: 'canary', host: 'www.example' },
      '$.host',
      'a rollout of its own',
    ],
  ])('is refused with %s', async (_, body, path, message) => {
    expect((await problemsOf(await post('default', body)))[path]).toContain(message);
  });

  it('into the rollout of one host leads to no other', async () => {
    const refused = await problemsOf(await post('www.example', { variant: 'canary', host: 'a.example' }));
    expect(refused['$.host']).toBe('expected "www.example", the one host of this rollout');
  });

  it('needs the name of the site where the API has a host of its own', async () => {
    const apart = await startTestWeir({ variables: { ADMIN_HOST: 'weir.example' } });
    try {
      await apart.putKv('rollout:default', variants.document());
      const refused = await askOn(apart, 'weir.example', 'default', { variant: 'canary' });
      expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('"$.host"') as string]);
      const named = await askOn(apart, 'weir.example', 'default', {
        variant: 'canary',
        host: 'shop.example',
      });
      expect(named.status).toBe(201);
    } finally {
      await apart.stop();
    }
  });

  it('is made by an admin only, of a rollout that exists, within a reasonable size', async () => {
    const call = async (token: string, name = 'default', body = '{"variant":"canary"}') =>
      (
        await fetch(`${weir.url}/__weir/api/rollouts/${name}/overrides`, {
          method: 'POST',
          body,
          headers: { authorization: `Bearer ${token}` },
        })
      ).status;
    expect(await call('nonsense')).toBe(401);
    expect(await call('view-secret')).toBe(403);
    expect(await call('op-secret')).toBe(403);
    expect(await call(ADMIN_TOKEN, 'nothing.example')).toBe(404);
    expect(await call(ADMIN_TOKEN, 'default', ' '.repeat(300_000))).toBe(413);
  });

  it('is in the audit log with who made it, but not with the token', async () => {
    const { url, expiresAt } = await mint('www.example', { variant: 'canary', path: '/secret?x=1' });
    const log = await (await weir.admin('/api/rollouts/www.example/events')).text();
    const { events } = JSON.parse(log) as { events: unknown[] };
    expect(events[0]).toMatchObject({
      by: 'ada',
      channel: 'api',
      action: 'override',
      detail: `canary until ${expiresAt} on www.example`,
    });
    expect(log).not.toContain(overrideValue(new URL(url).search));
    expect(log).not.toContain('secret');
  });

  it('is a surface that is off without OVERRIDE_SECRET', async () => {
    const off = await startTestWeir({
      variables: { OVERRIDE_SECRET: '', STABLE_ORIGIN: variants.stable.url },
    });
    try {
      const response = await post('default', { variant: 'stable' }, off);
      const { detail } = (await response.json()) as { detail: string };
      expect([response.status, detail]).toEqual([404, expect.stringContaining('OVERRIDE_SECRET') as string]);
    } finally {
      await off.stop();
    }
  });
});

function run(args: readonly string[], change: Record<string, string> = {}) {
  const env = { ...process.env, WEIR_URL: weir.url, WEIR_TOKEN: ADMIN_TOKEN, ...change };
  return new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    execFile(process.execPath, [CLI, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('weir override', () => {
  it('prints the link, alone on the first line, and when it ends', async () => {
    const { code, stdout } = await run(['override', 'canary', '--ttl', '2h', '--path', '/x?y=1']);
    const [link, ends] = stdout.split('\n');
    expect([code, link?.startsWith(`${weir.url}/x?y=1&weir=canary.`)]).toEqual([0, true]);
    const [, until] =
      /^Shows the canary of default to whoever opens it, until (\S+Z)\.$/.exec(ends ?? '') ?? [];
    expect(minutesLeft(until ?? '')).toBe(120);
  });

  it('--json prints what the API answers', async () => {
    const args = ['--json', 'override', 'stable', '--rollout', 'www.example', '--host', 'www.example:81'];
    const minted = JSON.parse((await run(args)).stdout) as Minted;
    expect(minted).toMatchObject({ rollout: 'www.example', variant: 'stable' });
    expect(minted.url).toBe(`http://www.example:81${minted.path}`);
  });

  it('off prints the link that ends it, without a token and without asking anyone', async () => {
    const nobody = { WEIR_TOKEN: '', WEIR_URL: 'https://shop.example:9' };
    const { code, stdout } = await run(['override', 'off', '--path', '/x?y=1#z'], nobody);
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [
        'https://shop.example:9/x?y=1&weir=off#z',
        'Works for whoever opens it: it ends the override of their browser, if it has one.',
        '',
      ],
    ]);
    const elsewhere = await run(['--json', 'override', 'off', '--host', 'a.example:81'], nobody);
    expect(JSON.parse(elsewhere.stdout)).toEqual({
      url: 'https://a.example:81/?weir=off',
      path: '/?weir=off',
    });
  });

  it.each([
    [
      'a variant that does not exist',
      ['nope'],
      {},
      1,
      '$.variant: no such variant; expected one of: "stable"',
    ],
    ['a rollout that does not exist', ['canary', '--rollout', 'no.example'], {}, 1, 'Not Found (404)'],
    ['a time that is too long', ['canary', '--ttl', '31d'], {}, 1, '$.ttl: expected a duration'],
    ['no token', ['canary'], { WEIR_TOKEN: '' }, 2, 'WEIR_TOKEN is not set'],
    ['no variant', [], {}, 2, "missing required argument 'variant'"],
    ['off to another host', ['off', '--path', '//evil.example'], {}, 2, '--path: expected a path'],
    ['off to a host that is none', ['off', '--host', 'a/b'], {}, 2, '--host: expected a host'],
    ['off for a while', ['off', '--ttl', '1h'], {}, 2, '--ttl: '],
    ['nobody there', ['canary'], { WEIR_URL: 'http://127.0.0.1:9' }, 6, 'cannot be reached'],
  ])('with %s says so and exits with its own code', async (_, args, change, code, message) => {
    const result = await run(['override', ...args], change);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message) as string]);
  });
});
