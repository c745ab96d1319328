/**
 * Where a request goes, read off its URL without parsing it: the hot path has no `URL`.
 *
 * `fetch` resolves dot segments, encoded ones too, and takes `\` for `/` (WHATWG URL, section 4.4).
 * Routing must see the path as the origin will, so such a path, and only such a path, is parsed.
 */

const RESERVED = '/__weir';

export interface RequestTarget {
  readonly isHttps: boolean;
  /** Host and port as the client spelt them. */
  readonly authority: string;
  /** Path and query as they go to the origin. */
  readonly path: string;
}

export function targetOf(url: string): RequestTarget {
  const start = url.indexOf('//') + 2;
  const slash = url.indexOf('/', start);
  const isHttps = url.charCodeAt(4) === 0x73;
  if (slash < 0) return { isHttps, authority: url.slice(start), path: '/' };
  const path = url.slice(slash);
  return { isHttps, authority: url.slice(start, slash), path: needsParsing(path) ? resolved(url) : path };
}

function needsParsing(path: string): boolean {
  return path.includes('/.') || path.includes('\\') || path.includes('%2e') || path.includes('%2E');
}

function resolved(url: string): string {
  const parsed = new URL(url);
  return parsed.pathname + parsed.search;
}

export type Claim = 'origin' | 'weir' | 'disguised';

/**
 * Whose path this is. `disguised` is a spelling of `/__weir` that isn't ours but that an origin could
 * read as such after decoding it or merging slashes: it belongs to nobody and is answered 404.
 */
export function claimOf(path: string): Claim {
  // Every spelling of "/__weir" starts with one of / _ % after the first slash: the rest is the origin's.
  const second = path.charCodeAt(1);
  if (second !== 0x5f && second !== 0x25 && second !== 0x2f) return 'origin';
  if (isUnder(path)) return 'weir';
  return isUnder(decoded(path)) ? 'disguised' : 'origin';
}

function isUnder(path: string): boolean {
  if (!path.startsWith(RESERVED)) return false;
  const next = path.charAt(RESERVED.length);
  return next === '' || next === '/' || next === '?' || next === '#';
}

/** The path part with escapes decoded (as often as it takes) and slashes merged. */
function decoded(path: string): string {
  let text = path.split(/[?#]/, 1)[0] ?? '';
  for (let round = 0; round < 4 && text.includes('%'); round++) {
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  }
  // An origin that decodes resolves dot segments after that, too.
  return new URL(`http://x${text.replace(/[\\/]+/g, '/')}`).pathname;
}
