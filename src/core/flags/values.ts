/** Variants' values, each of the flag's type. */
import { quote } from '../rollout/problem.ts';
import type { FlagValue, FlagVariant } from './flag.ts';
import type { FlagType, FlagWire } from './schema.ts';

const EXPECTED: Readonly<Record<FlagType, string>> = {
  boolean: 'true or false',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  object: 'an object',
};

/** Those of another type are reported and left out. */
export function compileVariants(
  { type, variants }: FlagWire,
  report: (path: readonly PropertyKey[], message: string) => void,
): FlagVariant[] {
  return Object.entries(variants).flatMap(([name, value], index): FlagVariant[] => {
    if (isOfType(type, value)) return [{ name, index, value }];
    report(
      ['variants', name],
      `expected ${EXPECTED[type]}, as the flag's type is ${type}, got ${quote(value)}`,
    );
    return [];
  });
}

function isOfType(type: FlagType, value: unknown): value is FlagValue {
  switch (type) {
    case 'boolean':
    case 'string':
      return typeof value === type;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}

export function noSuchVariant(name: string, variants: readonly FlagVariant[]): string {
  const names = variants.map(variant => quote(variant.name)).join(', ');
  return `no such variant ${quote(name)}; expected one of: ${names}`;
}

/** What the other variants take from, `off` first: they have it who are drawn for nothing else, and a share never raises it. */
export function restOf({ off, default: fallback }: Pick<FlagWire, 'off' | 'default'>): string[] {
  return [...new Set([off, fallback])].filter(name => name !== undefined);
}
