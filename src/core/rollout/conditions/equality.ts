/** `equals`, also written as a bare value or list: the attribute is any of these. */
import { quote } from '../problem.ts';
import { isWithinAny, parseNetwork } from './address.ts';
import type { Attribute } from './attributes.ts';
import type { Check, Operand } from './operators.ts';

export const MAX_VALUES = 1000;
/** One look at one value, the longest that it may take. */
const EQUAL_NS = 200;
const RANGE_NS = 50;
/** RFC 4647, section 2.1: a basic language range. */
const LANGUAGE_RANGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;

const STATUS_CLASS = /^[1-5]xx$/;

export function equality(given: Operand): Check | undefined {
  const { attribute, operand, report } = given;
  const isList = Array.isArray(operand);
  const values: readonly unknown[] = isList ? operand : [operand];
  if (values.length === 0 || values.length > MAX_VALUES) {
    report([], `expected 1 to ${MAX_VALUES} values, got ${values.length}`);
    return undefined;
  }
  const problems = values.map(value => problemOf(attribute, value, given.ignoreCase));
  problems.forEach((problem, position) => {
    if (problem !== undefined) report(isList ? [position] : [], problem);
  });
  const isGoneThrough = attribute.kind === 'address' || attribute.kind === 'language';
  given.spend(EQUAL_NS + (isGoneThrough ? RANGE_NS * values.length : 0));
  return problems.every(problem => problem === undefined)
    ? checkOf(attribute, values as readonly (string | number | boolean)[], given.ignoreCase)
    : undefined;
}

function problemOf(attribute: Attribute, value: unknown, ignoreCase: boolean): string | undefined {
  const wanted = (expected: string): string => `expected ${expected}, got ${quote(value)}`;
  switch (attribute.kind) {
    case 'free':
    case 'context':
      return ['string', 'number', 'boolean'].includes(typeof value)
        ? undefined
        : wanted('text or a list of texts');
    case 'text': {
      if (typeof value !== 'string') return wanted('text or a list of texts');
      const { form } = attribute;
      return form === undefined || ignoreCase || form.valid.test(value) ? undefined : wanted(form.expected);
    }
    case 'name':
      if (typeof value !== 'string') return wanted('a name or a list of names');
      if (attribute.known?.includes(ignoreCase ? value.toLowerCase() : value) === false)
        return wanted(`one of: ${attribute.known.join(', ')}`);
      return ignoreCase || value === value.toLowerCase() ? undefined : wanted('a name in lower case');
    case 'language':
      return typeof value === 'string' && LANGUAGE_RANGE.test(value)
        ? undefined
        : wanted('a language like "mi" or "de-CH"');
    case 'address':
      return typeof value === 'string' && !value.includes('/') && parseNetwork(value) !== undefined
        ? undefined
        : wanted('an address; a network goes into {"cidr": …}');
    case 'number':
      return typeof value === 'number' && value >= 0 ? undefined : wanted('a number or a list of numbers');
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wanted('true or false');
    case 'status':
      return (typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599) ||
        (typeof value === 'string' && STATUS_CLASS.test(value))
        ? undefined
        : wanted('a status like 200 or a class of them like "2xx"');
    case 'time':
      return 'expected {"after": …} or {"before": …}: no moment is exactly now';
  }
}

function checkOf(
  attribute: Attribute,
  values: readonly (string | number | boolean)[],
  ignoreCase: boolean,
): Check {
  if (attribute.kind === 'address') {
    const networks = values
      .map(value => parseNetwork(String(value)))
      .filter(network => network !== undefined);
    return value => typeof value === 'string' && isWithinAny(value, networks);
  }
  if (attribute.kind === 'language') {
    // RFC 4647, section 3.3.1: "de" also matches "de-CH"; tags ignore case.
    const ranges = values.map(value => String(value).toLowerCase());
    return value => typeof value === 'string' && isInRanges(value, ranges);
  }
  if (attribute.kind === 'status') {
    const statuses = new Set(values);
    return status => statuses.has(status) || statuses.has(`${Math.floor(Number(status) / 100)}xx`);
  }
  // What was sent as text may be a number in the document, and in an app's context the other way round.
  const isText = attribute.kind === 'free' || attribute.kind === 'context';
  const wanted = values.map(value => (isText ? String(value) : value));
  if (ignoreCase) {
    const lowerCase = new Set(wanted.map(value => String(value).toLowerCase()));
    const longest = Math.max(...[...lowerCase].map(value => value.length));
    // A letter may become two (İ); none becomes more than three.
    return value => String(value).length <= 3 * longest && lowerCase.has(String(value).toLowerCase());
  }
  return anyOf(attribute.kind === 'context' ? wanted.flatMap(value => formsOf(String(value))) : wanted);
}

/** A text, and what an app may send for it instead: 42 for "42", true for "true". */
function formsOf(text: string): (string | number | boolean)[] {
  const others = [Number(text), true, false].filter(other => String(other) === text);
  return [text, ...others];
}

/** Up to three, which is what people write, go without a table. */
function anyOf(wanted: readonly (string | number | boolean)[]): Check {
  const [first, second, third] = wanted;
  switch (wanted.length) {
    case 1:
      return value => value === first;
    case 2:
      return value => value === first || value === second;
    case 3:
      return value => value === first || value === second || value === third;
  }
  const set = new Set(wanted);
  return value => set.has(value);
}

function isInRanges(tag: string, ranges: readonly string[]): boolean {
  for (const range of ranges) if (isInRange(tag, range)) return true;
  return false;
}

/** Letter by letter: a tag in lower case would be garbage for each rule. @param range in lower case */
function isInRange(tag: string, range: string): boolean {
  const { length } = range;
  if (tag.length < length || (tag.length > length && tag.charCodeAt(length) !== HYPHEN)) return false;
  for (let i = 0; i < length; i++) {
    const code = tag.charCodeAt(i);
    const isCapital = code >= 0x41 && code <= 0x5a;
    if ((isCapital ? code + 0x20 : code) !== range.charCodeAt(i)) return false;
  }
  return true;
}

const HYPHEN = 0x2d;
