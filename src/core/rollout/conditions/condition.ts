/**
 * Conditions: `{ "<attribute>": <matcher>, … }`, all of which must hold, combined by `any`, `all`,
 * `not` and `segment`. Compiled once per document into closures.
 */
import { jsonPath, quote } from '../problem.ts';
import { attributeOf, FIXED_ATTRIBUTES, KEYED_ATTRIBUTES, type Scope } from './attributes.ts';
import type { Compilation } from './compilation.ts';
import { compileMatcher, never, type Test } from './matchers.ts';

type Path = readonly PropertyKey[];

/** Deep enough for people, and no danger to the stack. Segments count where they are used. */
export const MAX_DEPTH = 32;
const MAX_PARTS = 1000;

/** @param ignoreCase of the condition around it */
export function compileCondition(
  json: unknown,
  path: Path,
  compilation: Compilation,
  ignoreCase = false,
  depth = 0,
): Test {
  if (compilation.isGivenUp) return never;
  const report = (at: Path, message: string): Test => {
    compilation.problems.push({ path: jsonPath([...path, ...at]), message });
    return never;
  };
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return report([], `expected a condition like {"country": "NZ"}, got ${quote(json)}`);
  if (depth > MAX_DEPTH) return report([], `nested deeper than ${MAX_DEPTH}`);
  compilation.reached(depth);
  const { ignoreCase: own = ignoreCase, ...parts } = json as Record<string, unknown>;
  if (typeof own !== 'boolean') return report(['ignoreCase'], `expected true or false, got ${quote(own)}`);

  const inner = (part: unknown, at: Path): Test =>
    compileCondition(part, [...path, ...at], compilation, own, depth + 1);
  const list = (value: unknown, name: string): Test[] => {
    if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PARTS) {
      report([name], `expected a list of 1 to ${MAX_PARTS} conditions`);
      return [];
    }
    return value.map((part, position) => inner(part, [name, position]));
  };
  const tests = Object.entries(parts).map(([name, value]): Test => {
    switch (name) {
      case 'any':
        return anyHolds(list(value, name));
      case 'all':
        return allHold(list(value, name));
      case 'not': {
        const test = inner(value, [name]);
        return facts => !test(facts);
      }
      case 'segment':
        return compilation.segment(value, [...path, name], depth);
      default: {
        const attribute = attributeOf(name, compilation.scope);
        if (attribute === undefined) return report([name], UNKNOWN[compilation.scope]);
        if (compilation.scope === 'flag' && name.startsWith('flag.')) compilation.flags.add(name.slice(5));
        return compileMatcher(value, {
          attribute,
          ignoreCase: own,
          report: (at, message) => report([name, ...at], message),
          spend: ns => compilation.spend(ns),
          takePattern: () => compilation.takePattern(),
        });
      }
    }
  });
  if (tests.length === 0)
    return report([], 'expected at least one attribute: an empty condition would hold for everyone');
  return allHold(tests);
}

const UNKNOWN: Readonly<Record<Scope, string>> = {
  request: unknownIn('request'),
  goal: unknownIn('goal'),
  flag: unknownIn('flag'),
};

function unknownIn(scope: Scope): string {
  const attributes = [
    ...FIXED_ATTRIBUTES[scope],
    ...KEYED_ATTRIBUTES[scope].map(name => `${name}.<name>`),
    'any',
    'all',
    'not',
    'segment',
  ];
  return `no such attribute; expected one of: ${attributes.join(', ')}`;
}

/** One and two, which is what people write, go without the loop. */
function allHold(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first !== undefined && tests.length === 1) return first;
  if (first !== undefined && second !== undefined && tests.length === 2)
    return facts => first(facts) && second(facts);
  return facts => {
    for (const test of tests) if (!test(facts)) return false;
    return true;
  };
}

function anyHolds(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first !== undefined && tests.length === 1) return first;
  if (first !== undefined && second !== undefined && tests.length === 2)
    return facts => first(facts) || second(facts);
  return facts => {
    for (const test of tests) if (test(facts)) return true;
    return false;
  };
}
