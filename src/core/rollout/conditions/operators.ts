/** The matchers of the Contract: for which kinds of attribute each makes sense, and what it checks. */
import { quote } from '../problem.ts';
import { isWithinAny, parseNetwork, type Network } from './address.ts';
import type { Attribute } from './attributes.ts';
import { MAX_PATTERNS } from './compilation.ts';
import { equality, MAX_VALUES } from './equality.ts';
import type { Report } from './matchers.ts';
import { compilePattern } from './pattern.ts';
import { parseTimestamp } from './timestamp.ts';
import { parseRange } from './version.ts';

type Value = string | number | boolean;
/** A test of a value that is there. */
export type Check = (value: Value) => boolean;

export interface Operand {
  readonly attribute: Attribute;
  readonly operand: unknown;
  readonly ignoreCase: boolean;
  readonly report: Report;
  /** Told the longest that the check may take, in nanoseconds. */
  readonly spend: (ns: number) => void;
  /** @returns false if the document has all the patterns that it may have */
  readonly takePattern: () => boolean;
}

/** Longest times of one check in nanoseconds, measured with the longest text that it looks at, and rounded up. */
const WORST_NS = {
  text: 50,
  contains: 5000,
  number: 200,
  time: 500,
  network: 20,
  version: 1000,
  comparison: 200,
};
/** `contains` looks at no more: what is found there is found in the whole. */
const MAX_SEARCHED = 1024;
const MAX_PART = 256;

/** @returns undefined after a report: the document is refused anyway */
type Compile = (operand: Operand) => Check | undefined;

const TEXTS: readonly Attribute['kind'][] = ['free', 'context', 'text', 'name', 'language'];

export const OPERATORS = {
  equals: equality,
  startsWith: ofTexts(part => {
    // Most paths differ from it in its last character, most others are too short to have one there.
    const end = part.length - 1;
    const last = part.charCodeAt(end);
    return text => typeof text === 'string' && text.charCodeAt(end) === last && text.startsWith(part);
  }),
  endsWith: ofTexts(part => text => typeof text === 'string' && text.endsWith(part)),
  contains: ofTexts(
    part => text => typeof text === 'string' && searched(text).includes(part),
    WORST_NS.contains,
    searched,
  ),
  matches: ofKinds(TEXTS, given =>
    anyOf(given, 'a regular expression', pattern => {
      if (!given.takePattern()) return `more than the ${MAX_PATTERNS} patterns that a document may have`;
      const compiled = compilePattern(pattern, given.ignoreCase);
      if (!compiled.ok) return compiled.error;
      given.spend(compiled.value.worstNs);
      return textCheck(compiled.value.isIn);
    }),
  ),
  gt: ofNumbers((value, bound) => value > bound),
  gte: ofNumbers((value, bound) => value >= bound),
  lt: ofNumbers((value, bound) => value < bound),
  lte: ofNumbers((value, bound) => value <= bound),
  semver: ofKinds(['free', 'context'], ({ operand, report, spend }) => {
    const range = typeof operand === 'string' ? parseRange(operand) : undefined;
    if (range === undefined) {
      report([], `expected a range of versions like ">=2.1.0 <3", got ${quote(operand)}`);
      return undefined;
    }
    spend(WORST_NS.version + range.comparisons * WORST_NS.comparison);
    return textCheck(range.holds);
  }),
  cidr: ofKinds(['address', 'free', 'context'], given => {
    const networks: Network[] = [];
    const isAny = textCheck(value => isWithinAny(value, networks));
    return anyOf(given, 'a network like "10.0.0.0/8"', text => {
      const network = parseNetwork(text.trim());
      if (network === undefined) return `expected a network like "10.0.0.0/8", got ${quote(text)}`;
      networks.push(network);
      given.spend(WORST_NS.network);
      return isAny;
    });
  }),
  after: ofTimes((time, bound) => time >= bound),
  before: ofTimes((time, bound) => time < bound),
} satisfies Record<string, Compile>;

export type Operator = keyof typeof OPERATORS;

function ofKinds(kinds: readonly Attribute['kind'][], compile: Compile): Compile {
  return given => {
    if (kinds.includes(given.attribute.kind)) return compile(given);
    given.report([], `this matcher does not fit: ${DESCRIPTIONS[given.attribute.kind]}`);
    return undefined;
  };
}

