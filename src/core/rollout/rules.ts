/**
 * Rules: ordered, condition → a variant or weights. The first whose condition holds decides.
 *
 * A rule with weights draws a coin of its own, salted with the rule's name: its visitors are as sticky
 * as the main split's, and the two never correlate.
 */
import type { Variant } from './compile.ts';
import type { Compilation } from './conditions/compilation.ts';
import { compileCondition } from './conditions/condition.ts';
import type { Test } from './conditions/matchers.ts';
import { murmur3 } from './hash.ts';
import { jsonPath, quote } from './problem.ts';
import type { RolloutDocument } from './schema.ts';
import { parseWeights } from './weights.ts';

export type Rule = {
  readonly name: string;
  /** Position in {@link Rollout.rules}. */
  readonly index: number;
  readonly holds: Test;
  /** `rule:<name>` or `serve:<name>`: what its requests are counted under. */
  readonly coin: string;
  /** Of its visitors' buckets, from the salt; one that serves a variant draws nothing with it. */
  readonly seed: number;
} & (
  | { readonly kind: 'serve'; readonly variant: Variant }
  | {
      readonly kind: 'split';
      /** As the document has them, in thousandths of a percent, by variant index; stable's is 0. */
      readonly shares: readonly number[];
      /** Whether the controller's cap holds for it as for the main split. */
      readonly isCapped: boolean;
    }
);

/** The longest that one decision may take, whatever a client sends. */
const MAX_NS = 10_000_000;

/**
 * @param salt of the rollout
 * @param compilation of the document's segments
 */
export function compileRules(
  document: RolloutDocument,
  variants: readonly Variant[],
  salt: string,
  compilation: Compilation,
): Rule[] {
  const { problems } = compilation;
  // From here on every request pays.
  compilation.worstNs = 0;
  const names = document.rules.map(({ name }, position) => name ?? `rule-${position + 1}`);
  const rules = document.rules.flatMap((wire, position): Rule[] => {
    const name = names[position] ?? '';
    const report = (key: PropertyKey, message: string): void => {
      problems.push({ path: jsonPath(['rules', position, key]), message });
    };
    // Two coins of one salt would be one coin, and two rules one line in the metrics.
    if (names.indexOf(name) !== position) report('name', `another rule is called ${quote(name)}`);
    if (wire.uncapped && wire.weights === undefined)
      report(
        'uncapped',
        'only weights are capped: a rule that serves a variant is not, unless it is rolled back',
      );
    const holds = compileCondition(wire.if, ['rules', position, 'if'], compilation);
    const seed = murmur3(`${salt}/rule/${name}`);
    const known = { name, index: position, holds, seed };
    if (wire.serve !== undefined && wire.weights === undefined) {
      const variant = variants.find(({ name }) => name === wire.serve);
      if (variant !== undefined) return [{ ...known, coin: `serve:${name}`, kind: 'serve', variant }];
      const names = variants.map(variant => quote(variant.name)).join(', ');
      report('serve', `no such variant ${quote(wire.serve)}; expected one of: ${names}`);
    } else if (wire.weights !== undefined && wire.serve === undefined) {
      const parsed = parseWeights(
        wire.weights,
        variants.slice(1).map(variant => variant.name),
      );
      if (parsed.ok) {
        const shares = variants.map(variant => parsed.value.get(variant.name) ?? 0);
        return [{ ...known, coin: `rule:${name}`, kind: 'split', shares, isCapped: !wire.uncapped }];
      }
      const at = jsonPath(['rules', position, 'weights']);
      for (const { path, message } of parsed.error) problems.push({ path: at + path.slice(1), message });
    } else
      problems.push({ path: jsonPath(['rules', position]), message: 'expected either "serve" or "weights"' });
    return [];
  });
  if (problems.length === 0 && compilation.worstNs > MAX_NS) {
    const ms = (compilation.worstNs / 1e6).toFixed(1);
    const message = `one request may take them ${ms} ms, ${MAX_NS / 1e6} are allowed; patterns cost most`;
    problems.push({ path: '$.rules', message });
  }
  return rules;
}
