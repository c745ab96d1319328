/**
 * The order of things for each request: the control endpoint, which no injected trouble reaches;
 * then the delay; then the injected error; then the endpoint itself.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Behaviour } from './behaviour.ts';
import { CONTROL_PATH, type Controlled, serveControl } from './control.ts';
import { type Exchange, type Identity, pause, sendText } from './exchange.ts';
import { handlerFor } from './routes.ts';
import { echoSocket, refuseUpgrade, SOCKET_PATH } from './socket.ts';

export function serve(server: Server, identity: Identity, controlled: Controlled): void {
  const acceptUpgrade = echoSocket(identity);

  server.on('request', (request, response) => {
    answer(openExchange(request, response, identity), controlled).catch((error: unknown) => {
      if (request.destroyed || response.destroyed) return; // the client left in the middle of it
      console.error(`${identity.variant}: ${request.method} ${request.url}:`, error);
      // A truncated answer must not look complete, so the connection goes.
      response.destroy();
    });
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()); // a reset by the client: nothing is left to answer
    void awaitTurn(socket, controlled.behaviour).then(turn => {
      if (turn === 'gone') return;
      if (turn === 'fail') refuseUpgrade(socket, 500, injected(identity), identity);
      else if (urlOf(request).pathname === SOCKET_PATH) acceptUpgrade(request, socket, head);
      else refuseUpgrade(socket, 404, `WebSockets are at ${SOCKET_PATH}`, identity);
    });
  });
}

async function answer(exchange: Exchange, controlled: Controlled): Promise<void> {
  if (exchange.url.pathname === CONTROL_PATH) return serveControl(exchange, controlled);
  const turn = await awaitTurn(exchange.response, controlled.behaviour);
  if (turn === 'fail') sendText(exchange, 500, injected(exchange));
  if (turn === 'serve') await handlerFor(exchange)(exchange);
}

/** Waits out the delay, then draws whether this one fails. */
async function awaitTurn(
  stream: Duplex | ServerResponse,
  { delayMs, errorRate }: Behaviour,
): Promise<'gone' | 'fail' | 'serve'> {
  if (delayMs > 0 && !(await pause(delayMs, goneSignal(stream)))) return 'gone';
  return Math.random() < errorRate ? 'fail' : 'serve';
}

function injected({ variant }: Identity): string {
  return `injected error from ${variant}`;
}

function openExchange(request: IncomingMessage, response: ServerResponse, identity: Identity): Exchange {
  response.setHeader('x-demo-variant', identity.variant);
  response.setHeader('x-demo-version', identity.version);
  const gone = goneSignal(response);
  return { ...identity, request, response, url: urlOf(request), ownHost: ownHost(request), gone };
}

function goneSignal(stream: Duplex | ServerResponse): AbortSignal {
  const controller = new AbortController();
  stream.once('close', () => controller.abort());
  return controller.signal;
}

/** Never throws: whatever is not a path (`OPTIONS *`, a full URL) counts as an unknown one. */
function urlOf(request: IncomingMessage): URL {
  const address = `http://${ownHost(request)}`;
  return URL.parse(`${address}${request.url ?? '/'}`) ?? new URL('/unknown', address);
}

/** What the client calls this origin, if that is one of its names; else a Host header could forge links. */
function ownHost({ headers, socket }: IncomingMessage): string {
  const { localAddress = '127.0.0.1', localPort } = socket;
  const address = localAddress.includes(':') ? `[${localAddress}]` : localAddress;
  const names = [`localhost:${localPort}`, `127.0.0.1:${localPort}`];
  return names.find(name => name === headers.host) ?? `${address}:${localPort}`;
}
