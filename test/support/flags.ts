import { compileFlags, type CompiledFlags } from '../../src/core/flags/compile.ts';
import { Evaluator } from '../../src/core/flags/evaluate.ts';
import { NO_FLAGS, type Evaluation, type FlagRequest } from '../../src/core/flags/evaluation.ts';
import type { FlagSet } from '../../src/core/flags/flag.ts';
import type { Problem } from '../../src/core/rollout/problem.ts';
import { facts, type Given } from './facts.ts';

export interface Caller {
  readonly context?: Readonly<Record<string, unknown>>;
  readonly edge?: Given;
  /** The rollout's. */
  readonly variant?: string;
  readonly off?: readonly string[];
}

export function requestOf({ context = {}, edge = {}, variant, off = [] }: Caller): FlagRequest {
  return {
    context,
    facts: facts(edge),
    rolloutVariant: () => variant,
    off: off.length === 0 ? NO_FLAGS : new Set(off),
  };
}

/** @throws if nothing of it can be used */
export function compiledFlags(document: unknown): CompiledFlags {
  const compiled = compileFlags(JSON.stringify(document));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

/** @throws if anything is wrong with the document */
export function flagSet(document: unknown): FlagSet {
  const { set, problems } = compiledFlags(document);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return set;
}

export function problemsOf(document: unknown): readonly Problem[] {
  return compiledFlags(document).problems;
}

export function evaluated(set: FlagSet, key: string, caller: Caller = {}): Evaluation {
  return new Evaluator(set, requestOf(caller)).evaluate(key);
}

/** Variant and reason, as `on SPLIT`; `- DISABLED` is the caller's own default. */
export function told(set: FlagSet, key: string, caller: Caller = {}): string {
  const { variant, reason, errorCode } = evaluated(set, key, caller);
  return `${variant?.name ?? '-'} ${errorCode ?? reason}`;
}

/** A switch: `on` is true, `off` is false and what is served while nothing says otherwise. */
export function boolean(change: Readonly<Record<string, unknown>> = {}): object {
  return { type: 'boolean', variants: { on: true, off: false }, off: 'off', ...change };
}

export function user(targetingKey: unknown, more: Readonly<Record<string, unknown>> = {}): Caller {
  return { context: { targetingKey, ...more } };
}
