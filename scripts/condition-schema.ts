/** The JSON Schema of conditions, from the same tables that compile them. */
import {
  FIXED_ATTRIBUTES,
  KEYED_ATTRIBUTES,
  attributeOf,
} from '../src/core/rollout/conditions/attributes.ts';
import { DEVICES } from '../src/core/rollout/conditions/facts.ts';
import { MATCHERS } from '../src/core/rollout/conditions/matchers.ts';

const REFERENCE = { $ref: '#/$defs/condition' };
const conditions = { type: 'array', minItems: 1, items: REFERENCE };
const text = { type: 'string' };
const number = { type: 'number' };
const boolean = { type: 'boolean' };

const orList = (value: object) => ({ anyOf: [value, { type: 'array', minItems: 1, items: value }] });

/** What a matcher is given. */
function operandOf(matcher: string): object {
  switch (matcher) {
    case 'equals':
      return orList({ type: ['string', 'number', 'boolean'] });
    case 'exists':
      return boolean;
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return number;
    case 'semver':
    case 'after':
    case 'before':
      return text;
    default:
      return orList(text);
  }
}

const matcher = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    ...Object.fromEntries(MATCHERS.map(name => [name, operandOf(name)])),
    ignoreCase: boolean,
  },
};

function valueOf(name: string): object {
  if (name === 'device') return { enum: [...DEVICES] };
  const kind = attributeOf(name)?.kind;
  if (kind === 'free') return { type: ['string', 'number', 'boolean'] };
  return kind === 'number' || kind === 'boolean' ? { type: kind } : text;
}

const matching = (name: string) => {
  const { anyOf } = orList(valueOf(name));
  return { anyOf: [...anyOf, matcher] };
};

export const CONDITION = {
  type: 'object',
  description: 'all of these must hold (docs/routing.md)',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    any: conditions,
    all: conditions,
    not: REFERENCE,
    segment: text,
    ignoreCase: boolean,
    ...Object.fromEntries(FIXED_ATTRIBUTES.map(name => [name, matching(name)])),
  },
  patternProperties: Object.fromEntries(
    KEYED_ATTRIBUTES.map(name => [`^${name}\\..`, matching(`${name}.x`)]),
  ),
};

export const CONDITION_REFERENCE = REFERENCE;
