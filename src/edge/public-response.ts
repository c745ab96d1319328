/**
 * The origin's response as the public may see it: no header of the connection, no name of the
 * origin. A response that needs no change is returned as it came, which keeps the runtime's
 * zero-copy path and the body's framing.
 */
import type { Variant } from '../core/rollout/compile.ts';
import { isProxyHeader } from './request-facts.ts';
import type { RequestTarget } from './request-target.ts';
import { deleteNamed, namesFields } from './upstream.ts';

export interface Additions {
  /** A Set-Cookie value to add if the response may carry one. */
  readonly cookie: string | undefined;
  readonly isNavigation: boolean;
  /** Value of x-weir-variant, if the document wants it shown. */
  readonly exposedVariant: string | undefined;
  /** Value of x-weir-reason, if it is to be told. */
  readonly reason: string | undefined;
}

export interface ResponseFacts {
  readonly isCached: boolean;
  readonly needsChange: boolean;
}

export const NOTHING_SEEN: ResponseFacts = { isCached: false, needsChange: false };

/** One pass over the names, as for requests. */
export function responseFacts(headers: Headers): ResponseFacts {
  let isCached = false;
  let needsChange = false;
  for (const name of headers.keys()) {
    switch (name.charCodeAt(0)) {
      case 0x61: // a; an origin's Alt-Svc (RFC 7838) would lead browsers past Weir
        if (name === 'alt-svc') needsChange = true;
        break;
      case 0x63: // c
        if (name === 'content-location') needsChange = true;
        // Nearly every origin says "keep-alive", which needs no change: the runtime sends its own.
        else if (name === 'connection') needsChange ||= namesFields(headers.get(name) ?? '');
        else if (name === 'cf-cache-status') isCached = isFromCache(headers.get(name));
        break;
      case 0x6c: // l
        if (name === 'location') needsChange = true;
        break;
      case 0x70: // p
        if (isProxyHeader(name)) needsChange = true;
        break;
      case 0x73: // s
        if (name === 'set-cookie') needsChange = true;
        break;
      case 0x78: // x
        if (name.startsWith('x-weir-')) needsChange = true;
        break;
    }
  }
  return { isCached, needsChange };
}

function isFromCache(status: string | null): boolean {
  return status === 'HIT' || status === 'STALE' || status === 'UPDATING' || status === 'REVALIDATED';
}

export function publicResponse(
  response: Response,
  facts: ResponseFacts,
  variant: Variant,
  target: RequestTarget,
  additions: Additions,
): Response {
  const mayCarryCookie =
    additions.cookie !== undefined &&
    (additions.isNavigation || !isShared(response.headers.get('cache-control')));
  const cookie = mayCarryCookie ? additions.cookie : undefined;
  const { exposedVariant, reason } = additions;
  const isPlain = cookie === undefined && exposedVariant === undefined && reason === undefined;
  if (isPlain && !facts.needsChange) return response;

  // `new Response` refuses a status beyond 599; such an answer goes on untouched.
  if (response.status > 599) return response;

  // A null-body status keeps no body; `new Response` also carries a WebSocket along.
  const result = new Response(response.body, response);
  if (facts.needsChange) clean(result.headers, variant, target);
  if (cookie !== undefined) {
    const cacheControl = result.headers.get('cache-control');
    if (isShared(cacheControl)) result.headers.set('cache-control', asPrivate(cacheControl ?? ''));
    result.headers.append('set-cookie', cookie);
  }
  if (exposedVariant !== undefined) result.headers.set('x-weir-variant', exposedVariant);
  if (reason !== undefined) result.headers.set('x-weir-reason', reason);
  return result;
}

function clean(headers: Headers, variant: Variant, target: RequestTarget): void {
  deleteNamed(headers);
  for (const name of [...headers.keys()]) {
    if (name === 'alt-svc' || isProxyHeader(name) || name.startsWith('x-weir-')) headers.delete(name);
  }
  // RFC 9110, sections 10.2.2 and 8.7
  for (const name of ['location', 'content-location']) {
    const value = headers.get(name);
    const rewritten = value === null ? null : publicUrl(value, variant, target);
    if (rewritten !== value && rewritten !== null) headers.set(name, rewritten);
  }
  rewriteCookieDomains(headers, variant, target);
}

/** Replaces the origin's scheme and host by the public ones; any other URL stays as it is, byte for byte. */
function publicUrl(value: string, variant: Variant, target: RequestTarget): string {
  const match = /^(https?:)?\/\/([^/?#\\]+)/i.exec(value.trim());
  if (match === null) return value;
  const scheme = (match[1] ?? 'http:').toLowerCase();
  const host = (match[2] ?? '').toLowerCase().replace(scheme === 'https:' ? /:443$/ : /:80$/, '');
  if (host !== variant.originHost) return value;
  const rest = value.trim().slice(match[0].length);
  const prefix = match[1] === undefined ? '' : target.isHttps ? 'https:' : 'http:';
  return `${prefix}//${target.authority}${rest}`;
}

/** RFC 6265bis, section 5.6.3: a Domain that names the origin would make the browser drop the cookie. */
function rewriteCookieDomains(headers: Headers, variant: Variant, target: RequestTarget): void {
  const cookies = headers.getSetCookie();
  const originName = variant.originHost.replace(/:\d+$/, '');
  const publicName = target.authority.replace(/:\d+$/, '');
  const rewritten = cookies.map(cookie =>
    cookie.replace(/(;\s*domain\s*=\s*)\.?([^;\s]+)/gi, (whole, lead: string, domain: string) =>
      domain.toLowerCase() === originName ? lead + publicName : whole,
    ),
  );
  if (rewritten.every((cookie, i) => cookie === cookies[i])) return;
  headers.delete('set-cookie');
  for (const cookie of rewritten) headers.append('set-cookie', cookie);
}

/** Whether a shared cache may store the response (RFC 9111, section 5.2.2) or a browser for good (RFC 8246). */
function isShared(cacheControl: string | null): boolean {
  return cacheControl !== null && /(?:^|[\s,])(?:public|s-maxage|immutable)\b/i.test(cacheControl);
}

function asPrivate(cacheControl: string): string {
  const kept = cacheControl.split(',').map(part => part.trim());
  return [
    'private',
    ...kept.filter(part => !/^(?:public|private|s-maxage\b.*)$/i.test(part) && part !== ''),
  ].join(', ');
}
