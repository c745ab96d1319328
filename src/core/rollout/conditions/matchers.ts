/**
 * From a matcher's JSON to a test of one attribute. Everything that can be wrong is found here, once;
 * the test itself allocates nothing and can't fail.
 */
import type { Attribute } from './attributes.ts';
import { isContextValue, type Facts } from './facts.ts';
import { quote } from '../problem.ts';
import { OPERATORS, type Check, type Operand, type Operator } from './operators.ts';

/** A compiled condition, or a part of one. */
export type Test = (facts: Facts) => boolean;

export const never: Test = () => false;

/** Where problems go: the position inside the matcher and what was expected. */
export type Report = (path: readonly PropertyKey[], message: string) => void;

/** What a matcher is compiled for. */
export type Given = Pick<Operand, 'attribute' | 'ignoreCase' | 'report' | 'spend' | 'takePattern'>;

/** `ignoreCase` is that of the condition around it; the matcher may set its own. */
export function compileMatcher(matcher: unknown, of: Given): Test {
  const { attribute, report } = of;
  const isListed = attribute.kind === 'context' && !hasPattern(matcher);
  const given = isListed ? { ...of, spend: (ns: number) => of.spend(ns * MAX_LIST) } : of;
  if (typeof matcher !== 'object' || matcher === null || Array.isArray(matcher)) {
    const check = OPERATORS.equals({ ...given, operand: matcher });
    return check === undefined ? never : present(attribute, check, isListed);
  }
  const { ignoreCase = given.ignoreCase, exists, ...operators } = matcher as Record<string, unknown>;
  if (typeof ignoreCase !== 'boolean')
    report(['ignoreCase'], `expected true or false, got ${quote(ignoreCase)}`);
  if (exists !== undefined && typeof exists !== 'boolean')
    report(['exists'], `expected true or false, got ${quote(exists)}`);
  const names = Object.keys(operators);
  if (names.length === 0 && exists === undefined)
    report([], 'expected a value, a list of values or a matcher like {"startsWith": "/a"}');
  if (exists === false) {
    if (names.length > 0) report([], 'an absent attribute matches nothing else beside {"exists": false}');
    return absent(attribute);
  }
  const checks: Check[] = [];
  for (const name of names) {
    if (!isOperator(name)) {
      report([name], `no such matcher; expected one of: ${[...MATCHERS].join(', ')}`);
      continue;
    }
    const check = OPERATORS[name]({
      ...given,
      operand: operators[name],
      ignoreCase: ignoreCase === true,
      report: (at, message) => report([name, ...at], message),
    });
    if (check !== undefined) checks.push(check);
  }
  return present(attribute, allOf(checks), isListed);
}

export const MATCHERS: readonly string[] = [...Object.keys(OPERATORS), 'exists'];

function isOperator(name: string): name is Operator {
  return Object.hasOwn(OPERATORS, name);
}

function allOf(checks: readonly Check[]): Check {
  const [first] = checks;
  if (first !== undefined && checks.length === 1) return first;
  return value => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };
}

/** An absent attribute matches nothing. */
function present(attribute: Attribute, check: Check, isListed = true): Test {
  if (attribute.kind === 'context') {
    const { name } = attribute;
    return facts => {
      const value = facts.context(name);
      if (value === undefined) return false;
      return typeof value === 'object' ? isListed && anyOfList(value, check) : check(value);
    };
  }
  const { read } = attribute;
  const or = attribute.kind === 'text' ? attribute.or : undefined;
  const test: Test = facts => {
    const value = read(facts);
    return value !== undefined && check(value);
  };
  if (or === undefined) return test;
  return facts => {
    if (test(facts)) return true;
    const value = or(facts);
    return value !== undefined && check(value);
  };
}

/** No more of a list is looked at: apps send what they like, and it must not cost others' time. */
const MAX_LIST = 16;

/** A pattern takes too long to be matched with a whole list: it holds for text alone. */
function hasPattern(matcher: unknown): boolean {
  return typeof matcher === 'object' && matcher !== null && Object.hasOwn(matcher, 'matches');
}

function anyOfList(values: readonly unknown[], check: Check): boolean {
  const length = Math.min(values.length, MAX_LIST);
  for (let i = 0; i < length; i++) {
    const value = values[i];
    if (isContextValue(value) && check(value)) return true;
  }
  return false;
}

function absent(attribute: Attribute): Test {
  const isThere = present(attribute, () => true);
  return facts => !isThere(facts);
}
