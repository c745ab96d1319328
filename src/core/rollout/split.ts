/**
 * The main split: weights laid out as ranges of the bucket space [0, 2^32).
 *
 * The first candidate grows from 0 upwards, the second from the top downwards, so that raising one
 * never moves a visitor between candidates and lowering one only sends its own visitors back to
 * stable. Cut points are integers: 0 % is an empty range, 100 % the whole space.
 */
import type { Rollout, Variant } from './compile.ts';
import { hex, murmur3 } from './hash.ts';
import { WHOLE, type Weights } from './weights.ts';

const BUCKETS = 2 ** 32;

/** Where the candidates' ranges end. */
export interface Ranges {
  /** Buckets below this belong to the first candidate. */
  readonly low: number;
  /** Buckets from this on belong to the second candidate. */
  readonly high: number;
}

export interface Split extends Ranges {
  /** Effective weight of every variant in thousandths of a percent, stable included, by index. */
  readonly weights: readonly number[];
  /** Names what drew the coin: hash of the document's text and the effective weights. */
  readonly generation: string;
}

/** Smallest bucket that is no longer part of a range of that share, counted from its end. */
function cut(share: number): number {
  // WHOLE * 2^32 is below 2^53: the product is exact.
  return Math.floor((share * BUCKETS) / WHOLE);
}

/** @param shares in thousandths of a percent by variant index; stable's doesn't matter */
export function rangesOf(shares: readonly number[]): Ranges {
  return { low: cut(shares[1] ?? 0), high: BUCKETS - cut(shares[2] ?? 0) };
}

export function layOut(rollout: Rollout, documentText: string, weights: Weights): Split {
  const shares = rollout.variants.map((variant, index) =>
    // A disabled rollout draws no coin: everyone is on stable, and so say the gauges.
    index === 0 || !rollout.enabled ? 0 : (weights.get(variant.name) ?? 0),
  );
  const taken = shares.reduce((sum, share) => sum + share, 0);
  shares[0] = WHOLE - taken;
  const coin = `${shares.join(',')}|${documentText}`;
  return {
    ...rangesOf(shares),
    weights: shares,
    generation: hex(murmur3(coin)) + hex(murmur3(coin, 0x9747b28c)),
  };
}

export function pickVariant(rollout: Rollout, ranges: Ranges, bucket: number): Variant {
  if (bucket < ranges.low) return rollout.variants[1] ?? rollout.variants[0];
  if (bucket >= ranges.high) return rollout.variants[2] ?? rollout.variants[0];
  return rollout.variants[0];
}
