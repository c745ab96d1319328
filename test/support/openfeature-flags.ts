/**
 * The flags of OpenFeature's own scenarios (`test-flags.json`) as a document of Weir's. Variants and defaults
 * are theirs; what they have as CEL expressions is written out below, and an expression that is not is an error.
 */

interface TheirFlag {
  readonly variants: Readonly<Record<string, unknown>>;
  readonly defaultVariant?: string | null;
  readonly disabled?: boolean;
  readonly contextEvaluator?: string;
  readonly flagMetadata?: Readonly<Record<string, unknown>> | null;
}

const RULES: Readonly<Record<string, object>> = {
  "email == 'ballmer@macrosoft.com' ? 'zero' : ''": {
    name: 'ballmer',
    if: { 'context.email': 'ballmer@macrosoft.com' },
    serve: 'zero',
  },
  "!customer && email == 'ballmer@macrosoft.com' && age > 10 ? 'internal' : ''": {
    name: 'internal',
    if: { 'context.customer': false, 'context.email': 'ballmer@macrosoft.com', 'context.age': { gt: 10 } },
    serve: 'internal',
  },
};

/**
 * What their disabled flags serve. Theirs have no value then, and the caller's default holds; the published
 * server provider (0.1.3) takes an answer without a value for an error, whoever sends it. A flag of Weir's
 * has an `off` variant for such clients: here, the values that the scenarios have as their defaults.
 */
const OFF: Readonly<Record<string, { readonly name: string; readonly value?: unknown }>> = {
  'boolean-disabled-flag': { name: 'off' },
  'string-disabled-flag': { name: 'parting' },
  'integer-disabled-flag': { name: 'one' },
  'float-disabled-flag': { name: 'tenth' },
  'object-disabled-flag': { name: 'unavailable', value: { a: 1 } },
};

/** @returns the document's text */
export function weirFlags(theirs: string): string {
  const flags = Object.entries(JSON.parse(theirs) as Record<string, TheirFlag>);
  return JSON.stringify(Object.fromEntries(flags.map(([key, flag]) => [key, converted(key, flag)])));
}

function converted(key: string, flag: TheirFlag): object {
  const off = flag.disabled === true ? OFF[key] : undefined;
  if (flag.disabled === true && off === undefined) throw new Error(`${key}: what does it serve while off?`);
  const rule = flag.contextEvaluator === undefined ? undefined : RULES[flag.contextEvaluator];
  if (flag.contextEvaluator !== undefined && rule === undefined) {
    throw new Error(`${key}: an expression that nobody has translated: ${flag.contextEvaluator}`);
  }
  return {
    type: typeOf(Object.values(flag.variants)),
    variants: off?.value === undefined ? flag.variants : { ...flag.variants, [off.name]: off.value },
    ...(flag.defaultVariant == null ? {} : { default: flag.defaultVariant }),
    ...(off === undefined ? {} : { enabled: false, off: off.name }),
    ...(rule === undefined ? {} : { rules: [rule] }),
    ...(flag.flagMetadata == null ? {} : { metadata: flag.flagMetadata }),
  };
}

function typeOf(values: readonly unknown[]): string {
  const type = typeof values[0];
  if (type !== 'number') return type;
  return values.every(Number.isInteger) ? 'integer' : 'number';
}