const DESCRIPTIONS: Readonly<Record<Attribute['kind'], string>> = {
  free: 'the attribute is text',
  context: 'the attribute is what an app sends',
  text: 'the attribute is text',
  name: 'the attribute is a name',
  language: 'the attribute is a language tag',
  address: 'the attribute is an address; match it with a value or "cidr"',
  number: 'the attribute is a number; match it with a value, "gt", "gte", "lt" or "lte"',
  boolean: 'the attribute is true or false',
  status: 'the attribute is a status; match it with a value like 200 or "2xx", "gt", "gte", "lt" or "lte"',
  time: 'the attribute is the time; match it with "after" and "before"',
};

function textCheck(check: (text: string) => boolean): Check {
  return value => typeof value === 'string' && check(value);
}

/** One text or a list of them, any of which may hold. @param compile a check, or what was wrong */
function anyOf(
  { operand, report }: Operand,
  expected: string,
  compile: (text: string) => Check | string,
): Check | undefined {
  const isList = Array.isArray(operand);
  const texts: readonly unknown[] = isList ? operand : [operand];
  if (texts.length === 0 || texts.length > MAX_VALUES) {
    report([], `expected 1 to ${MAX_VALUES} values, got ${texts.length}`);
    return undefined;
  }
  const checks = new Set<Check>();
  texts.forEach((text, position) => {
    const check =
      typeof text === 'string' && text !== '' ? compile(text) : `expected ${expected}, got ${quote(text)}`;
    if (typeof check === 'string') report(isList ? [position] : [], check);
    else checks.add(check);
  });
  return firstOf([...checks]);
}

/** Loops instead of `some`: on the hot path a closure for each call is garbage. */
function firstOf(checks: readonly Check[]): Check | undefined {
  const [first, second] = checks;
  if (second === undefined) return first;
  if (first !== undefined && checks.length === 2) return value => first(value) || second(value);
  return value => {
    for (const check of checks) if (check(value)) return true;
    return false;
  };
}

/**
 * @param make a check of text, in one function: each rule that a visitor doesn't match calls it
 * @param worstNs the longest that the check may take
 * @param looked what of a text the check looks at: no more is put into lower case
 */
function ofTexts(make: (part: string) => Check, worstNs = WORST_NS.text, looked = ends): Compile {
  return ofKinds(TEXTS, given =>
    anyOf(given, 'text', part => {
      if (part.length > MAX_PART) return `expected at most ${MAX_PART} characters`;
      given.spend(given.ignoreCase ? worstNs + WORST_NS.contains : worstNs);
      if (!given.ignoreCase) return make(part);
      const check = make(part.toLowerCase());
      return textCheck(text => check(looked(text).toLowerCase()));
    }),
  );
}

/** Beginning and end of a long text. Only for checks of these: across the seam stands what isn't there. */
function ends(text: string): string {
  return text.length > MAX_SEARCHED ? text.slice(0, MAX_SEARCHED - MAX_PART) + text.slice(-MAX_PART) : text;
}

function searched(text: string): string {
  return text.length > MAX_SEARCHED ? text.slice(0, MAX_SEARCHED) : text;
}

const NUMBER = /^[+-]?\d{1,15}(?:\.\d{1,15})?$/;

/** Numbers, and text that is nothing but a decimal number. */
function ofNumbers(holds: (value: number, bound: number) => boolean): Compile {
  return ofKinds(['number', 'status', 'free', 'context'], ({ operand, report, spend }) => {
    spend(WORST_NS.number);
    if (typeof operand !== 'number') {
      report([], `expected a number, got ${quote(operand)}`);
      return undefined;
    }
    return value => {
      if (typeof value === 'number') return holds(value, operand);
      return typeof value === 'string' && NUMBER.test(value) && holds(Number(value), operand);
    };
  });
}

function ofTimes(holds: (time: number, bound: number) => boolean): Compile {
  return ofKinds(['time', 'free', 'context'], ({ operand, report, spend }) => {
    spend(WORST_NS.time);
    const bound = typeof operand === 'string' ? parseTimestamp(operand) : undefined;
    if (bound === undefined) {
      report([], `expected a time like "2026-12-24T18:00:00+13:00" (RFC 3339), got ${quote(operand)}`);
      return undefined;
    }
    return value => {
      const time = typeof value === 'string' ? parseTimestamp(value) : value;
      return typeof time === 'number' && holds(time, bound);
    };
  });
}
