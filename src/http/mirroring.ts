/**
 * Copies of stable's pages to a candidate, to see how it would do: measured, thrown away, and nobody's
 * trouble. A copy starts after the visitor's answer is known and runs behind it.
 */
import { errorOf, type ErrorKind } from '../core/metrics/outcome.ts';
import type { Rollout } from '../core/rollout/compile.ts';
import type { ProxyOptions } from '../core/rollout/proxy-options.ts';
import type { Delivery } from '../edge/delivery.ts';
import type { Lease } from '../edge/leases.ts';
import { discard } from '../edge/upstream.ts';
import { sleep } from '../edge/waiting.ts';
import { isRepeatable, requestTo, type Passage } from './passage.ts';

export type Mirror = NonNullable<ProxyOptions['mirror']>;

const MAX_MS = 10_000;
/** Headers by which origins know who asks; the sticky header is one more. */
const CREDENTIALS = [
  'cookie',
  'authorization',
  'x-api-key',
  'x-auth-token',
  'x-access-token',
  'x-csrf-token',
  'x-xsrf-token',
  'cf-access-jwt-assertion',
  'cf-access-token',
  'x-weir-unit',
];

/**
 * Sends a copy if this request is one to copy and there is room.
 * @param afterwards sees to it that what was counted is delivered
 */
export function mirrorLater(
  mirror: Mirror,
  passage: Passage,
  { proxy, sticky }: Rollout,
  delivery: Delivery,
  afterwards: () => void,
): void {
  if (passage.request.method !== 'GET' || !isRepeatable(passage)) return;
  if (Math.random() * 100 >= mirror.percent) return;
  const boundMs = Math.min(proxy.timeoutMs, MAX_MS);
  const { mirrors } = passage.isolate;
  const lease = mirrors.take(Date.now(), boundMs);
  if (lease === undefined) return;
  passage.ctx.waitUntil(send(mirror, passage, sticky.header, boundMs, lease, delivery).then(afterwards));
}

/** Never rejects. */
async function send(
  mirror: Mirror,
  passage: Passage,
  stickyHeader: string,
  timeoutMs: number,
  lease: Lease,
  { recorder }: Delivery,
): Promise<void> {
  try {
    // Not before the visitor's answer has been handed over.
    await sleep(0);
    const start = Date.now();
    const { status, error } = await statusOf(copyFor(mirror, passage, stickyHeader), timeoutMs);
    recorder.mirrored(mirror.to.name, status, error, Date.now() - start);
  } catch (error) {
    console.warn(JSON.stringify({ message: 'a copy failed', error: String(error) }));
  } finally {
    passage.isolate.mirrors.giveBack(lease);
  }
}

/** What a visitor's request to that variant would be: their cache holds stable's pages, so no conditions. */
function copyFor({ to, keepsCredentials }: Mirror, passage: Passage, stickyHeader: string): Request {
  const copy = requestTo(to, passage, { dropConditional: true, isRepeat: true });
  // RFC 9651, section 3.3.6: a boolean. The candidate can tell that nobody will see its answer.
  copy.headers.set('x-weir-mirror', '?1');
  if (keepsCredentials) return copy;
  for (const name of CREDENTIALS) copy.headers.delete(name);
  if (stickyHeader !== '') copy.headers.delete(stickyHeader);
  // The document's own are not the visitor's.
  for (const [name, value] of to.headers) copy.headers.set(name, value);
  return copy;
}

/**
 * Only the headers are awaited. Aborted, unlike a visitor's exchange: nobody reads a body that could
 * be cut, and what hangs would stay in memory as long as the visitor's own answer streams.
 */
async function statusOf(
  copy: Request,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly error: ErrorKind | undefined }> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    const response = await fetch(copy, { signal: controller.signal });
    discard(response);
    return { status: response.status, error: errorOf(response.status) };
  } catch {
    return { status: 0, error: controller.signal.aborted ? 'timeout' : 'connect' };
  } finally {
    clearTimeout(timer);
  }
}
