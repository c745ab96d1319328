/** A body of any size passes through a memory of one size. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { CAN_MEASURE_MEMORY, processListeningOn, residentMb } from '../support/memory.ts';
import { startProxied, type Proxied } from '../support/proxied.ts';
import { cookieOf, VISITORS } from '../support/visitors.ts';

const BODY_MB = 200;
/** The largest growth of the runtime that isn't a body held in memory: heap, sockets, allocator. */
const MAX_GROWTH_MB = 40;
const BLOCK = Buffer.alloc(2 ** 18, 'weir');
const BLOCKS = (BODY_MB * 2 ** 20) / BLOCK.length;

if (!CAN_MEASURE_MEMORY) console.log('skipped: memory of large bodies (there is no /proc here)');

let proxied: Proxied;
let pid: number;
beforeAll(async () => {
  proxied = await startProxied();
  if (CAN_MEASURE_MEMORY) pid = processListeningOn(Number(new URL(proxied.weir.url).port));
});
beforeEach(() => proxied.reset());
afterAll(() => proxied.stop());

function body(): Readable {
  return Readable.from(Array.from({ length: BLOCKS }, () => BLOCK));
}

/** Reads to the end; the most memory that the runtime held meanwhile, and how many bytes came. */
async function drain(stream: IncomingMessage): Promise<{ bytes: number; peakMb: number }> {
  let bytes = 0;
  let peakMb = 0;
  let measuredAt = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes - measuredAt < 2 ** 22) continue;
    measuredAt = bytes;
    peakMb = Math.max(peakMb, residentMb(pid));
  }
  return { bytes, peakMb };
}

function send(method: string, headers: Record<string, string>, upload?: Readable): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      proxied.weir.url,
      { method, headers: { host: 'shop.example', ...headers } },
      resolve,
    );
    request.on('error', reject);
    if (upload === undefined) request.end();
    else upload.pipe(request);
  });
}

describe.skipIf(!CAN_MEASURE_MEMORY)(`${BODY_MB} MB in bounded memory`, () => {
  it.each(VISITORS)('down, to a %s visitor', async visitor => {
    proxied.origin.answer = (_, response) => body().pipe(response);
    const before = residentMb(pid);
    const { bytes, peakMb } = await drain(await send('GET', Object.fromEntries(cookieOf(visitor, proxied))));
    expect(bytes).toBe(BODY_MB * 2 ** 20);
    expect(peakMb - before).toBeLessThan(MAX_GROWTH_MB);
  });

  it('up', async () => {
    const arrived = Promise.withResolvers<{ bytes: number; peakMb: number }>();
    proxied.origin.answer = (request, response) => {
      arrived.resolve(drain(request).finally(() => response.end()));
    };
    const before = residentMb(pid);
    const answer = await send('PUT', { 'content-type': 'application/octet-stream' }, body());
    answer.resume();
    const { bytes, peakMb } = await arrived.promise;
    expect(bytes).toBe(BODY_MB * 2 ** 20);
    expect(peakMb - before).toBeLessThan(MAX_GROWTH_MB);
  });

  it('while the visitor reads nothing: the origin has to wait', async () => {
    let written = 0;
    proxied.origin.answer = (_, response) => {
      body()
        .on('data', (block: Buffer) => (written += block.length))
        .pipe(response);
    };
    const answer = await send('GET', Object.fromEntries([proxied.returning]));
    let before = -1;
    await eventually('the origin stops writing', () => {
      const isStill = written === before;
      before = written;
      return Promise.resolve(isStill && written > 0);
    });
    expect(written / 2 ** 20).toBeLessThan(BODY_MB / 2);
    answer.destroy();
  });
});
