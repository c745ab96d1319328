/** The live exchange with an origin: the request that goes out, and how it can end. */
import type { Variant } from '../core/rollout/compile.ts';
import type { HeaderFacts } from './request-facts.ts';
import type { RequestTarget } from './request-target.ts';

/** Not If-Match and If-Unmodified-Since: those guard a write, and dropping them would lose an update. */
const CONDITIONAL = ['if-none-match', 'if-modified-since', 'if-range', 'range'] as const;
/**
 * What Connection may not have removed (RFC 9110, section 7.6.1, forbids naming such fields): the
 * message's framing and content, the visitor's credentials, and what a trusted proxy in front says of
 * the client. Without it a client could hide its address from an origin that decides by it.
 */
const NEVER_NAMED =
  /^(?:close|keep-alive|upgrade|host|cookie|authorization|forwarded|x-real-ip|true-client-ip|(?:content|x-forwarded|cf)-.*)$/;
const MAX_NAMED = 32;

export interface Outgoing {
  readonly target: RequestTarget;
  readonly variant: Variant;
  readonly facts: HeaderFacts;
  /** Hosts of the Weirs that the request came through, this one included. */
  readonly hop: string;
  readonly clientIp: string | null;
  /** What flags add, if anything. */
  readonly flagHeaders: readonly (readonly [name: string, value: string])[] | undefined;
  /** Drops conditional and range headers: the visitor's cache may hold another variant's pages. */
  readonly dropConditional: boolean;
  /** The visitor's request has been sent before; only one without a body can be sent again. */
  readonly isRepeat: boolean;
}

/** The request as the origin gets it. The body stays a stream; `redirect` is manual, as it came. */
export function outgoingRequest(request: Request, outgoing: Outgoing): Request {
  const { target, variant, facts } = outgoing;
  const url = variant.origin + target.path;
  // Even an empty body (`Content-Length: 0`) is gone with the first time.
  const result = outgoing.isRepeat
    ? new Request(url, { method: request.method, headers: request.headers, redirect: 'manual' })
    : new Request(url, request);
  const headers = result.headers;
  if (facts.hasConnection) deleteNamed(headers);
  if (facts.unwanted !== undefined) for (const name of facts.unwanted) headers.delete(name);
  if (outgoing.dropConditional && facts.isConditional) for (const name of CONDITIONAL) headers.delete(name);
  headers.set('x-weir-variant', variant.name);
  headers.set('x-weir-hop', outgoing.hop);
  headers.set('x-forwarded-host', target.authority);
  headers.set('x-forwarded-proto', target.isHttps ? 'https' : 'http');
  if (outgoing.clientIp === null) headers.delete('x-forwarded-for');
  else headers.set('x-forwarded-for', outgoing.clientIp);
  if (outgoing.flagHeaders !== undefined)
    for (const [name, value] of outgoing.flagHeaders) headers.set(name, value);
  for (const [name, value] of variant.headers) headers.set(name, value);
  return result;
}

/** Whether a Connection header names any, beyond the usual words. Compared as it stands: nearly every request has one. */
export function namesFields(connection: string): boolean {
  switch (connection) {
    case 'keep-alive':
    case 'Keep-Alive':
    case 'close':
    case 'Upgrade':
      return false;
    default:
      return !/^(?:keep-alive|close|upgrade)$/i.test(connection);
  }
}

/** Removes the headers that Connection names (RFC 9110, section 7.6.1), in requests and responses. */
export function deleteNamed(headers: Headers): void {
  const named = headers.get('connection') ?? '';
  if (!namesFields(named)) return;
  for (const part of named.split(',', MAX_NAMED)) {
    const name = part.trim().toLowerCase();
    if (/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && !NEVER_NAMED.test(name)) headers.delete(name);
  }
}

export type UpstreamResult =
  | { readonly kind: 'answer'; readonly response: Response }
  | { readonly kind: 'connect' }
  | { readonly kind: 'timeout' };

/**
 * One exchange, up to the response headers.
 *
 * The timer is raced with `fetch` instead of an AbortSignal: a signal would also cut a long body
 * short, and costs ten times as much. A late exchange is cancelled by the runtime when the request
 * it belongs to is over; an answer that comes before that is thrown away.
 *
 * @param timeoutMs null waits for ever
 */
export function exchange(request: Request, timeoutMs: number | null): Promise<UpstreamResult> {
  return new Promise(resolve => {
    let isLate = false;
    const giveUp = (): void => {
      isLate = true;
      resolve({ kind: 'timeout' });
    };
    const timer = timeoutMs === null ? null : setTimeout(giveUp, timeoutMs);
    fetch(request).then(
      response => {
        clearTimeout(timer);
        const isAnswer = !isLate && !isInterim(response);
        if (!isAnswer) discard(response);
        resolve(isAnswer ? { kind: 'answer', response } : { kind: 'connect' });
      },
      (error: unknown) => {
        clearTimeout(timer);
        console.warn(JSON.stringify({ message: 'no answer from the origin', error: String(error) }));
        resolve({ kind: 'connect' });
      },
    );
  });
}

/** Frees what an answer holds that nobody will read. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

/**
 * A 1xx response is no answer yet (RFC 9110, section 15.2). The runtime should have waited for the
 * next one, but takes 103 for the answer and the real one for its body.
 */
function isInterim(response: Response): boolean {
  return response.status < 200 && response.webSocket === null;
}

/**
 * An answer that Cloudflare made because the origin gave none; its page would name the origin. Not 527
 * to 529: origins behind Cloudflare use those themselves.
 */
export function isMadeByCloudflare(response: Response): boolean {
  const { status } = response;
  return (
    (status === 530 || (status >= 520 && status <= 526)) && response.headers.get('server') === 'cloudflare'
  );
}
