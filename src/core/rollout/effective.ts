/**
 * What of a weight holds: the candidate it was issued for must be the one that the document has, and
 * the cap must allow it. In doubt, the least canary.
 */
import type { Stored } from './active.ts';
import type { Cap, Limit } from './cap.ts';
import type { Rollout, Variant } from './compile.ts';
import { applicableWeights, NO_WEIGHTS, type Weights } from './weights.ts';

/** The weights that a stored text gives the candidates of a rollout. */
export function weightsFor({ variants }: Rollout, weight: Stored | null): Weights {
  if (weight === null) return NO_WEIGHTS;
  const candidates = variants.slice(1);
  const weights = applicableWeights(
    weight.text,
    candidates.map(({ name }) => name),
  );
  const issuedFor = weight.candidates;
  if (issuedFor === undefined) return weights;
  const isForAnother = ({ name, candidate }: Variant): boolean =>
    (own(issuedFor, name) ?? candidate) !== candidate;
  return new Map(
    candidates.filter(variant => !isForAnother(variant)).map(({ name }) => [name, weights.get(name) ?? 0]),
  );
}

/**
 * What the cap leaves of a share.
 * @param share in thousandths of a percent
 */
export function capped({ name, candidate }: Variant, share: number, { limits }: Cap): number {
  const limit = own(limits, name);
  if (limit === undefined) return share;
  return limit.candidate === candidate ? Math.min(share, limit.share) : 0;
}

/** Whether this very candidate was rolled back, so that no rule may send anyone there. */
export function isBarred({ name, candidate }: Variant, { limits }: Cap): boolean {
  const limit: Limit | undefined = own(limits, name);
  return limit !== undefined && limit.isBarred && limit.candidate === candidate;
}

/** A variant may be named like something that every object has (`constructor`). */
function own<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
