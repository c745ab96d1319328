/**
 * What the proxy needs to know of a request's headers, in one pass over their names: asking for
 * each header by itself costs as much and can't find `Proxy-*` or `x-weir-*`.
 */
import { isBot } from './bots.ts';

export interface HeaderFacts {
  readonly hasCookie: boolean;
  readonly hasConnection: boolean;
  readonly hasHop: boolean;
  /** Asks for another protocol, like WebSocket. */
  readonly hasUpgrade: boolean;
  /** Conditional or range headers, which must not cross from one variant to another. */
  readonly isConditional: boolean;
  /** May say that it is a prefetch. */
  readonly hasPurpose: boolean;
  /** Whether the message's framing says that a body comes; undefined if it says nothing. */
  readonly hasBody: boolean | undefined;
  /** Names that must not reach an origin: `Proxy-*`, `Expect` and whatever a client sent as `x-weir-*`. */
  readonly unwanted: readonly string[] | undefined;
}

export function headerFacts(headers: Headers): HeaderFacts {
  let hasCookie = false;
  let hasConnection = false;
  let hasHop = false;
  let hasUpgrade = false;
  let isConditional = false;
  let hasPurpose = false;
  let hasBody: boolean | undefined;
  let unwanted: string[] | undefined;
  for (const name of headers.keys()) {
    switch (name.charCodeAt(0)) {
      case 0x63: // c
        if (name === 'cookie') hasCookie = true;
        else if (name === 'connection') hasConnection = true;
        else if (name === 'content-length') hasBody = headers.get(name) !== '0';
        break;
      // e; RFC 9110, section 10.1.1. The runtime takes an origin's "100 Continue" for its answer.
      case 0x65:
        if (name === 'expect') (unwanted ??= []).push(name);
        break;
      case 0x69: // i
        if (name.startsWith('if-')) isConditional = true;
        break;
      case 0x70: // p; RFC 9110, section 11.7, and "Proxy", which CGI would take for HTTP_PROXY
        if (isProxyHeader(name)) (unwanted ??= []).push(name);
        else if (name === 'purpose') hasPurpose = true;
        break;
      case 0x72: // r
        if (name === 'range') isConditional = true;
        break;
      case 0x73: // s
        if (name === 'sec-purpose') hasPurpose = true;
        break;
      case 0x74: // t
        if (name === 'transfer-encoding') hasBody = true;
        break;
      case 0x75: // u
        if (name === 'upgrade') hasUpgrade = true;
        break;
      case 0x78: // x
        if (name === 'x-weir-hop') hasHop = true;
        else if (isWeirs(name)) (unwanted ??= []).push(name);
        else if (name === 'x-moz') hasPurpose = true;
        break;
    }
  }
  return { hasCookie, hasConnection, hasHop, hasUpgrade, isConditional, hasPurpose, hasBody, unwanted };
}

/** Also as `x_weir_flags`: to CGI and its heirs (RFC 3875, section 4.1.18) that is the same name. */
function isWeirs(name: string): boolean {
  return name.startsWith('weir', 2) && isJoint(name.charCodeAt(1)) && isJoint(name.charCodeAt(6));
}

function isJoint(code: number): boolean {
  return code === 0x2d || code === 0x5f;
}

/** `Proxy-Status` (RFC 9209) is made to be passed on; all others of that name end at a proxy. */
export function isProxyHeader(name: string): boolean {
  return name === 'proxy' || (name.startsWith('proxy-') && name !== 'proxy-status');
}

/**
 * Requests that nobody looks at: without a cookie they get stable and no cookie.
 * @param hasPurpose as {@link headerFacts} found it: three headers less to be asked for
 */
export function isUnattended(request: Request, hasPurpose = true): boolean {
  return isAhead(request, hasPurpose) || isBot(request.headers.get('user-agent'));
}

/** A preflight or a prefetch: nobody looks yet. @param hasPurpose as for {@link isUnattended} */
export function isAhead({ method, headers }: Request, hasPurpose: boolean): boolean {
  if (method === 'OPTIONS' && headers.has('access-control-request-method')) return true;
  if (!hasPurpose) return false;
  const purpose = headers.get('sec-purpose') ?? headers.get('purpose') ?? headers.get('x-moz');
  return purpose?.includes('prefetch') === true;
}

/** A page load: the one kind of request whose answer always carries the cookie. */
export function isNavigation(headers: Headers): boolean {
  const destination = headers.get('sec-fetch-dest');
  if (destination !== null) return destination === 'document';
  if (headers.has('sec-fetch-mode') || headers.has('sec-fetch-site')) return false;
  return headers.get('accept')?.includes('text/html') ?? false;
}
