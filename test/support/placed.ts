/** Visitors who have been here before, at a known place of the split. */
import { randomBytes } from 'node:crypto';
import { murmur3 } from '../../src/core/rollout/hash.ts';

/** Somebody new, as Weir draws them. */
export function drawId(): string {
  return randomBytes(9).toString('base64url');
}

/** @returns in [0, 1): on the candidate while that is below its share */
export function placeOf(id: string, salt: string): number {
  return murmur3(id, murmur3(salt)) / 2 ** 32;
}

export function cookieOf(id: string): string {
  return `weir=${id}.AA.${Math.floor(Date.now() / 86_400_000)}`;
}
