/**
 * Requests that Weir itself makes for a plan: notifications and gates. Signed as Standard Webhooks
 * 1.0.0 says ("Signature scheme", "Webhook headers"), bounded in time, and no answer is kept whole.
 */
import { hostOf } from '../core/delivery/gates.ts';
import { oneLine } from '../core/one-line.ts';
import { retryAfterMs } from '../core/retry-after.ts';
import type { Secrets } from '../core/rollout/secrets.ts';
import { VERSION } from '../core/version.ts';

const REFERENCE = '$secret:';
const TOO_SLOW = 'TimeoutError';
const KEY_PREFIX = 'whsec_';
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' } as const;
/** Of an answer, in characters; the log and the status show no more. */
const MAX_QUOTED = 200;
/** A receiver can't put off a retry for longer. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export interface Post {
  /** May be `$secret:NAME`. */
  readonly url: string;
  /** The idempotency key. */
  readonly id: string;
  /** JSON; signed and sent byte for byte. */
  readonly body: string;
  readonly timeoutMs: number;
}

/** @property text for a person: "503: out of disk", "no answer within 5 s" */
export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly text: string;
      readonly retryAfterMs: number | undefined;
    }
  /** Also: it could not even be asked. */
  | { readonly kind: 'none'; readonly text: string };

/** Sends; never throws. @param now milliseconds since 1970, of the attempt */
export type SignedPost = (post: Post, now: number) => Promise<Answer>;

/** @param secrets the Worker's; `NOTIFY_SECRET` is the key, without it requests are not signed */
export function signedPost(secrets: Secrets): SignedPost {
  return async (post, now) => {
    try {
      return await send(post, now, secrets);
    } catch (error) {
      return { kind: 'none', text: whyNone(error, post) };
    }
  };
}

async function send({ url, id, body, timeoutMs }: Post, now: number, secrets: Secrets): Promise<Answer> {
  const address = addressOf(url, secrets);
  if (address === undefined) return { kind: 'none', text: `${hostOf(url)} holds no http or https address` };
  const headers = await webhookHeaders(id, body, now, secrets('NOTIFY_SECRET')?.trim() ?? '');
  const abort = new AbortController();
  // Not AbortSignal.timeout: it would keep the object in memory to its end, long after the answer.
  const timer = setTimeout(() => abort.abort(new DOMException('too slow', TOO_SLOW)), timeoutMs);
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': `weir/${VERSION}`, ...headers },
      body,
      // Followed, it would carry what is told to another host.
      redirect: 'manual',
      signal: abort.signal,
    });
    const quoted = oneLine(await beginningOf(response), MAX_QUOTED);
    return {
      kind: 'answer',
      status: response.status,
      text: quoted === '' ? String(response.status) : `${response.status}: ${quoted}`,
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now, MAX_RETRY_AFTER_MS),
    };
  } finally {
    clearTimeout(timer);
  }
}

function addressOf(url: string, secrets: Secrets): string | undefined {
  const address = url.startsWith(REFERENCE) ? (secrets(url.slice(REFERENCE.length)) ?? '') : url;
  const parsed = URL.parse(address.trim());
  const isHttp = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
  // The runtime refuses credentials, and repeats them in its message.
  return isHttp && parsed.username === '' && parsed.password === '' ? parsed.href : undefined;
}

async function webhookHeaders(id: string, body: string, now: number, secret: string) {
  // Fields of what is signed are separated by dots, and names of rollouts have some.
  const webhookId = id.replaceAll('.', '_');
  const timestamp = String(Math.floor(now / 1000));
  const headers = { 'webhook-id': webhookId, 'webhook-timestamp': timestamp };
  if (secret === '') return headers;
  const key = await crypto.subtle.importKey('raw', keyBytes(secret), ALGORITHM, false, ['sign']);
  const content = new TextEncoder().encode(`${webhookId}.${timestamp}.${body}`);
  const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, key, content));
  return { ...headers, 'webhook-signature': `v1,${btoa(String.fromCharCode(...signature))}` };
}

function keyBytes(secret: string): Uint8Array {
  if (!secret.startsWith(KEY_PREFIX)) return new TextEncoder().encode(secret);
  try {
    return Uint8Array.from(atob(secret.slice(KEY_PREFIX.length)), character => character.charCodeAt(0));
  } catch (error) {
    throw new Error(`what follows ${KEY_PREFIX} in NOTIFY_SECRET is no base64`, { cause: error });
  }
}

/** Enough of the body to quote it; the rest is cancelled, so that the connection is free. */
async function beginningOf({ body }: Response): Promise<string> {
  const reader = (body as ReadableStream<Uint8Array> | null)?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (text.length < MAX_QUOTED) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += decoder.decode(value, { stream: true });
    }
    await reader.cancel();
  } catch {
    // It broke off, or took too long. The status has come, and it decides.
    return text;
  }
  return text;
}

function whyNone(error: unknown, { timeoutMs }: Post): string {
  if (error instanceof Error && error.name === TOO_SLOW) return `no answer within ${timeoutMs / 1000} s`;
  return `no answer: ${oneLine(error instanceof Error ? error.message : String(error), MAX_QUOTED)}`;
}
