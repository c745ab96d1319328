/** How requests got their variant: counted by reason and, for rules, by the rule's name. */
import type { Reason } from '../rollout/decide.ts';
import type { Labels, Sample } from './family.ts';

/** Label `reason` of `weir_decisions_total` for decisions without a rule, by position. */
export const PLAIN_REASONS = ['disabled', 'override', 'split', 'default'] as const satisfies Reason[];

/** Different rules that are told apart per variant; a document may be edited for ever. */
export const MAX_RULES = 200;
/** The label of all the others. */
export const OTHER_RULES = 'other';

export interface DecisionCounts {
  /** By position in {@link PLAIN_REASONS}. */
  readonly plain: number[];
  /** Decisions by a rule, by its name. */
  readonly rules: Map<string, number>;
}

export interface DecisionsRecord {
  readonly plain: readonly number[];
  readonly rules: readonly (readonly [rule: string, count: number])[];
}

export function emptyDecisions(): DecisionCounts {
  return { plain: PLAIN_REASONS.map(() => 0), rules: new Map() };
}

export function addDecision(counts: DecisionCounts, reason: Reason, rule: string | undefined): void {
  if (reason === 'rule') addRule(counts.rules, rule ?? '', 1);
  else counts.plain[PLAIN_REASONS.indexOf(reason)]! += 1;
}

export function mergeDecisions(into: DecisionCounts, from: DecisionsRecord): void {
  for (let i = 0; i < PLAIN_REASONS.length; i++) into.plain[i]! += from.plain[i] ?? 0;
  for (const [rule, count] of from.rules) addRule(into.rules, rule, count);
}

export function toDecisionsRecord({ plain, rules }: DecisionCounts): DecisionsRecord {
  return { plain: [...plain], rules: [...rules] };
}

function addRule(rules: Map<string, number>, rule: string, count: number): void {
  const label = rules.has(rule) || rules.size < MAX_RULES - 1 ? rule : OTHER_RULES;
  rules.set(label, (rules.get(label) ?? 0) + count);
}

/** All plain reasons from the first scrape on; rules as they come. */
export function decisionSamples(labels: Labels, record: DecisionsRecord | undefined): Sample[] {
  const sample = (reason: Reason, rule: string, value: number): Sample => ({
    labels: [...labels, ['reason', reason], ['rule', rule]],
    value,
  });
  return [
    ...PLAIN_REASONS.map((reason, i) => sample(reason, '', record?.plain[i] ?? 0)),
    ...(record?.rules ?? []).map(([rule, count]) => sample('rule', rule, count)),
  ];
}
