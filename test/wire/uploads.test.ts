/**
 * An upload that breaks off must not look whole to the origin. The runtime would make it so while
 * other work of the same request is pending: reading KV, which production does slowly, must wait.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startRawWorkerd, type RawWorkerd } from '../../scripts/raw-workerd.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { startTcpOrigin, type Origin } from '../support/origin.ts';
import { ask, RawClient } from '../support/raw-client.ts';
import { startSlowKv, type SlowKv } from '../support/slow-kv.ts';
import { ADMIN_TOKEN } from '../support/weir.ts';

/** Every so many seconds a request is due to read KV. */
const REFRESH = 1;

let directory: string;
let kv: SlowKv;
let origin: Origin;
let weir: RawWorkerd;
const admin = (path: string) =>
  fetch(`${weir.url}/__weir${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
/** What uploads sent to the origin, and whether the connection of the last one is still there. */
const arrived = { bytes: '', isClosed: false };
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-uploads-'));
  origin = await startTcpOrigin((socket, bytes) => {
    if (/^\w+ \/fine /.test(bytes)) {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine');
      return;
    }
    arrived.bytes += bytes;
    arrived.isClosed = false;
    socket.once('close', () => (arrived.isClosed = true));
  });
  kv = await startSlowKv();
  const document = { variants: { stable: { origin: origin.url } } };
  kv.values.set('rollout:default', { value: JSON.stringify(document), metadata: null });
  weir = await startRawWorkerd({
    directory,
    bundle: inject('bundle'),
    kvAddress: kv.address,
    variables: { CONFIG_REFRESH: String(REFRESH), ADMIN_TOKEN },
  });
});
beforeEach(async () => {
  kv.behaviour = {};
  arrived.bytes = '';
  expect((await ask(weir.url, { path: '/fine' })).text).toBe('fine');
});
afterAll(async () => {
  await weir.stop();
  await Promise.all([kv.close(), origin.close()]);
  rmSync(directory, { recursive: true });
});

describe('an upload that breaks off while KV is due and slow', () => {
  it.each([
    ['by its length', 'Content-Length: 1000\r\n\r\nhalf'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('breaks off at the origin too and is no error: framed %s', async (_, framed) => {
    await sleep(REFRESH * 1100);
    kv.behaviour = { delayMs: 3000 };
    const client = new RawClient(weir.url);
    client.send(`POST / HTTP/1.1\r\nHost: shop.example\r\n${framed}`);
    await eventually('the origin has the first half', () => Promise.resolve(arrived.bytes.includes('half')));
    client.hangUp();
    await eventually('the origin sees it end', () => Promise.resolve(arrived.isClosed));
    expect(arrived.bytes).toMatch(/half(?:\r\n)?$/);

    const counted = sum(await scrape({ admin }), 'weir_requests_total', { code: '2xx' });
    expect((await ask(weir.url, { path: '/fine' })).text).toBe('fine');
    const samples = await eventually('the next request is counted', async () => {
      const now = await scrape({ admin });
      return sum(now, 'weir_requests_total', { code: '2xx' }) > counted && now;
    });
    expect(sum(samples, 'weir_errors_total')).toBe(0);
  });
});

it('uploads alone have KV read all the same, after their answers', async () => {
  const before = kv.reads();
  // Twice: a reading for what came before may still have been under way.
  await eventually('KV is read', async () => {
    expect((await ask(weir.url, { method: 'POST', path: '/fine', body: 'whole' })).text).toBe('fine');
    return kv.reads() >= before + 2;
  });
});
