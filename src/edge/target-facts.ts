/** Host, path and query of a request's target in the one spelling that conditions compare. */
import type { RequestTarget } from './request-target.ts';

/** Lower case, without port and without the root's dot; an IPv6 address keeps its brackets. */
export function hostOf({ authority }: RequestTarget): string {
  const colon = authority.lastIndexOf(':');
  const host = colon > authority.lastIndexOf(']') ? authority.slice(0, colon) : authority;
  return (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase();
}

/** Encoded ALPHA, DIGIT, `-`, `.`, `_` and `~`: RFC 3986, section 2.3. */
const ENCODED_UNRESERVED = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/gi;

/**
 * Without the query. `/%61dmin` is `/admin` (RFC 3986, section 6.2.2.2), but `/a%2Fb` isn't `/a/b`:
 * to an origin those may be two things.
 */
export function pathOf({ path }: RequestTarget): string {
  const end = path.search(/[?#]/);
  const text = end < 0 ? path : path.slice(0, end);
  if (!text.includes('%')) return text;
  return text.replace(ENCODED_UNRESERVED, code => String.fromCharCode(parseInt(code.slice(1), 16)));
}

/** Without the `?` before it. */
export function queryOf({ path }: RequestTarget): string {
  const hash = path.indexOf('#');
  const text = hash < 0 ? path : path.slice(0, hash);
  const start = text.indexOf('?');
  return start < 0 ? '' : text.slice(start + 1);
}
