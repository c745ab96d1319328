/**
 * Stable's visitors in strands, each with as large a share of the split as a candidate has. A breaker counts
 * failures in a row: on all of stable's traffic, successes of others stand between those of one visitor who
 * tries again and again; on a candidate of 1 % they don't. So the breaker that is simulated for stable (judging.md,
 * section 2) is one a strand, or a good candidate would be kept from more visitors than stable.
 */
import type { Ranges } from './split.ts';

const BUCKETS = 2 ** 32;
/** Of a rollout, in an isolate: strands are wider than a candidate below 0.8 %. */
export const MAX_STRANDS = 128;

/**
 * @param bucket the visitor's, in [0, 2^32)
 * @returns in [0, {@link MAX_STRANDS})
 */
export function strandOf({ low, high }: Ranges, bucket: number): number {
  const share = Math.max(low, BUCKETS - high);
  // Whom rules alone send has no share to compare with.
  return share === 0 ? 0 : Math.floor(bucket / Math.max(share, BUCKETS / MAX_STRANDS));
}
