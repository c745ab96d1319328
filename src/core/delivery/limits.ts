/** What holds candidates back, and what it leaves of their weights. */
import type { Limit } from '../rollout/cap.ts';
import type { DeliveryState, Shares } from './state.ts';

/** A candidate's weight as the split draws it while the document is enabled: KV's, under its limit. */
export function inForce({ shares, limits }: Pick<DeliveryState, 'shares' | 'limits'>, name: string): number {
  const share = shares[name] ?? 0;
  return Math.min(share, limits[name]?.share ?? share);
}

/** Names of the candidates that have a weight. */
export function weighted(shares: Shares): string[] {
  return Object.keys(shares).filter(name => (shares[name] ?? 0) > 0);
}

/**
 * What a rollback holds at 0 stays there, whatever another candidate does.
 * @param freed names of those that get a weight, or a start: nothing is left of theirs
 */
export function barredBut(
  { limits, document }: DeliveryState,
  freed: readonly string[],
): Record<string, Limit> {
  return Object.fromEntries(
    Object.entries(limits).filter(
      ([name, { isBarred }]) =>
        isBarred && !freed.includes(name) && (document === null || document.candidates[name] !== undefined),
    ),
  );
}
