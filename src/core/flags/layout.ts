/**
 * A rule's weights as ranges of the bucket space [0, 2^32). Integer cut points: 0 % is nobody and 100 %
 * everyone, and a thousandth of a percent is exact to one bucket.
 *
 * Who has a variant keeps it while it grows. Two variants beside the baseline, whichever of the flag's, grow from
 * the two ends, so raising one never takes from the other. For three there is no such layout: with all of the traffic on
 * any two of them, each would have to leave the same half to both others. There each begins at its part of
 * the whole: raised in step, or by the rule's share, they only add.
 */
import { WHOLE } from '../rollout/weights.ts';
import type { FlagVariant } from './flag.ts';

const BUCKETS = 2 ** 32;

export interface Range {
  readonly from: number;
  /** Not part of it. */
  readonly to: number;
  readonly variant: FlagVariant;
}

/** What becomes of whom a rule holds for: nobody or everyone needs no unit. */
export type Draw =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'everyone'; readonly variant: FlagVariant }
  | { readonly kind: 'ranges'; readonly ranges: readonly Range[] };

/** Number of buckets in a share of so many. @param share in thousandths of a percent */
export function part(of: number, share: number): number {
  // WHOLE * 2^32 is below 2^53: the product is exact.
  return Math.floor((of * share) / WHOLE);
}

export function cutOf(share: number): number {
  return part(BUCKETS, share);
}

/**
 * @param variants of the flag, in the document's order
 * @param weights in thousandths of a percent by variant index; together at most {@link WHOLE}
 * @param baseline takes what the others leave, if it has a weight at all
 * @param share in thousandths of a percent: every range keeps that part of itself
 */
export function layOut(
  variants: readonly FlagVariant[],
  weights: readonly number[],
  baseline: FlagVariant | null,
  share: number,
): Draw {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0 || share === 0) return { kind: 'nobody' };
  const whole = variants.find(({ index }) => weights[index] === WHOLE);
  if (whole !== undefined && share === WHOLE) return { kind: 'everyone', variant: whole };
  const grown = variants.filter(variant => variant !== baseline);
  const arms = grown.flatMap((variant, rank): Arm[] => {
    const weight = weights[variant.index] ?? 0;
    return weight === 0 ? [] : [{ variant, weight, isFromEnd: rank % 2 === 1 }];
  });
  const ranges = arms.length <= 2 ? fromBothEnds(arms) : inStep(arms);
  const filler = baseline !== null && (weights[baseline.index] ?? 0) > 0 ? baseline : undefined;
  const filled = fill(ranges, filler, filler === undefined ? 0 : weights[filler.index]!, total === WHOLE);
  return { kind: 'ranges', ranges: filled.map(range => shrink(range, share)) };
}

interface Arm {
  readonly variant: FlagVariant;
  readonly weight: number;
  readonly isFromEnd: boolean;
}

interface Placed extends Range {
  /** Where it stays when it shrinks. */
  readonly isFromEnd: boolean;
}

/** Of two at the same end the later one takes the other end: the first may have been there alone. */
function fromBothEnds(arms: readonly Arm[]): Placed[] {
  return arms.map(({ variant, weight, isFromEnd: own }, position) => {
    const isFromEnd = position === 1 ? !arms[0]!.isFromEnd : own;
    const length = cutOf(weight);
    const from = isFromEnd ? BUCKETS - length : 0;
    return { from, to: from + length, variant, isFromEnd };
  });
}

/** Each begins where its part of all of them does, whatever they come to. */
function inStep(arms: readonly Arm[]): Placed[] {
  const total = arms.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  return arms.map(({ variant, weight }) => {
    const from = Math.floor((before * BUCKETS) / total);
    before += weight;
    return { from, to: from + cutOf(weight), variant, isFromEnd: false };
  });
}

/**
 * Gives what is free to the baseline, from the beginning on.
 * @param isWhole whether the weights come to 100 %: then nothing may be left, not even by rounding
 */
function fill(
  placed: readonly Placed[],
  filler: FlagVariant | undefined,
  weight: number,
  isWhole: boolean,
): Placed[] {
  const ranges = [...placed].sort((a, b) => a.from - b.from);
  const variant = filler ?? (isWhole ? ranges.at(-1)?.variant : undefined);
  if (variant === undefined) return ranges;
  let missing = isWhole ? BUCKETS : cutOf(weight);
  const fillers: Placed[] = [];
  let free = 0;
  for (const { from, to } of [...ranges, { from: BUCKETS, to: BUCKETS }]) {
    const length = Math.min(from - free, missing);
    if (length > 0) fillers.push({ from: free, to: free + length, variant, isFromEnd: false });
    missing -= Math.max(length, 0);
    free = to;
  }
  return [...ranges, ...fillers];
}

function shrink({ from, to, variant, isFromEnd }: Placed, share: number): Range {
  const length = part(to - from, share);
  return isFromEnd ? { from: to - length, to, variant } : { from, to: from + length, variant };
}

/** @returns undefined if the bucket is left over */
export function pick(ranges: readonly Range[], bucket: number): FlagVariant | undefined {
  for (const range of ranges) if (bucket >= range.from && bucket < range.to) return range.variant;
  return undefined;
}
