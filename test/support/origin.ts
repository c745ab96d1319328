/** Origins for one test file: real servers on free ports that remember what reached them. */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A request as it came over the wire; text is latin1, one character a byte. */
export interface SeenRequest {
  readonly method: string;
  /** The request target, byte for byte. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Values of the header, in order. */
  all(name: string): string[];
  /** @throws if there are several */
  header(name: string): string | undefined;
}

export interface Origin {
  readonly url: string;
  /** Host and port. */
  readonly host: string;
  close(): Promise<void>;
}

export interface HttpOrigin extends Origin {
  readonly server: HttpServer;
  readonly seen: SeenRequest[];
  /** The only request so far. @throws if there were none or several */
  only(): SeenRequest;
  /** How it answers from now on. */
  answer: Answer;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An origin that answers `200 ok` until told otherwise. */
export async function startOrigin(
  answer: Answer = (_, response) => response.end('ok'),
  port = 0,
): Promise<HttpOrigin> {
  const seen: SeenRequest[] = [];
  const server = createHttpServer(
    { keepAliveTimeout: 60_000, maxHeaderSize: 128 * 1024 },
    (request, response) => {
      seen.push(seenRequest(request));
      origin.answer(request, response);
    },
  );
  const origin: HttpOrigin = {
    ...(await listening(server, port)),
    server,
    seen,
    only() {
      if (seen.length !== 1) throw new Error(`expected one request at the origin, there were ${seen.length}`);
      return seen[0]!;
    },
    answer,
  };
  return origin;
}

/** An origin below HTTP: it gets each piece of bytes as it comes, latin1, and does as it likes. */
export function startTcpOrigin(serve: (socket: Socket, bytes: string) => void, port = 0): Promise<Origin> {
  const server = createTcpServer(socket => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => serve(socket, bytes.toString('latin1')));
  });
  return listening(server, port);
}

/** The base URL of a port that refuses connections. */
export async function closedPort(): Promise<string> {
  const origin = await startTcpOrigin(socket => socket.destroy());
  await origin.close();
  return origin.url;
}

/** All bytes of a body, once it has ended. */
export async function bodyOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function seenRequest(request: IncomingMessage): SeenRequest {
  const raw = request.rawHeaders;
  const headers = raw.flatMap((name, i): [string, string][] =>
    i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? '']] : [],
  );
  const all = (name: string): string[] =>
    headers.flatMap(([header, value]) => (header === name ? [value] : []));
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers,
    all,
    header(name) {
      const values = all(name);
      if (values.length > 1) throw new Error(`several ${name}: ${values.join(' | ')}`);
      return values[0];
    },
  };
}

async function listening(server: Server, port = 0): Promise<Origin> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
