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
 * read as such after decoding it, merging slashes, dropping `;` parameters or ignoring case: it
 * belongs to nobody and is answered 404.
 */
export function claimOf(path: string): Claim {
  if (!canBeOurs(path)) return 'origin';
  if (isUnder(path)) return 'weir';
  return isReadAsOurs(path) ? 'disguised' : 'origin';
}

/**
 * Every spelling of `/__weir` has one of `_ % / . ;` after its first slash, or dots that a decoding
 * origin would resolve and the platform did not: the rest is told by two cheap looks.
 */
function canBeOurs(path: string): boolean {
  switch (path.charCodeAt(1)) {
    case 0x5f: // _
    case 0x25: // %
    case 0x2f: // /
    case 0x2e: // .
    case 0x3b: // ;
      return true;
    default:
      return (path.includes('..') || path.includes('%2')) && HIDDEN_DOTS.test(path);
  }
}

/** Dots beside an encoded slash or a parameter (`..%2f`, `..;`), encoded dots, anything encoded twice. */
const HIDDEN_DOTS = /\.\.|%2[e5]/i;

function isUnder(path: string): boolean {
  if (!path.startsWith(RESERVED)) return false;
  const next = path.charAt(RESERVED.length);
  return next === '' || next === '/' || next === '?' || next === '#';
}

/** `/__weirdo`, `/__weir-x` and `/__weir.html` are an origin's own; after anything else the name has ended. */
const READ_AS_OURS = /^\/__weir(?![\w.~-])/i;
/** How often one path is decoded: every layer between here and the origin's files may do it once more. */
const DECODINGS = 4;

/** Whether the path, decoded, without parameters and with slashes merged, starts with `/__weir`. */
function isReadAsOurs(path: string): boolean {
  let text = path.split(/[?#]/, 1)[0] ?? '';
  for (let round = 0; round < DECODINGS && text.includes('%'); round++) {
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  }
  // Some read `/..;a=b/` as `/../` (servlet path parameters). Dots are resolved after all that, and a
  // decoded `?` is a character of the path like any other.
  text = text
    .replace(/;[^\\/]*/g, '')
    .replace(/[\\/]+/g, '/')
    .replace(/[?#]/g, encodeURIComponent);
  return READ_AS_OURS.test(new URL(`http://x${text}`).pathname);
}
