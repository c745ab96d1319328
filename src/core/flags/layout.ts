/**
 * A rule's weights as ranges of the bucket space [0, 2^32). Integer cut points: 0 % is nobody and 100 %
 * everyone, and a thousandth of a percent is exact to one bucket.
 *
 * Who has a variant keeps it while it grows, and the others keep theirs: each has a place of its own and
 * grows from there into what is the baseline's. The first two grow from the two ends, so they can't meet;
 * the next ones around the middle, the quarters, the eighths. Where they would meet, as little as possible
 * moves: no layout moves nobody, for with all of the traffic on any two of three, each would have to leave the
 * same half to both others.
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
 * @param rest `off` and `default`, those that there are: the first that has a weight takes what the others leave
 * @param share in thousandths of a percent: every range keeps that part of itself
 */
export function layOut(
  variants: readonly FlagVariant[],
  weights: readonly number[],
  rest: readonly FlagVariant[],
  share: number,
): Draw {
  const weightOf = ({ index }: FlagVariant): number => weights[index] ?? 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0 || share === 0) return { kind: 'nobody' };
  const whole = variants.find(variant => weightOf(variant) === WHOLE);
  if (whole !== undefined && share === WHOLE) return { kind: 'everyone', variant: whole };
  const filler = rest.find(variant => weightOf(variant) > 0);
  const ranked = [...variants.filter(variant => !rest.includes(variant)), ...rest.toReversed()];
  const arms = ranked
    .map((variant, rank): Arm => ({ variant, weight: weightOf(variant), place: placeOf(rank) }))
    .filter(({ variant, weight }) => weight > 0 && variant !== filler);
  const ranges = inTheirPlaces(arms);
  const filled = fill(ranges, filler, filler === undefined ? 0 : weightOf(filler), total === WHOLE);
  return { kind: 'ranges', ranges: filled.map(range => shrink(range, share)) };
}

interface Arm {
  readonly variant: FlagVariant;
  readonly weight: number;
  readonly place: number;
}

interface Placed extends Range {
  /** The point that it grows from and shrinks to: as a part of itself, and of the whole. */
  readonly place: number;
}

/** 0, 1, 1/2, 1/4, 3/4, 1/8, …: of a variant's rank alone, so that neither weights nor one more variant change it. */
function placeOf(rank: number): number {
  if (rank < 2) return rank;
  const level = 2 ** Math.floor(Math.log2(rank - 1));
  return (2 * (rank - 1 - level) + 1) / (2 * level);
}

function inTheirPlaces(arms: readonly Arm[]): Placed[] {
  const sorted = arms.toSorted((a, b) => a.place - b.place);
  const lengths = sorted.map(({ weight }) => cutOf(weight));
  const from = sorted.map(({ place }, i) => Math.floor((BUCKETS - lengths[i]!) * place));
  // Those that would meet make room, as little as it takes: towards the end, and back from it.
  for (let i = 1; i < from.length; i++) from[i] = Math.max(from[i]!, from[i - 1]! + lengths[i - 1]!);
  for (let i = from.length - 1, end = BUCKETS; i >= 0; end = from[i--]!)
    from[i] = Math.min(from[i]!, end - lengths[i]!);
  return sorted.map(({ variant, place }, i) => ({
    from: from[i]!,
    to: from[i]! + lengths[i]!,
    variant,
    place,
  }));
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
    if (length > 0) fillers.push({ from: free, to: free + length, variant, place: 0 });
    missing -= Math.max(length, 0);
    free = to;
  }
  return [...ranges, ...fillers];
}

function shrink({ from, to, variant, place }: Placed, share: number): Range {
  const length = part(to - from, share);
  const start = from + Math.floor((to - from - length) * place);
  return { from: start, to: start + length, variant };
}

/** @returns undefined if the bucket is left over */
export function pick(ranges: readonly Range[], bucket: number): FlagVariant | undefined {
  for (const range of ranges) if (bucket >= range.from && bucket < range.to) return range.variant;
  return undefined;
}
