/**
 * A client that sends exactly the bytes it is told to and gives back exactly the bytes it got: any
 * HTTP library would tidy both. Text is latin1 throughout, one character a byte.
 */
import { connect, type Socket } from 'node:net';
import { readAnswer, type RawAnswer } from './raw-answer.ts';

export class RawClient {
  readonly socket: Socket;
  /** Everything received so far. */
  received = Buffer.alloc(0);
  isClosed = false;
  #wake: () => void = () => undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port) });
    const chunks: Buffer[] = [];
    this.socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      this.received = Buffer.concat(chunks);
      this.#wake();
    });
    // A reset is one way for a connection to end: the bytes received so far tell what came of it.
    this.socket.on('error', () => this.#close());
    this.socket.on('close', () => this.#close());
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** @throws if the connection ends, or `timeoutMs` passes, before the bytes satisfy `isEnough` */
  async until(isEnough: (received: Buffer) => boolean, timeoutMs = 10_000): Promise<Buffer> {
    const deadline = performance.now() + timeoutMs;
    while (!isEnough(this.received)) {
      const left = deadline - performance.now();
      if (this.isClosed || left <= 0) {
        const how = this.isClosed ? 'the connection ended' : `${timeoutMs} ms passed`;
        throw new Error(`${how} after: ${this.received.toString('latin1').slice(0, 2000)}`);
      }
      await this.#news(left);
    }
    return this.received;
  }

  /** The answer to what was sent, once it is complete or the connection has ended. */
  async answer(isHead = false, timeoutMs = 10_000): Promise<RawAnswer> {
    const read = (isClosed: boolean) => readAnswer(this.received, { isHead, isClosed });
    await this.until(() => this.isClosed || read(false).isComplete, timeoutMs);
    return read(this.isClosed);
  }

  hangUp(): void {
    this.socket.resetAndDestroy();
  }

  #close(): void {
    this.isClosed = true;
    this.#wake();
  }

  #news(withinMs: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export interface RawRequest {
  readonly method?: string;
  /** The request target as it stands in the request line. */
  readonly path?: string;
  readonly host?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** The bytes of a request; `host` and, with a body, `content-length` are added. */
export function rawRequest({ method = 'GET', path = '/', host, headers = [], body }: RawRequest): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host ?? 'shop.example'}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${body.length}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

/** One request on a connection of its own. */
export function ask(url: string, request: RawRequest = {}): Promise<RawAnswer> {
  return askBytes(url, rawRequest(request), request.method === 'HEAD');
}

/** The answer to exactly these bytes, on a connection of its own. */
export async function askBytes(url: string, bytes: string, isHead = false): Promise<RawAnswer> {
  const client = new RawClient(url);
  client.send(bytes);
  try {
    return await client.answer(isHead);
  } finally {
    client.hangUp();
  }
}
