/**
 * The attributes of the Contract: what each is called, what kind of value it has and how it is read.
 * Kinds decide which matchers make sense; a matcher that could never hold is a config error.
 */
import { FLAG_KEY } from '../../flags/names.ts';
import { DEVICES, type Facts } from './facts.ts';

type Read<V> = (facts: Facts) => V | undefined;

/** How the attribute is spelt: a value spelt otherwise would never be met. */
interface Form {
  readonly valid: RegExp;
  readonly expected: string;
}

export type Attribute =
  /** What the client sent: any text, which may hold a number, a version, an address or a time. */
  | { readonly kind: 'free'; readonly read: Read<string> }
  /** What an app says of its user, numbers and true or false included; a list holds if any of it does. */
  | { readonly kind: 'context'; readonly name: string }
  /** Text of a known sort; `or` is a second spelling of the same thing. */
  | { readonly kind: 'text'; readonly read: Read<string>; readonly or?: Read<string>; readonly form?: Form }
  /** Names that Weir gives, all in lower case; `known` lists them where they are few. */
  | { readonly kind: 'name'; readonly read: Read<string>; readonly known?: readonly string[] }
  | { readonly kind: 'language'; readonly read: Read<string> }
  | { readonly kind: 'address'; readonly read: Read<string> }
  | { readonly kind: 'number'; readonly read: Read<number> }
  | { readonly kind: 'boolean'; readonly read: Read<boolean> }
  | { readonly kind: 'status'; readonly read: Read<number> }
  | { readonly kind: 'time'; readonly read: Read<number> };

function form(valid: RegExp, expected: string): Form {
  return { valid, expected };
}

const FIXED: ReadonlyMap<string, Attribute> = new Map<string, Attribute>([
  [
    'country',
    { kind: 'text', read: facts => facts.country, form: form(/^(?:[A-Z]{2}|T1)$/, 'two capitals like "NZ"') },
  ],
  [
    'continent',
    {
      kind: 'text',
      read: facts => facts.continent,
      form: form(/^(?:AF|AN|AS|EU|NA|OC|SA)$/, 'one of: AF, AN, AS, EU, NA, OC, SA'),
    },
  ],
  ['region', { kind: 'text', read: facts => facts.region, or: facts => facts.regionCode }],
  ['city', { kind: 'text', read: facts => facts.city }],
  [
    'colo',
    { kind: 'text', read: facts => facts.colo, form: form(/^[A-Z]{3}$/, 'three capitals like "AKL"') },
  ],
  ['asn', { kind: 'number', read: facts => facts.asn }],
  ['isEU', { kind: 'boolean', read: facts => facts.isEU }],
  ['device', { kind: 'name', read: facts => facts.device, known: DEVICES }],
  ['browser', { kind: 'name', read: facts => facts.browser }],
  ['os', { kind: 'name', read: facts => facts.os }],
  ['language', { kind: 'language', read: facts => facts.language }],
  [
    'host',
    {
      kind: 'text',
      read: facts => facts.host,
      form: form(/^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/, 'a host in lower case without a port'),
    },
  ],
  [
    'path',
    {
      kind: 'text',
      read: facts => facts.path,
      form: form(/^\/[^?#]*$/, 'a path like "/checkout", without a query'),
    },
  ],
  [
    'method',
    {
      kind: 'text',
      read: facts => facts.method,
      form: form(/^[^a-z]+$/, 'a method in capitals like "POST"'),
    },
  ],
  ['ip', { kind: 'address', read: facts => facts.ip }],
  ['time', { kind: 'time', read: facts => facts.time }],
]);

/** RFC 9110, section 5.6.2: token; cookie names are tokens too (RFC 6265bis, section 4.1.1). */
const HEADER = /^(?!x-weir-)[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/i;
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const PARAMETER = /^.{1,128}$/s;

/** Attributes with a name of the user's choice behind the dot. */
const KEYED: ReadonlyMap<string, { readonly valid: RegExp; readonly make: (key: string) => Attribute }> =
  new Map([
    ['header', { valid: HEADER, make: header }],
    ['cookie', { valid: TOKEN, make: name => ({ kind: 'free', read: facts => facts.cookie(name) }) }],
    ['query', { valid: PARAMETER, make: name => ({ kind: 'free', read: facts => facts.query(name) }) }],
    ['flag', { valid: FLAG_KEY, make: key => ({ kind: 'text', read: facts => facts.flag(key) }) }],
  ]);

/** What there is to ask of an answer. */
const FIXED_OF_ANSWERS: ReadonlyMap<string, Attribute> = new Map<string, Attribute>([
  ['status', { kind: 'status', read: facts => facts.status }],
]);
const ANSWER_HEADER = 'response.header';

/** What flags can ask for besides. */
const KEYED_OF_FLAGS: typeof KEYED = new Map([
  ...KEYED,
  ['context', { valid: PARAMETER, make: name => ({ kind: 'context', name }) }],
]);

/** `request`: what is known before an origin is asked. `goal`: that, and the answer. `flag`: that, and the app's context. */
export type Scope = 'request' | 'goal' | 'flag';

/** Field names are case-insensitive (RFC 9110, section 5.1). Weir's own never reach a rule. */
function header(name: string): Attribute {
  const lowerCase = name.toLowerCase();
  return { kind: 'free', read: facts => facts.header(lowerCase) };
}

function responseHeader(name: string): Attribute {
  const lowerCase = name.toLowerCase();
  return { kind: 'free', read: facts => facts.responseHeader(lowerCase) };
}

/** @returns undefined if there is no attribute of that name in that scope */
export function attributeOf(name: string, scope: Scope = 'request'): Attribute | undefined {
  const fixed = FIXED.get(name) ?? (scope === 'goal' ? FIXED_OF_ANSWERS.get(name) : undefined);
  if (fixed !== undefined) return fixed;
  if (scope === 'goal' && name.startsWith(`${ANSWER_HEADER}.`)) {
    const header = name.slice(ANSWER_HEADER.length + 1);
    return HEADER.test(header) ? responseHeader(header) : undefined;
  }
  const dot = name.indexOf('.');
  const known = scope === 'flag' ? KEYED_OF_FLAGS : KEYED;
  const keyed = dot < 0 ? undefined : known.get(name.slice(0, dot));
  const key = name.slice(dot + 1);
  return keyed !== undefined && keyed.valid.test(key) ? keyed.make(key) : undefined;
}

/** For messages and for the JSON Schema. */
export const FIXED_ATTRIBUTES: Readonly<Record<Scope, readonly string[]>> = {
  request: [...FIXED.keys()],
  goal: [...FIXED.keys(), ...FIXED_OF_ANSWERS.keys()],
  flag: [...FIXED.keys()],
};
export const KEYED_ATTRIBUTES: Readonly<Record<Scope, readonly string[]>> = {
  request: [...KEYED.keys()],
  goal: [...KEYED.keys(), ANSWER_HEADER],
  flag: [...KEYED_OF_FLAGS.keys()],
};
