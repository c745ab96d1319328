/**
 * The language a visitor wants most, from Accept-Language (RFC 9110, sections 12.5.4 and 12.4.2).
 * Whatever a client sends, this answers: a part that can't be read is as if it had not been sent.
 */

/** Browsers send five entries at most; beyond these limits someone is testing ours. */
const MAX_LENGTH = 1024;
const MAX_ENTRIES = 32;

/** @returns the tag with the highest weight, of equal ones the first; undefined if none is wanted */
export function preferredLanguage(header: string | null | undefined): string | undefined {
  if (header == null) return undefined;
  let best: string | undefined;
  let highest = 0;
  const text = whole(header);
  // Entry by entry: the first one of most headers is the answer, and the others needn't be cut out.
  for (let start = 0, n = 0; start <= text.length && n < MAX_ENTRIES; n++) {
    const comma = text.indexOf(',', start);
    const end = comma < 0 ? text.length : comma;
    const entry = text.slice(start, end);
    start = end + 1;
    const semicolon = entry.indexOf(';');
    const weight = semicolon < 0 ? 1 : weightOf(entry.slice(semicolon + 1));
    if (weight <= highest) continue;
    const tag = normalTag((semicolon < 0 ? entry : entry.slice(0, semicolon)).trim());
    if (tag === undefined) continue;
    if (weight === 1) return tag;
    best = tag;
    highest = weight;
  }
  return best;
}

/** The last entry of a header that is cut would read as something that nobody sent. */
function whole(header: string): string {
  if (header.length <= MAX_LENGTH) return header;
  return header.slice(0, header.lastIndexOf(',', MAX_LENGTH) + 1);
}

const WEIGHT = /^[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*$/i;

/** @returns 0 ("not wanted") for what is no weight */
function weightOf(parameter: string): number {
  const match = WEIGHT.exec(parameter);
  return match === null ? 0 : Number(match[1]);
}

/** RFC 5646, section 2.1: a language, script, region, variants, extensions and private use. */
const LANGUAGE_TAG = new RegExp(
  '^(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})' +
    '(?:-[a-z]{4})?' +
    '(?:-(?:[a-z]{2}|\\d{3}))?' +
    '(?:-(?:[a-z\\d]{5,8}|\\d[a-z\\d]{3}))*' +
    '(?:-[a-wyz\\d](?:-[a-z\\d]{2,8})+)*' +
    '(?:-x(?:-[a-z\\d]{1,8})+)?$',
  'i',
);
/** Private use as a whole, and tags from before that grammar (`i-klingon`, `sgn-BE-FR`, `en-GB-oed`). */
const OTHER_TAG = /^(?:[xi](?:-[a-z\d]{1,8})+|sgn-(?:be-fr|be-nl|ch-de)|en-gb-oed)$/i;

/**
 * As RFC 5646, section 2.1.1 writes tags: lower case, but two letters in capitals and four with one,
 * unless they come first or after a single character.
 *
 * @returns undefined for what is no tag, `*` included
 */
function normalTag(text: string): string | undefined {
  if (isPlain(text)) return text;
  if (!LANGUAGE_TAG.test(text) && !OTHER_TAG.test(text)) return undefined;
  const subtags = text.toLowerCase().split('-');
  let normal = subtags[0]!;
  let isAfterSingleton = normal.length === 1;
  for (const subtag of subtags.slice(1)) {
    isAfterSingleton ||= subtag.length === 1;
    normal += `-${isAfterSingleton ? subtag : inItsCase(subtag)}`;
  }
  return normal;
}

/** `en` and `en-GB` as browsers write them, which is most of all tags there are. */
function isPlain(text: string): boolean {
  if (!isLower(text.charCodeAt(0)) || !isLower(text.charCodeAt(1))) return false;
  if (text.length === 2) return true;
  return (
    text.length === 5 &&
    text.charCodeAt(2) === 0x2d &&
    isUpper(text.charCodeAt(3)) &&
    isUpper(text.charCodeAt(4))
  );
}

function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

function inItsCase(subtag: string): string {
  if (subtag.length === 2) return subtag.toUpperCase();
  return subtag.length === 4 ? subtag.charAt(0).toUpperCase() + subtag.slice(1) : subtag;
}
