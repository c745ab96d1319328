/**
 * The parameter `weir` in a path with its query: found, added and removed without touching any other
 * byte, because an origin may sign or cache by the query as it is spelt.
 *
 * A query is read as forms are (WHATWG URL, section 5.1): parameters between `&`, a name up to the
 * first `=`, percent-decoded once.
 */

const NAME = 'weir';
/** What a link says instead of a token to end an override; it grants nothing, so nobody signs it. */
export const OFF = 'off';
/** One of its letters, encoded: without that and without the name as it is there is no such parameter. */
const ENCODED_LETTER = /%(?:77|65|69|72)/;
const MAX_PATH = 2048;

/** Whether a closer look is worth it. Cheap: asked on every request. */
export function mayHoldOverride(path: string): boolean {
  const query = path.indexOf('?');
  if (query < 0) return false;
  if (path.includes(NAME, query)) return true;
  return path.includes('%', query) && ENCODED_LETTER.test(path);
}

/** @returns the value of the first `weir` parameter, decoded; undefined without one */
export function overrideValue(path: string): string | undefined {
  if (!mayHoldOverride(path)) return undefined;
  const parameter = partsOf(path).parameters?.find(isOverride);
  if (parameter === undefined) return undefined;
  const equals = parameter.indexOf('=');
  return equals < 0 ? '' : decoded(parameter.slice(equals + 1));
}

/** The path without any `weir` parameter, and without the `?` that nothing is left to follow. */
export function withoutOverride(path: string): string {
  if (!mayHoldOverride(path)) return path;
  const { before, parameters, fragment } = partsOf(path);
  if (parameters === undefined || !parameters.some(isOverride)) return path;
  const kept = parameters.filter(parameter => !isOverride(parameter));
  return before + (kept.length === 0 ? '' : `?${kept.join('&')}`) + fragment;
}

/** The path with that parameter as its last; {@link withoutOverride} gives back what there was. */
export function withOverride(path: string, value: string): string {
  const { before, parameters, fragment } = partsOf(path);
  const query = [...(parameters ?? []), `${NAME}=${value}`].join('&');
  return `${before}?${query}${fragment}`;
}

/** @returns what is wrong with a path that a link is asked for; undefined if it can have one */
export function linkPathProblem(path: string): string | undefined {
  if (!path.startsWith('/') || path.startsWith('//')) return 'expected a path that starts with one "/"';
  if (path.length > MAX_PATH) return `expected at most ${MAX_PATH} characters`;
  // Browsers drop some of these and take `\` for `/`: the link would lead elsewhere.
  if (!/^[\x21-\x5b\x5d-\x7e]*$/.test(path))
    return 'expected visible ASCII characters other than "\\"; percent-encode any other';
  if (overrideValue(path) !== undefined)
    return 'expected no parameter "weir" in it: that is what the link adds';
  return undefined;
}

interface Parts {
  readonly before: string;
  /** undefined without a `?` */
  readonly parameters: readonly string[] | undefined;
  /** With its `#`: a browser keeps it over the redirect to the clean path (RFC 9110, section 10.2.2). */
  readonly fragment: string;
}

function partsOf(path: string): Parts {
  const hash = path.indexOf('#');
  const end = hash < 0 ? path.length : hash;
  const fragment = path.slice(end);
  const question = path.indexOf('?');
  if (question < 0 || question > end) return { before: path.slice(0, end), parameters: undefined, fragment };
  return {
    before: path.slice(0, question),
    parameters: path.slice(question + 1, end).split('&'),
    fragment,
  };
}

function isOverride(parameter: string): boolean {
  const equals = parameter.indexOf('=');
  const name = equals < 0 ? parameter : parameter.slice(0, equals);
  return name === NAME || (name.includes('%') && decoded(name) === NAME);
}

/** Only ASCII means anything here, so bytes need no UTF-8 decoding, which could fail. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
