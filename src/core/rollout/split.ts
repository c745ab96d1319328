/**
 * The main split: weights laid out as ranges of the bucket space [0, 2^32).
 *
 * The first candidate grows from 0 upwards, the second from the top downwards, so that raising one
 * never moves a visitor between candidates and lowering one only sends its own visitors back to
 * stable. Cut points are integers: 0 % is an empty range, 100 % the whole space.
 */
import { NO_CAP, type Cap } from './cap.ts';
import type { Rollout, Variant } from './compile.ts';
import { capped, isBarred } from './effective.ts';
import { hex, murmur3 } from './hash.ts';
import type { Rule } from './rules.ts';
import { WHOLE, type Weights } from './weights.ts';

const BUCKETS = 2 ** 32;

/** Where the candidates' ranges end. */
export interface Ranges {
  /** Buckets below this belong to the first candidate. */
  readonly low: number;
  /** Buckets from this on belong to the second candidate. */
  readonly high: number;
}

/** One coin: its cut points, and what they come to. */
export interface Coin extends Ranges {
  /** Effective weight of every variant in thousandths of a percent, stable included, by index. */
  readonly weights: readonly number[];
}

/** Where a rule sends whom it holds for: to one variant, or by a coin of its own. */
export type Outlet =
  { readonly kind: 'serve'; readonly variant: Variant } | { readonly kind: 'split'; readonly coin: Coin };

/** All that the cap has a say in: a compiled rollout knows of none. */
export interface Split extends Coin {
  /** By a rule's index. */
  readonly outlets: readonly Outlet[];
  /** Names what drew the coins: hash of the document's text, what weights and cap make of it, and the run. */
  readonly generation: string;
}

/** Smallest bucket that is no longer part of a range of that share, counted from its end. */
function cut(share: number): number {
  // WHOLE * 2^32 is below 2^53: the product is exact.
  return Math.floor((share * BUCKETS) / WHOLE);
}

/** @param shares in thousandths of a percent by variant index; stable's doesn't matter */
function rangesOf(shares: readonly number[]): Ranges {
  return { low: cut(shares[1] ?? 0), high: BUCKETS - cut(shares[2] ?? 0) };
}

/** @param weights of the main split before the cap */
export function layOut(
  { variants, rules, enabled }: Rollout,
  documentText: string,
  weights: Weights,
  cap: Cap = NO_CAP,
): Split {
  const main = coinOf(
    variants.map(variant =>
      // A disabled rollout draws no coin: everyone is on stable, and so say the gauges.
      variant.index === 0 || !enabled ? 0 : capped(variant, weights.get(variant.name) ?? 0, cap),
    ),
  );
  const outlets = rules.map(rule => outletOf(rule, variants, cap));
  const sent = outlets.map(outlet => (outlet.kind === 'serve' ? outlet.variant.index : outlet.coin.weights));
  const drawn = `${JSON.stringify([main.weights, sent, ...(cap.run === undefined ? [] : [cap.run])])}|${documentText}`;
  return { ...main, outlets, generation: hex(murmur3(drawn)) + hex(murmur3(drawn, 0x9747b28c)) };
}

/** After a rollback no rule sends anyone to that candidate, whatever it says. */
function outletOf(rule: Rule, variants: Rollout['variants'], cap: Cap): Outlet {
  if (rule.kind === 'serve')
    return { kind: 'serve', variant: isBarred(rule.variant, cap) ? variants[0] : rule.variant };
  const shares = variants.map(variant => {
    const share = rule.shares[variant.index] ?? 0;
    if (rule.isCapped) return capped(variant, share, cap);
    return isBarred(variant, cap) ? 0 : share;
  });
  return { kind: 'split', coin: coinOf(shares) };
}

/** @param shares of the candidates by variant index; stable, at 0, takes what they leave */
function coinOf(shares: readonly number[]): Coin {
  const taken = shares.reduce((sum, share) => sum + share, 0);
  return { ...rangesOf(shares), weights: [WHOLE - taken, ...shares.slice(1)] };
}

export function pickVariant(rollout: Rollout, ranges: Ranges, bucket: number): Variant {
  if (bucket < ranges.low) return rollout.variants[1] ?? rollout.variants[0];
  if (bucket >= ranges.high) return rollout.variants[2] ?? rollout.variants[0];
  return rollout.variants[0];
}
