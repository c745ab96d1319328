/** `weir flags explain`: the document in force, evaluated here by the very code of the edge. */
import { compileFlags } from '../src/core/flags/compile.ts';
import { Evaluator } from '../src/core/flags/evaluate.ts';
import { flagMetadata, NO_FLAGS, type Evaluation } from '../src/core/flags/evaluation.ts';
import type { FlagsView } from '../src/core/flags/view.ts';
import { DEFAULT_ROLLOUT } from '../src/core/rollout/control.ts';
import { usage } from './session.ts';
import { sharedOf, tracesOf, type RuleTrace, type SharedTrace } from './tracing.ts';
import { unseen } from './unseen.ts';

export interface Explanation {
  readonly key: string;
  /** Whose visitors are asked about. */
  readonly rollout: string;
  /** Whose flags those are: `default` where the rollout has none of its own. */
  readonly flags: string;
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
  /** What kept the rules from being asked, or from drawing; `has` is the variant of a prerequisite, and why. */
  readonly gate: { readonly kind: string; readonly name: string; readonly has: string | null } | null;
  /** Holdout and group; empty where they are not asked. */
  readonly shared: readonly SharedTrace[];
  /** All of them, in order; empty where they are not asked. */
  readonly rules: readonly RuleTrace[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Attributes that were asked for on the way and that only the edge knows. */
  readonly unknown: readonly string[];
  /** Whether the rollout's variant was asked for and is not known. */
  readonly asksVariant: boolean;
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
  readonly rollout: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly variant: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @param view of the flags in force for that rollout @returns undefined if there is no such flag */
export function explain(view: FlagsView, key: string, caller: Caller): Explanation | undefined {
  const compiled = compileFlags(JSON.stringify(view.document));
  const flag = compiled.ok ? compiled.value.set.byKey.get(key) : undefined;
  if (!compiled.ok || flag === undefined) return undefined;
  const { rollout, context, now } = caller;
  const unknown = new Set<string>();
  let asksVariant = false;
  const host = rollout === DEFAULT_ROLLOUT ? undefined : rollout;
  const request = {
    context,
    facts: unseen({ host, time: now }, attribute => unknown.add(attribute)),
    rolloutVariant: () => {
      asksVariant ||= caller.variant === undefined;
      return caller.variant;
    },
    off: NO_FLAGS,
  };
  const evaluator = new Evaluator(compiled.value.set, request);
  const evaluation = evaluator.evaluate(key);
  const { variant, reason, errorCode, errorDetails, rule, bucket, gate } = evaluation;
  const isDrawn = flag.kind === 'flag' && reason !== 'DISABLED' && gate !== 'prerequisite';
  const isAsked = isDrawn && gate !== 'holdout' && gate !== 'group' && (gate === undefined || rule !== '');
  return {
    key,
    rollout,
    flags: view.name,
    variant: variant?.name ?? null,
    value: variant?.value ?? null,
    reason,
    errorCode: errorCode ?? null,
    errorDetails,
    rule,
    bucket: bucket < 0 ? null : bucket,
    gate: gateOf(evaluation, evaluator),
    shared: isDrawn ? sharedOf(flag, request) : [],
    rules: isAsked ? tracesOf(flag, evaluator, request) : [],
    metadata: flagMetadata(evaluation, view.generation, true),
    unknown: [...unknown],
    asksVariant,
  };
}

function gateOf({ gate, gateName }: Evaluation, evaluator: Evaluator): Explanation['gate'] {
  if (gate === undefined) return null;
  if (gate !== 'prerequisite') return { kind: gate, name: gateName, has: null };
  const { variant, errorCode, reason } = evaluator.evaluate(gateName);
  return { kind: gate, name: gateName, has: `${variant?.name ?? 'none'} (${errorCode ?? reason})` };
}
