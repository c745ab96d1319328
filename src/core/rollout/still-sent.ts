/** A weight of 0 empties the split; a rule can still send visitors to the candidate. */
import { quote } from './problem.ts';

interface WireRule {
  readonly name?: string;
  readonly serve?: string;
  readonly weights?: unknown;
  readonly uncapped?: boolean;
}

/**
 * @param document a valid document, as it is spelt
 * @param caps highest weight in percent by candidate; one that isn't named is not held back
 * @returns a sentence for each rule that sends visitors to that candidate while its weight is 0
 */
export function stillSent(
  document: { readonly rules?: readonly WireRule[] },
  candidate: string,
  caps: Readonly<Record<string, { readonly percent: number; readonly isBarred: boolean }>>,
): string[] {
  const cap = Object.hasOwn(caps, candidate) ? caps[candidate] : undefined;
  if (cap?.isBarred === true) return [];
  return (document.rules ?? []).flatMap((rule, position) => {
    const name = quote(rule.name ?? `rule-${position + 1}`);
    if (rule.serve === candidate)
      return [`The rule ${name} still serves ${candidate} to whoever it matches.`];
    const weight = weightIn(rule.weights, candidate);
    const share = rule.uncapped === true ? weight : Math.min(weight, cap?.percent ?? 100);
    return share > 0
      ? [`The rule ${name} still sends ${share} % of whoever it matches to ${candidate}.`]
      : [];
  });
}

/** A bare number is the weight of `canary`, or of the only candidate. */
function weightIn(weights: unknown, candidate: string): number {
  if (typeof weights === 'number') return weights;
  if (typeof weights !== 'object' || weights === null || !Object.hasOwn(weights, candidate)) return 0;
  return Number((weights as Record<string, unknown>)[candidate]);
}
