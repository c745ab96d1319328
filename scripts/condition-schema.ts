/** The JSON Schema of conditions, from the same tables that compile them. */
import {
  FIXED_ATTRIBUTES,
  KEYED_ATTRIBUTES,
  attributeOf,
  type Scope,
} from '../src/core/rollout/conditions/attributes.ts';
import { DEVICES } from '../src/core/rollout/conditions/facts.ts';
import { MATCHERS } from '../src/core/rollout/conditions/matchers.ts';

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

const STATUS_CLASS = { enum: ['1xx', '2xx', '3xx', '4xx', '5xx'] };

function valueOf(name: string, scope: Scope): object {
  if (name === 'device') return { enum: [...DEVICES] };
  const kind = attributeOf(name, scope)?.kind;
  if (kind === 'free' || kind === 'context') return { type: ['string', 'number', 'boolean'] };
  if (kind === 'status') return { anyOf: [{ type: 'integer', minimum: 100, maximum: 599 }, STATUS_CLASS] };
  return kind === 'number' || kind === 'boolean' ? { type: kind } : text;
}

function matching(name: string, scope: Scope): object {
  const { anyOf } = orList(valueOf(name, scope));
  return { anyOf: [...anyOf, matcher] };
}

function conditionOf(scope: Scope, reference: object): object {
  const conditions = { type: 'array', minItems: 1, items: reference };
  return {
    type: 'object',
    description: 'all of these must hold (docs/routing.md)',
    minProperties: 1,
    additionalProperties: false,
    properties: {
      any: conditions,
      all: conditions,
      not: reference,
      segment: text,
      ignoreCase: boolean,
      ...Object.fromEntries(FIXED_ATTRIBUTES[scope].map(name => [name, matching(name, scope)])),
    },
    patternProperties: Object.fromEntries(
      KEYED_ATTRIBUTES[scope].map(name => [`^${name.replace('.', '\\.')}\\..`, matching(`${name}.x`, scope)]),
    ),
  };
}

export const CONDITION_REFERENCE = { $ref: '#/$defs/condition' };
export const GOAL_CONDITION_REFERENCE = { $ref: '#/$defs/goalCondition' };
export const FLAG_CONDITION_REFERENCE = { $ref: '#/$defs/flagCondition' };
export const CONDITION = conditionOf('request', CONDITION_REFERENCE);
export const GOAL_CONDITION = conditionOf('goal', GOAL_CONDITION_REFERENCE);
export const FLAG_CONDITION = conditionOf('flag', FLAG_CONDITION_REFERENCE);
