/**
 * Goals: what visitors are wanted to do, as conditions of a request and its answer. Counted for each
 * variant; the app needs no code for them.
 */
import type { Compilation } from './conditions/compilation.ts';
import { compileCondition } from './conditions/condition.ts';
import type { Facts } from './conditions/facts.ts';
import type { Test } from './conditions/matchers.ts';
import { jsonPath } from './problem.ts';
import type { RolloutDocument } from './schema.ts';

export interface Goal {
  readonly name: string;
  /** Position in {@link Rollout.goals}. */
  readonly index: number;
  readonly holds: Test;
}

/** The longest that the goals of one answer may take, whatever a client sends. */
const MAX_NS = 5_000_000;

export const NO_GOALS: readonly Goal[] = [];

/** @param compilation of the document's segments, which goals may refer to */
export function compileGoals({ goals }: RolloutDocument, compilation: Compilation): readonly Goal[] {
  const entries = Object.entries(goals);
  if (entries.length === 0) return NO_GOALS;
  compilation.worstNs = 0;
  compilation.scope = 'goal';
  const compiled = entries.map(([name, { if: condition }], index) => ({
    name,
    index,
    holds: compileCondition(condition, ['goals', name, 'if'], compilation),
  }));
  compilation.scope = 'request';
  if (compilation.worstNs > MAX_NS && compilation.problems.length === 0) {
    const ms = (compilation.worstNs / 1e6).toFixed(1);
    const message = `one answer may take them ${ms} ms, ${MAX_NS / 1e6} are allowed; patterns cost most`;
    compilation.problems.push({ path: jsonPath(['goals']), message });
  }
  return compiled;
}

/** @returns the goals that this request and its answer reach */
export function reached(goals: readonly Goal[], facts: Facts): readonly Goal[] {
  return goals.length === 0 ? NO_GOALS : goals.filter(({ holds }) => holds(facts));
}
