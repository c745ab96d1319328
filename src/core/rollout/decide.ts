import type { Rollout, Variant } from './compile.ts';
import type { Facts } from './conditions/facts.ts';
import { murmur3 } from './hash.ts';
import { pickVariant, type Split } from './split.ts';

/** Why a visitor got their variant (DESIGN.md, section 4). */
export type Reason = 'disabled' | 'override' | 'rule' | 'split' | 'default';

export interface Decision {
  readonly variant: Variant;
  readonly reason: Reason;
  /** The rule that decided; undefined without one. */
  readonly rule?: string;
  /** Drawn by the coin of the main split: only these enter a comparison of the variants. */
  readonly randomised: boolean;
}

/**
 * @param split laid out for this very rollout
 * @param unit what is hashed, e.g. the visitor's id; undefined for a request that must not be drawn
 *   (prefetch, preflight, bot without a cookie): rules that serve a variant hold for it all the same
 * @param forced the variant of a valid signed override
 */
export function decide(
  rollout: Rollout,
  split: Split,
  unit: string | undefined,
  facts: Facts,
  forced?: Variant,
): Decision {
  const stable = rollout.variants[0];
  if (!rollout.enabled) return { variant: stable, reason: 'disabled', randomised: false };
  if (forced !== undefined) return { variant: forced, reason: 'override', randomised: false };
  for (const rule of rollout.rules) {
    if (!rule.holds(facts)) continue;
    const outlet = split.outlets[rule.index]!;
    if (outlet.kind === 'serve')
      return { variant: outlet.variant, reason: 'rule', rule: rule.name, randomised: false };
    const { seed, coin } = outlet;
    const variant = unit === undefined ? stable : pickVariant(rollout, coin, murmur3(unit, seed));
    return { variant, reason: 'rule', rule: rule.name, randomised: false };
  }
  if (unit === undefined) return { variant: stable, reason: 'default', randomised: false };
  const bucket = murmur3(unit, rollout.seed);
  return { variant: pickVariant(rollout, split, bucket), reason: 'split', randomised: true };
}
