/** What became of each of a flag's rules, and of what is drawn before them, for one caller. */
import { FlagFacts, unitOf } from '../src/core/flags/flag-facts.ts';
import type { Evaluator } from '../src/core/flags/evaluate.ts';
import type { FlagRequest } from '../src/core/flags/evaluation.ts';
import type { Flag, FlagRule, SharedRange } from '../src/core/flags/flag.ts';
import { pick, type Draw } from '../src/core/flags/layout.ts';
import { murmur3 } from '../src/core/rollout/hash.ts';

/** `left over`: it holds, and its draw leaves the caller to the next one; `no unit`: there is nothing to draw by. */
export type Outcome = 'does not hold' | 'left over' | 'no unit' | 'decides' | 'not asked';

/** Buckets from one to, but not with, another; in [0, 2^32]. */
export interface Slice {
  /** What they get; null for a holdout or a group: whether they are in. */
  readonly variant: string | null;
  readonly from: number;
  readonly to: number;
}

export interface RuleTrace {
  readonly name: string;
  readonly outcome: Outcome;
  /** The caller's in [0, 2^32); null where nothing is drawn. */
  readonly bucket: number | null;
  readonly slices: readonly Slice[];
}

export interface SharedTrace {
  readonly kind: 'holdout' | 'group';
  readonly name: string;
  readonly isIn: boolean;
  readonly bucket: number;
  readonly slices: readonly Slice[];
}

/** @param evaluator of the flag's document and of that request */
export function tracesOf(flag: Flag, evaluator: Evaluator, request: FlagRequest): RuleTrace[] {
  const facts = new FlagFacts(request.facts, request.context, evaluator);
  let isOver = false;
  return flag.rules.map(rule => {
    const trace = isOver ? untouched(rule, 'not asked') : traceOf(rule, facts, request);
    isOver ||= trace.outcome === 'decides' || trace.outcome === 'no unit';
    return trace;
  });
}

function traceOf(rule: FlagRule, facts: FlagFacts, { context }: FlagRequest): RuleTrace {
  if (rule.holds !== null && !rule.holds(facts)) return untouched(rule, 'does not hold');
  const draw = rule.schedule?.findLast(({ at }) => at <= facts.time)?.draw ?? rule.draw;
  if (draw.kind === 'nobody') return untouched(rule, 'left over');
  if (draw.kind === 'everyone') return untouched(rule, 'decides');
  const slices = slicesOf(draw);
  const unit = unitOf(context, rule.by);
  if (unit === undefined) return { name: rule.name, outcome: 'no unit', bucket: null, slices };
  const bucket = murmur3(unit, rule.seed);
  const outcome = pick(draw.ranges, bucket) === undefined ? 'left over' : 'decides';
  return { name: rule.name, outcome, bucket, slices };
}

function untouched({ name }: FlagRule, outcome: Outcome): RuleTrace {
  return { name, outcome, bucket: null, slices: [] };
}

function slicesOf({ ranges }: Draw & { readonly kind: 'ranges' }): Slice[] {
  return ranges.map(({ variant, from, to }) => ({ variant: variant.name, from, to }));
}

/** Holdout and group, as far as there is a unit. */
export function sharedOf({ holdout, group, by }: Flag, { context }: FlagRequest): SharedTrace[] {
  const unit = unitOf(context, by);
  if (unit === undefined) return [];
  return [
    ...(holdout === null ? [] : [sharedTrace('holdout', holdout, unit)]),
    ...(group === null ? [] : [sharedTrace('group', group, unit)]),
  ];
}

function sharedTrace(
  kind: SharedTrace['kind'],
  { name, seed, from, to }: SharedRange,
  unit: string,
): SharedTrace {
  const bucket = murmur3(unit, seed);
  return { kind, name, isIn: bucket >= from && bucket < to, bucket, slices: [{ variant: null, from, to }] };
}
