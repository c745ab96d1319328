/** Endpoints that take time or move bodies. All keep memory bounded and stop when the client leaves. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MAX_DELAY_MS } from './behaviour.ts';
import { bodyOf, type Exchange, pause, queryNumber, sendJson, sendProblem, sendText } from './exchange.ts';

const MAX_BODY_BYTES = 2 ** 30;
const MAX_EVENTS = 3600;

/** 64 KiB of readable lines: `/large` repeats them, so its content is known to whoever wants to check it. */
const BLOCK = Buffer.from('abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n'.repeat(1024));

export async function serveSlow(exchange: Exchange): Promise<void> {
  const ms = queryNumber(exchange, 'ms', { min: 0, max: MAX_DELAY_MS, fallback: 1000 });
  if (ms === undefined) return;
  if (await pause(ms, exchange.gone)) sendText(exchange, 200, `${exchange.variant} answered after ${ms} ms`);
}

/** Server-sent events: the first at once, then one per interval. */
export async function serveEvents(exchange: Exchange): Promise<void> {
  const { request, response, gone, variant, version } = exchange;
  const count = queryNumber(exchange, 'count', { min: 1, max: MAX_EVENTS, fallback: MAX_EVENTS });
  if (count === undefined) return;
  const interval = queryNumber(exchange, 'interval', { min: 10, max: MAX_DELAY_MS, fallback: 1000 });
  if (interval === undefined) return;

  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  for (let n = 1; n <= count && request.method !== 'HEAD'; n++) {
    if (n > 1 && !(await pause(interval, gone))) return;
    response.write(`id: ${n}\ndata: ${JSON.stringify({ variant, version, n })}\n\n`);
  }
  response.end();
}

export async function serveLarge(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const bytes = queryNumber(exchange, 'bytes', { min: 0, max: MAX_BODY_BYTES, fallback: 2 ** 20 });
  if (bytes === undefined) return;
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': bytes,
    'cache-control': 'no-store',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(Readable.from(blocks(bytes)), response);
}

function* blocks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, left);
}

export async function serveUpload(exchange: Exchange): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of bodyOf(exchange.request)) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      exchange.response.setHeader('connection', 'close');
      sendProblem(exchange, 413, 'Body too large', `Expected at most ${MAX_BODY_BYTES} bytes`);
      return;
    }
    hash.update(chunk);
  }
  sendJson(exchange, 200, { bytes, sha256: hash.digest('hex') });
}
