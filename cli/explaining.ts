/** `weir flags explain`: the document in force, evaluated here by the very code of the edge. */
import { compileFlags } from '../src/core/flags/compile.ts';
import { Evaluator } from '../src/core/flags/evaluate.ts';
import { flagMetadata, NO_FLAGS } from '../src/core/flags/evaluation.ts';
import type { FlagsView } from '../src/core/flags/view.ts';
import type { Facts } from '../src/core/rollout/conditions/facts.ts';
import { usage } from './session.ts';

export interface Explanation {
  readonly key: string;
  /** Null: the default of the app that asks. */
  readonly variant: string | null;
  readonly value: unknown;
  readonly reason: string;
  readonly errorCode: string | null;
  readonly errorDetails: string;
  /** Empty where no rule decided. */
  readonly rule: string;
  /** In [0, 2^32); null without a draw. */
  readonly bucket: number | null;
  /** What kept the rules from being asked, or from drawing. */
  readonly gate: { readonly kind: string; readonly name: string } | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Attributes that conditions of the flag ask for and that only the edge knows. */
  readonly unknown: readonly string[];
}

/** Ends the program if it is no JSON object. */
export function contextOf(text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    usage(`--context is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    usage(`--context: expected an object like {"targetingKey": "ada"}, got ${text}`);
  return json as Readonly<Record<string, unknown>>;
}

interface Caller {
  readonly context: Readonly<Record<string, unknown>>;
  readonly variant: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @returns undefined if there is no such flag */
export function explain(view: FlagsView, key: string, caller: Caller): Explanation | undefined {
  const compiled = compileFlags(JSON.stringify(view.document));
  if (!compiled.ok || !compiled.value.set.byKey.has(key)) return undefined;
  const { set } = compiled.value;
  const evaluation = new Evaluator(set, {
    context: caller.context,
    facts: factsAt(caller.now),
    rolloutVariant: () => caller.variant,
    off: NO_FLAGS,
  }).evaluate(key);
  const { variant, reason, errorCode, errorDetails, rule, bucket, gate, gateName } = evaluation;
  return {
    key,
    variant: variant?.name ?? null,
    value: variant?.value ?? null,
    reason,
    errorCode: errorCode ?? null,
    errorDetails,
    rule,
    bucket: bucket < 0 ? null : bucket,
    gate: gate === undefined ? null : { kind: gate, name: gateName },
    metadata: flagMetadata(evaluation, set.generation, true),
    unknown: [...new Set(ofTheEdge(view.document[key]))],
  };
}

/** Offline there is an app's context, and no caller that an edge could have seen. */
function factsAt(time: number): Facts {
  const absent = (): undefined => undefined;
  return {
    country: undefined,
    continent: undefined,
    region: undefined,
    regionCode: undefined,
    city: undefined,
    colo: undefined,
    asn: undefined,
    isEU: undefined,
    device: undefined,
    browser: undefined,
    os: undefined,
    language: undefined,
    host: '',
    path: '',
    method: '',
    ip: undefined,
    status: undefined,
    time,
    header: absent,
    cookie: absent,
    query: absent,
    responseHeader: absent,
    context: absent,
    flag: absent,
  };
}

function ofTheEdge(flag: unknown): string[] {
  const rules = (flag as { rules?: unknown } | null)?.rules;
  return Array.isArray(rules) ? rules.flatMap((rule: { if?: unknown }) => attributesIn(rule.if)) : [];
}

const COMBINING = ['all', 'any', 'not'];

function attributesIn(condition: unknown): string[] {
  if (Array.isArray(condition)) return condition.flatMap(attributesIn);
  if (typeof condition !== 'object' || condition === null) return [];
  return Object.entries(condition).flatMap(([key, value]) => {
    if (COMBINING.includes(key)) return attributesIn(value);
    return /^(?:context\.|flag\.|segment$|time$)/.test(key) ? [] : [key];
  });
}
