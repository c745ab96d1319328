/**
 * KV as production behaves and the local one doesn't: it speaks the runtime's KV protocol over HTTP,
 * and can be late, stale, negative-cached, over its rate limit, or away.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SlowKv {
  readonly address: string;
  /** What KV really holds. Writing here is writing by hand. */
  readonly values: Map<string, { value: string; metadata: unknown }>;
  /** What the next requests meet; default: nothing out of the ordinary. */
  behaviour: KvBehaviour;
  /** How often KV was read. */
  readonly reads: () => number;
  /** How many of those were answered. */
  readonly answered: () => number;
  close(): Promise<void>;
}

export interface KvBehaviour {
  readonly delayMs?: number;
  /** Answers every read with this status. */
  readonly readStatus?: number;
  /** Answers every write with this status, e.g. 429. */
  readonly writeStatus?: number;
  /** Writes of these keys answer 429. */
  readonly refusedKeys?: readonly string[];
  /** Writes land, and are answered, only after this. */
  readonly writesAfter?: Promise<void>;
  /** Never answers a read. */
  readonly hangs?: boolean;
  /** Keys that are read as absent whatever they hold: the negative cache of another location. */
  readonly absent?: readonly string[];
  /** Reads see these values instead: a stale cache. */
  readonly stale?: ReadonlyMap<string, string>;
}

/** KV's own limit. */
const MAX_KEY_BYTES = 512;

interface BulkRequest {
  readonly keys: readonly string[];
  readonly withMetadata?: boolean;
}

export async function startSlowKv(): Promise<SlowKv> {
  const values: SlowKv['values'] = new Map();
  const kv = { behaviour: {} as KvBehaviour };
  let reads = 0;
  let answered = 0;

  const lookUp = (key: string, behaviour: KvBehaviour): { value: string; metadata: unknown } | null => {
    if (behaviour.absent?.includes(key) === true) return null;
    const stale = behaviour.stale?.get(key);
    return stale === undefined ? (values.get(key) ?? null) : { value: stale, metadata: null };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await textOf(request);
    const { behaviour } = kv;
    if (request.method === 'PUT') {
      const key = decodeURIComponent(new URL(request.url ?? '/', 'http://kv').pathname.slice(1));
      const refusal =
        behaviour.writeStatus ?? (behaviour.refusedKeys?.includes(key) === true ? 429 : undefined);
      if (refusal !== undefined) return void response.writeHead(refusal).end();
      await behaviour.writesAfter;
      const metadata = request.headers['cf-kv-metadata'];
      values.set(key, {
        value: body,
        metadata: typeof metadata === 'string' ? (JSON.parse(metadata) as unknown) : null,
      });
      return void response.writeHead(200).end();
    }
    reads++;
    if (behaviour.hangs === true) return;
    if (behaviour.delayMs !== undefined) await new Promise(resolve => setTimeout(resolve, behaviour.delayMs));
    answered++;
    if (behaviour.readStatus !== undefined) return void response.writeHead(behaviour.readStatus).end();
    if (request.method === 'POST') {
      const { keys, withMetadata } = JSON.parse(body) as BulkRequest;
      if (keys.some(key => Buffer.byteLength(key) > MAX_KEY_BYTES)) return void response.writeHead(414).end();
      const found = keys.map(key => [
        key,
        withMetadata === true ? lookUp(key, behaviour) : (lookUp(key, behaviour)?.value ?? null),
      ]);
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(Object.fromEntries(found)));
    }
    const found = lookUp(
      decodeURIComponent(new URL(request.url ?? '/', 'http://kv').pathname.slice(1)),
      behaviour,
    );
    if (found === null) return void response.writeHead(404).end();
    response.writeHead(200, { 'cf-kv-metadata': JSON.stringify(found.metadata) }).end(found.value);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(kv, {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    values,
    reads: () => reads,
    answered: () => answered,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
