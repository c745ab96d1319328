/**
 * Stable's visitors in strands, each with as large a share of the split as a candidate has. A breaker counts
 * failures in a row: on all of stable's traffic, successes of others stand between those of one visitor who
 * tries again and again; on a candidate of 1 % they don't. So the breaker that is simulated for stable (judging.md,
 * section 2) is one a strand, or a good candidate would be kept from more visitors than stable.
 *
 * A strand is part of one lane, or some whole lanes: an opening fails many visitors at once, and how far failures
 * come in clusters is measured by what lanes differ by.
 */
import type { Ranges } from './split.ts';

const BUCKETS = 2 ** 32;
/** Of stable's, by the low bits of the bucket: as the judge's lanes. */
const LANES = 16;
/** Of a lane, in an isolate: strands are wider than a candidate below 0.8 %. */
const MAX_PARTS = 8;
export const MAX_STRANDS = LANES * MAX_PARTS;

/**
 * @param bucket the visitor's, in [0, 2^32)
 * @returns in [0, {@link MAX_STRANDS})
 */
export function strandOf({ low, high }: Ranges, bucket: number): number {
  const share = Math.max(low, BUCKETS - high) / BUCKETS;
  // Whom rules alone send has no share to compare with.
  if (share === 0) return 0;
  const lane = bucket % LANES;
  const lanes = Math.round(share * LANES);
  if (lanes > 1) return Math.floor(lane / lanes);
  const parts = Math.max(1, Math.min(MAX_PARTS, Math.round(1 / (share * LANES))));
  return lane * MAX_PARTS + Math.floor((bucket / BUCKETS) * parts);
}
