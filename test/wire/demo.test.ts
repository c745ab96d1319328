/** The demo's origins and visitors over real sockets; its commands as processes. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Origin, type OriginOptions, startOrigin } from '../../demo/origin.ts';
import { playTraffic } from '../../demo/visitors.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()));
});

async function start(options: Partial<OriginOptions> = {}): Promise<Origin> {
  const origin = await startOrigin({ variant: 'canary', version: '7', port: 0, ...options });
  closers.push(() => origin.close());
  return origin;
}

async function startServer(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

function get(origin: Origin, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${origin.url}${path}`, { redirect: 'manual', headers });
}

type Problem = Readonly<{ detail: string; inForce?: unknown }>;

/** Also checks that it is one: RFC 9457, section 3. */
async function problemIn(response: Response): Promise<Problem> {
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  return (await response.json()) as Problem;
}

function echoClient({ port }: Origin): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}/ws`);
}

function postBehaviour(
  origin: Origin,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const json = { 'content-type': 'application/json', ...headers };
  return fetch(`${origin.url}/__demo/behaviour`, { method: 'POST', headers: json, body });
}

describe('an origin', () => {
  it.each(['/', '/api/whoami', '/error', '/slow?ms=0', '/redirect', '/cookies', '/asset.js', '/any/path'])(
    'names its variant and version on %s',
    async path => {
      const { headers } = await get(await start(), path);
      expect([headers.get('x-demo-variant'), headers.get('x-demo-version')]).toEqual(['canary', '7']);
    },
  );

  it('greets on every path that it does not know', async () => {
    const response = await get(await start(), '//unknown');
    expect([response.status, await response.text()]).toEqual([200, 'hello from canary 7\n']);
  });

  it('reports the request headers that reached it', async () => {
    const answer: unknown = await (await get(await start(), '/api/whoami', { 'x-one': '1' })).json();
    expect(answer).toMatchObject({ variant: 'canary', version: '7', headers: { 'x-one': '1' } });
  });

  it('shows received headers on its page as text, never as markup', async () => {
    const attack = '<script>alert("1")</script>';
    const page = await (await get(await start(), '/', { 'x-forwarded-host': attack })).text();
    expect(page).not.toContain(attack);
    expect(page).toContain('&#60;script&#62;');
  });

  it('links to its control endpoint only for whoever may use it', async () => {
    const origin = await start();
    expect(await (await get(origin, '/')).text()).toContain('href="/__demo/behaviour"');
    const proxied = await get(origin, '/', { 'x-weir-variant': 'canary' });
    expect(await proxied.text()).not.toContain('/__demo/behaviour');
  });

  it('names itself in redirects by the address that the client used', async () => {
    const origin = await start();
    const location = async (base: string) =>
      (await fetch(`${base}/redirect?to=/a%3Fb=1&status=307`, { redirect: 'manual' })).headers.get(
        'location',
      );
    expect(await location(origin.url)).toBe(`${origin.url}/a?b=1`);
    const local = `http://localhost:${origin.port}`;
    expect(await location(local)).toBe(`${local}/a?b=1`);
  });

  it('does not take its name from a forged Host header', async () => {
    const origin = await start();
    const outgoing = request(`${origin.url}/redirect`, { headers: { host: 'elsewhere.example' } }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(response.resume().headers.location).toBe(`${origin.url}/`);
  });

  it.each([
    '//elsewhere.example',
    '/\\elsewhere.example',
    '/\t/elsewhere.example',
    'https://a.example',
    'a',
    '',
  ])('refuses to redirect to %j', async to => {
    const response = await get(await start(), `/redirect?to=${encodeURIComponent(to)}`);
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  });

  it('sets two separate cookies, one of them for its own host', async () => {
    const cookies = (await get(await start(), '/cookies')).headers.getSetCookie();
    expect(cookies).toHaveLength(2);
    expect(cookies[1]).toContain('; Domain=127.0.0.1;');
  });

  it('answers 304 without a body to whoever has the asset already', async () => {
    const origin = await start();
    const etag = (await get(origin, '/asset.js')).headers.get('etag') ?? '';
    const again = await get(origin, '/asset.js', { 'if-none-match': `"other", W/${etag}` });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
  });

  it.each([
    ['/error?status=399', 'status'],
    ['/error?status=600', 'status'],
    ['/error?status=abc', 'status'],
    ['/slow?ms=60001', 'ms'],
    ['/events?count=0', 'count'],
    ['/events?interval=1', 'interval'],
    ['/large?bytes=1073741825', 'bytes'],
    ['/redirect?status=304', 'status'],
  ])('refuses %s and says what it expected', async (path, name) => {
    const { detail } = await problemIn(await get(await start(), path));
    expect(detail).toMatch(new RegExp(`^${name} must be`));
  });
});

