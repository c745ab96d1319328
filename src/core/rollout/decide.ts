import type { Rollout, Variant } from './compile.ts';
import type { Facts } from './conditions/facts.ts';
import { murmur3 } from './hash.ts';
import { pickVariant, type Split } from './split.ts';

/** Why a visitor got their variant (DESIGN.md, section 4). */
export type Reason = 'disabled' | 'override' | 'rule' | 'split' | 'default';

/** The main split's {@link Decision.coin}. */
export const SPLIT = 'split';

export interface Decision {
  readonly variant: Variant;
  readonly reason: Reason;
  /** The rule that decided; undefined without one. */
  readonly rule?: string;
  /** Drawn by a coin, the main split's or a rule's: only these enter a comparison of the variants. */
  readonly randomised: boolean;
  /** `split`, or the rule's ({@link Rule.coin}); undefined for what is not judged at all. */
  readonly coin?: string;
  /** The visitor's, of that coin, in [0, 2^32); 0 without one. */
  readonly bucket: number;
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
  if (!rollout.enabled) return { variant: stable, reason: 'disabled', randomised: false, bucket: 0 };
  if (forced !== undefined) return { variant: forced, reason: 'override', randomised: false, bucket: 0 };
  for (const rule of rollout.rules) {
    if (!rule.holds(facts)) continue;
    const outlet = split.outlets[rule.index]!;
    const isDrawn = outlet.kind === 'split';
    if (unit === undefined) {
      const variant = isDrawn ? stable : outlet.variant;
      return { variant, reason: 'rule', rule: rule.name, randomised: false, bucket: 0 };
    }
    const bucket = murmur3(unit, rule.seed);
    const variant = isDrawn ? pickVariant(rollout, outlet.coin, bucket) : outlet.variant;
    return { variant, reason: 'rule', rule: rule.name, randomised: isDrawn, coin: rule.coin, bucket };
  }
  if (unit === undefined) return { variant: stable, reason: 'default', randomised: false, bucket: 0 };
  const bucket = murmur3(unit, rollout.seed);
  const variant = pickVariant(rollout, split, bucket);
  return { variant, reason: 'split', randomised: true, coin: SPLIT, bucket };
}
