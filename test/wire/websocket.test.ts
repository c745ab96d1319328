import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { seenRequest } from '../support/origin.ts';
import { startProxied, type Proxied } from '../support/proxied.ts';
import { cookieOf, VISITORS } from '../support/visitors.ts';

let proxied: Proxied;
let sockets: WebSocketServer;
beforeAll(async () => {
  proxied = await startProxied();
  sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'chat.v2' });
  proxied.origin.server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (request.url === '/refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\nX-Reason: full\r\n\r\nno!');
      return;
    }
    sockets.handleUpgrade(request, socket, head, accepted => sockets.emit('connection', accepted, request));
  });
});
beforeEach(() => {
  proxied.reset();
  sockets.removeAllListeners('connection');
  sockets.on('connection', socket => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
});
afterAll(() => proxied.stop());

interface Opened {
  readonly client: WebSocket;
  /** The origin's end. */
  readonly origin: WebSocket;
  /** The handshake as the origin got it, and the answer to it as the client did. */
  readonly request: IncomingMessage;
  readonly answer: IncomingMessage;
}

function dial(path = '/', headers: Record<string, string> = {}): WebSocket {
  const url = proxied.weir.url.replace('http:', 'ws:') + path;
  return new WebSocket(url, ['chat.v1', 'chat.v2'], { headers: { host: 'shop.example', ...headers } });
}

async function open(path?: string, headers?: Record<string, string>): Promise<Opened> {
  const client = dial(path, headers);
  const [[answer], [origin, request]] = await Promise.all([
    once(client, 'upgrade') as Promise<[IncomingMessage]>,
    once(sockets, 'connection') as Promise<[WebSocket, IncomingMessage]>,
    once(client, 'open'),
  ]);
  return { client, origin, request, answer };
}

async function closeOf(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { code, reason: reason.toString() };
}

it('an accepted WebSocket counts as one 1xx answer and no error', async () => {
  const { client } = await open();
  const samples = await eventually('the handshake is counted', async () => {
    const counted = await scrape(proxied.weir);
    return sum(counted, 'weir_requests_total', { code: '1xx' }) > 0 && counted;
  });
  expect(sum(samples, 'weir_requests_total', { code: '1xx' })).toBe(1);
  expect(sum(samples, 'weir_errors_total')).toBe(0);
  client.terminate();
});

describe.each(VISITORS)('a WebSocket of a %s visitor', visitor => {
  const openAs = (path?: string) => open(path, Object.fromEntries(cookieOf(visitor, proxied)));

  it.each([
    ['text', 'caf\u00e9 \u{1f6f6}', false],
    ['empty text', '', false],
    ['binary', randomBytes(1000), true],
    ['a large binary', randomBytes(2 ** 20), true],
  ])('carries %s both ways, as the same kind', async (_, message, isBinary) => {
    const { client } = await openAs();
    client.send(message);
    const [data, cameBinary] = (await once(client, 'message')) as [RawData, boolean];
    expect(cameBinary).toBe(isBinary);
    expect(Buffer.from(data as Buffer).equals(Buffer.from(message))).toBe(true);
    client.terminate();
  });

  it.each([
    [1000, ''],
    [1001, 'going'],
    [4001, 'caf\u00e9'],
  ])("carries the visitor's close code %i to the origin", async (code, reason) => {
    const { client, origin } = await openAs();
    client.close(code, reason);
    expect(await closeOf(origin)).toEqual({ code, reason });
  });

  it.each([
    [1000, ''],
    [1012, 'restart'],
    [4002, 'caf\u00e9'],
  ])("carries the origin's close code %i to the visitor", async (code, reason) => {
    const { client, origin } = await openAs();
    origin.close(code, reason);
    expect(await closeOf(client)).toEqual({ code, reason });
  });

  it.each(['visitor', 'origin'])('ends on both sides when the %s is gone without a word', async gone => {
    const { client, origin } = await openAs();
    const [leaver, other] = gone === 'visitor' ? [client, origin] : [origin, client];
    const closed = closeOf(other);
    leaver.terminate();
    expect((await closed).code).toBe(1006);
  });

  it('carries path, subprotocol and headers of the handshake, and tells the origin the variant', async () => {
    const { client, request } = await openAs('/chat?room=%2F1');
    const seen = seenRequest(request);
    expect(seen.path).toBe('/chat?room=%2F1');
    expect(seen.header('sec-websocket-protocol')).toBe('chat.v1,chat.v2');
    expect(seen.header('x-weir-variant')).toBe('stable');
    expect(seen.header('x-forwarded-host')).toBe('shop.example');
    expect(client.protocol).toBe('chat.v2');
    client.terminate();
  });

  it(visitor === 'new' ? 'brings the cookie on the 101' : 'brings no cookie on the 101', async () => {
    const { client, answer } = await openAs();
    expect(answer.statusCode).toBe(101);
    expect(answer.headers['set-cookie']?.filter(cookie => cookie.startsWith('weir=')) ?? []).toHaveLength(
      visitor === 'new' ? 1 : 0,
    );
    client.terminate();
  });

  it('that the origin refuses is answered as the origin did', async () => {
    const client = dial('/refused', Object.fromEntries(cookieOf(visitor, proxied)));
    const [request, answer] = (await once(client, 'unexpected-response')) as [
      { destroy(): void },
      IncomingMessage,
    ];
    expect(answer.statusCode).toBe(403);
    expect(answer.headers['x-reason']).toBe('full');
    request.destroy();
  });
});
