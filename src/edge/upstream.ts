/** The live exchange with an origin: the request that goes out, and how it can end. */
import type { Variant } from '../core/rollout/compile.ts';
import type { HeaderFacts } from './request-facts.ts';
import type { RequestTarget } from './request-target.ts';

/** Not If-Match and If-Unmodified-Since: those guard a write, and dropping them would lose an update. */
const CONDITIONAL = ['if-none-match', 'if-modified-since', 'if-range', 'range'] as const;
/** Headers of the connection itself (RFC 9110, section 7.6.1). Naming them in Connection is normal. */
const NEVER_NAMED = new Set([
  'close',
  'keep-alive',
  'upgrade',
  'cookie',
  'host',
  'content-length',
  'content-type',
]);
const MAX_NAMED = 32;

export interface Outgoing {
  readonly target: RequestTarget;
  readonly variant: Variant;
  readonly facts: HeaderFacts;
  /** Hosts of the Weirs that the request came through, this one included. */
  readonly hop: string;
  readonly clientIp: string | null;
  /** Drops conditional and range headers: the visitor's cache may hold another variant's pages. */
  readonly dropConditional: boolean;
}

/** The request as the origin gets it. The body stays a stream; `redirect` is manual, as it came. */
export function outgoingRequest(request: Request, outgoing: Outgoing): Request {
  const { target, variant, facts } = outgoing;
  const result = new Request(variant.origin + target.path, request);
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
  for (const [name, value] of variant.headers) headers.set(name, value);
  return result;
}

/** Removes the headers that Connection names (RFC 9110, section 7.6.1), in requests and responses. */
export function deleteNamed(headers: Headers): void {
  const named = headers.get('connection') ?? '';
  if (named === 'keep-alive' || named === 'Keep-Alive' || named === 'close' || named === 'Upgrade') return;
  for (const part of named.split(',', MAX_NAMED)) {
    const name = part.trim().toLowerCase();
    // A client may not have its own cookies or the message's framing removed by naming them.
    if (name !== '' && !NEVER_NAMED.has(name) && /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
      headers.delete(name);
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
 * it belongs to is over.
 *
 * @param timeoutMs null waits for ever
 */
export function exchange(request: Request, timeoutMs: number | null): Promise<UpstreamResult> {
  return new Promise(resolve => {
    const timer = timeoutMs === null ? null : setTimeout(() => resolve({ kind: 'timeout' }), timeoutMs);
    fetch(request).then(
      response => {
        clearTimeout(timer);
        resolve({ kind: 'answer', response });
      },
      (error: unknown) => {
        clearTimeout(timer);
        console.warn(JSON.stringify({ message: 'no answer from the origin', error: String(error) }));
        resolve({ kind: 'connect' });
      },
    );
  });
}

/** An answer that Cloudflare made because the origin gave none; its page would name the origin. */
export function isMadeByCloudflare(response: Response): boolean {
  return response.status >= 520 && response.status <= 530 && response.headers.get('server') === 'cloudflare';
}
