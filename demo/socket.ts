/** The WebSocket echo: what comes in goes back as the same kind; the close code is echoed as well. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Identity } from './exchange.ts';

export const SOCKET_PATH = '/ws';

const MAX_MESSAGE_BYTES = 2 ** 20;

export type AcceptUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export function echoSocket({ variant, version }: Identity): AcceptUpgrade {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    clientTracking: false,
  });
  server.on('headers', headers => headers.push(`x-demo-variant: ${variant}`, `x-demo-version: ${version}`));
  server.on('connection', socket => {
    socket.on('message', (data, isBinary) => {
      // Reads on only when the echo has left, or a client that never reads would fill the memory.
      socket.pause();
      socket.send(data, { binary: isBinary }, () => socket.resume());
    });
    // `ws` has already closed with the fitting code (1009 for too large a message).
    socket.on('error', error => console.error(`${variant}: WebSocket: ${error.message}`));
  });
  return (request, socket, head) =>
    server.handleUpgrade(request, socket, head, accepted => server.emit('connection', accepted, request));
}

/** Answers an upgrade that is not accepted; there is no ServerResponse for it. */
export function refuseUpgrade(socket: Duplex, status: number, text: string, identity: Identity): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    `x-demo-variant: ${identity.variant}`,
    `x-demo-version: ${identity.version}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}