describe('streams', () => {
  it('sends numbered events and ends after the count asked for', async () => {
    const response = await get(await start(), '/events?count=3&interval=10');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect((await response.text()).match(/^id: \d$/gm)).toEqual(['id: 1', 'id: 2', 'id: 3']);
  });

  it('sends exactly the bytes asked for, under a Content-Length', async () => {
    const response = await get(await start(), '/large?bytes=1000001');
    expect(response.headers.get('content-length')).toBe('1000001');
    expect((await response.arrayBuffer()).byteLength).toBe(1_000_001);
  });

  it('keeps serving after a client that left in the middle of a download', async () => {
    const origin = await start();
    await (await get(origin, '/large?bytes=1073741824')).body?.cancel();
    expect((await get(origin, '/api/whoami')).status).toBe(200);
  });

  it('counts and hashes what was uploaded', async () => {
    const body = Buffer.alloc(300_000, 'x');
    const response = await fetch(`${(await start()).url}/upload`, { method: 'POST', body });
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(await response.json()).toEqual({ bytes: 300_000, sha256 });
  });

  it('echoes text as text, bytes as bytes, and the close code', async () => {
    const socket = echoClient(await start());
    const upgraded = once(socket, 'upgrade');
    await once(socket, 'open');
    const [{ headers }] = (await upgraded) as [IncomingMessage];
    expect(headers['x-demo-variant']).toBe('canary');
    for (const sent of ['text', Buffer.from([0, 255])]) {
      socket.send(sent);
      expect(await once(socket, 'message')).toEqual([Buffer.from(sent), typeof sent !== 'string']);
    }
    socket.close(4321, 'done');
    expect(await once(socket, 'close')).toEqual([4321, Buffer.from('done')]);
  });

  it('ends what is still open when it closes', async () => {
    const origin = await start();
    const socket = echoClient(origin);
    await once(socket, 'open');
    const events = await get(origin, '/events');
    const ended = Promise.allSettled([events.text(), once(socket, 'close')]);
    await origin.close();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});

describe('behaviour', () => {
  it('fails every request at error rate 1, WebSockets included, but not the control endpoint', async () => {
    const origin = await start({ errorRate: 1 });
    expect((await get(origin, '/api/whoami')).status).toBe(500);
    const socket = echoClient(origin);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('500');
    expect((await get(origin, '/__demo/behaviour')).status).toBe(200);
  });

  it('waits before each answer', async () => {
    const origin = await start({ delayMs: 60 });
    const startedAt = performance.now();
    await get(origin, '/');
    expect(performance.now() - startedAt).toBeGreaterThan(58);
  });

  it('changes while it runs, and keeps what was not mentioned', async () => {
    const origin = await start({ delayMs: 5 });
    expect((await postBehaviour(origin, '{"errorRate":1}')).status).toBe(200);
    expect(origin.behaviour).toEqual({ errorRate: 1, delayMs: 5 });
    expect((await get(origin, '/')).status).toBe(500);
    origin.setBehaviour({ errorRate: 0 });
    expect((await get(origin, '/')).status).toBe(200);
  });

  it.each([
    ['a rate above 1', '{"errorRate":1.5}', /errorRate as a number from 0 to 1/],
    ['a delay above a minute', '{"delayMs":60001}', /delayMs as a number from 0 to 60000/],
    ['text for a number', '{"delayMs":"5"}', /delayMs as a number/],
    ['a misspelt name beside a good one', '{"errorRate":1,"delay":5}', /not "delay"/],
    ['no JSON', 'errorRate=1', /a JSON object/],
    ['a list', '[]', /a JSON object/],
  ])('stays as it is on %s, and says what was expected', async (_label, body, expected) => {
    const origin = await start({ errorRate: 0.25 });
    const problem = await problemIn(await postBehaviour(origin, body));
    expect(problem.detail).toMatch(expected);
    const inForce = { errorRate: 0.25, delayMs: 0 };
    expect(problem.inForce).toEqual(inForce);
    expect(origin.behaviour).toEqual(inForce);
  });

  it.each([
    ['through the proxy', 403, { 'x-weir-variant': 'canary' }, '{"errorRate":1}'],
    ['as text, which any web page could send', 415, { 'content-type': 'text/plain' }, '{"errorRate":1}'],
    ['with an endless body', 413, {}, `{"errorRate":1}${' '.repeat(5000)}`],
  ])('cannot be changed %s', async (_label, status, headers, body) => {
    const origin = await start();
    expect((await postBehaviour(origin, body, headers)).status).toBe(status);
    expect(origin.behaviour.errorRate).toBe(0);
  });
});

describe('visitors', () => {
  it('counts by variant and status, at the rate asked for', async () => {
    const { url } = await start();
    const summary = await playTraffic({ url, rps: 200, visitors: 50, durationMs: 250 });
    expect(summary.requests + summary.unsent).toBe(50);
    expect(summary).toMatchObject({ failures: 0, flips: 0 });
    expect(summary.byVariant['canary']?.statuses).toEqual({ 200: summary.requests });
  });

  it('reports no flip when a cookie keeps each visitor on one variant', async () => {
    let visitors = 0;
    const port = await startServer(({ headers }, response) => {
      const variant = /variant=(\w+)/.exec(headers.cookie ?? '')?.[1] ?? ['stable', 'canary'][visitors++ % 2];
      response
        .writeHead(200, { 'x-demo-variant': `${variant}`, 'set-cookie': `variant=${variant}; Path=/` })
        .end();
    });
    const url = `http://localhost:${port}`;
    const summary = await playTraffic({ url, rps: 200, visitors: 4, durationMs: 200 });
    expect(Object.keys(summary.byVariant)).toEqual(['stable', 'canary']);
    expect([summary.flips, visitors]).toEqual([0, 4]);
  });

  it('reports a flip for each change that a visitor sees, and none for answers without a variant', async () => {
    const variants = ['stable', undefined, 'stable', 'canary', 'stable'];
    const stop = new AbortController();
    let count = 0;
    const port = await startServer((_request, response) => {
      if (count === variants.length) stop.abort();
      const variant = variants[count++];
      response.writeHead(200, variant === undefined ? {} : { 'x-demo-variant': variant }).end();
    });
    const url = `http://localhost:${port}`;
    const summary = await playTraffic({ url, rps: 100, visitors: 1, signal: stop.signal });
    expect(summary).toMatchObject({
      flips: 2,
      byVariant: { stable: { requests: 3 }, canary: { requests: 1 } },
    });
  });

  it('forgets a cookie that the server deletes', async () => {
    const cookies: (string | undefined)[] = [];
    const stop = new AbortController();
    const port = await startServer(({ headers }, response) => {
      cookies.push(headers.cookie);
      if (cookies.length === 3) stop.abort();
      const attributes = cookies.length === 2 ? '; Max-Age=0' : '';
      response.writeHead(200, { 'set-cookie': `a=${cookies.length}${attributes}` }).end();
    });
    await playTraffic({ url: `http://localhost:${port}`, rps: 100, visitors: 1, signal: stop.signal });
    expect(cookies).toEqual([undefined, 'a=1', undefined]);
  });

  it('counts answers that never come as failures', async () => {
    const port = await startServer(({ socket }) => socket.destroy());
    const url = `http://localhost:${port}`;
    const summary = await playTraffic({ url, rps: 50, visitors: 9, durationMs: 100 });
    expect(summary).toMatchObject({ requests: 5, failures: 5, byVariant: {}, lastFailure: 'socket hang up' });
  });

  it('holds what it could not send apart, when all visitors still wait', async () => {
    const { url } = await start({ delayMs: 500 });
    const summary = await playTraffic({ url, rps: 100, visitors: 2, durationMs: 100 });
    expect(summary).toMatchObject({ requests: 2, unsent: 8 });
  });

  it('stops at the signal without counting its own leaving as failures', async () => {
    const { url } = await start({ delayMs: 60_000 });
    const summary = await playTraffic({ url, rps: 100, visitors: 5, signal: AbortSignal.timeout(100) });
    expect(summary).toMatchObject({ requests: 0, failures: 0, visitors: 5 });
  });

  it.each([
    'http://example.com',
    'http://127.0.0.1.example.com',
    'https://localhost',
    'http://u:p@localhost',
    'x',
  ])('never sends to %s', async url => {
    await expect(playTraffic({ url, rps: 1, visitors: 1 })).rejects.toThrow(RangeError);
  });
});

type Finished = Readonly<{ code: number; stdout: string; stderr: string }>;

function run(script: string, ...args: string[]): Promise<Finished> {
  const root = new URL('../../', import.meta.url);
  const node = fileURLToPath(new URL('node_modules/.bin/node', root));
  const file = fileURLToPath(new URL(`demo/${script}`, root));
  return new Promise(resolve => {
    execFile(node, [file, ...args], { timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('the demo command', () => {
  it('changes an origin that already runs instead of starting a second one', async () => {
    const origin = await start({ delayMs: 300 });
    const args = ['canary', '--port', `${origin.port}`, '--error-rate', '0.5'];
    const { code, stdout } = await run('main.ts', ...args);
    expect(code).toBe(0);
    expect(stdout).toContain('already; now answers after 300 ms, 50% injected errors\n');
    expect(origin.behaviour).toEqual({ errorRate: 0.5, delayMs: 300 });
  });

  it('leaves a port alone that belongs to another program or variant, and says so in one line', async () => {
    const foreign = await startServer((_request, response) => response.end('something else'));
    const { port: canary } = await start();
    for (const [port, owner] of [
      [foreign, 'another program'],
      [canary, 'the canary origin'],
    ] as const) {
      const { code, stderr } = await run('main.ts', 'stable', '--port', `${port}`);
      const line = `stable: port ${port} belongs to ${owner}; choose another --port\n`;
      expect([code, stderr]).toEqual([1, line]);
    }
  });

  it.each([
    ['main.ts', ['purple'], /Allowed choices are stable, canary, both/],
    ['main.ts', ['canary', '--error-rate', '50'], /--error-rate.*share from 0 to 1/],
    ['main.ts', ['canary', '--delay', '300'], /--delay.*such as 300ms/],
    ['main.ts', ['canary', '--port', '65535'], /--port.*0 to 65534/],
    ['main.ts', ['canary', '--colour', 'red'], /unknown option '--colour'/],
    ['traffic.ts', ['--url', 'http://example.com'], /--url.*address of this machine/],
    ['traffic.ts', ['--rps', '0'], /--rps.*1 to 10000/],
    ['traffic.ts', ['--path', '//example.com'], /--path.*single "\/"/],
  ])('exits 2 and names the argument at fault: %s %j', async (script, args, expected) => {
    const { code, stderr } = await run(script, ...args);
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
  });

  it('prints the traffic summary as JSON', async () => {
    const { url } = await start();
    const args = ['--url', url, '--rps', '50', '--visitors', '9', '--duration', '100ms', '--json'];
    const { stdout } = await run('traffic.ts', ...args);
    expect(JSON.parse(stdout)).toMatchObject({ requests: 5, flips: 0, failures: 0 });
  });
});
