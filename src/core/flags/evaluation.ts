/** What is asked of a flag and what it answers, in OpenFeature's words (specification, "Types and Data Structures"). */
import type { Facts } from '../rollout/conditions/facts.ts';
import type { Flag, FlagVariant } from './flag.ts';

/** Whoever flags are evaluated for. */
export interface FlagRequest {
  /** What the app sent, `targetingKey` included; whatever it is, evaluation can't fail over it. */
  readonly context: Readonly<Record<string, unknown>>;
  /** What the edge saw of the caller; its `time` is now. */
  readonly facts: Facts;
  /** The rollout's variant for this visitor, asked for by flags that follow it; undefined if it is not known. */
  readonly rolloutVariant: () => string | undefined;
  /** Flags that were turned off since the document was written, see {@link NO_FLAGS}. */
  readonly off: ReadonlySet<string>;
}

export const NO_FLAGS: ReadonlySet<string> = new Set();

/** OpenFeature's resolution reasons, those that this server gives. */
export type FlagReason = 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED' | 'ERROR';

/** OpenFeature's error codes, those that evaluation gives. */
export type FlagErrorCode = 'PARSE_ERROR' | 'TARGETING_KEY_MISSING' | 'FLAG_NOT_FOUND';

/** Why no rule was asked, or none could draw. */
export type Gate = 'prerequisite' | 'holdout' | 'group' | 'unit';

export interface Evaluation {
  readonly key: string;
  /** Undefined for a flag that is not there or malformed. */
  readonly flag: Flag | undefined;
  /** Null: the caller's own default. With an error it is what holds where no error can be told. */
  readonly variant: FlagVariant | null;
  readonly reason: FlagReason;
  readonly errorCode: FlagErrorCode | undefined;
  /** Empty without an error. */
  readonly errorDetails: string;
  /** The rule that decided; empty without one. */
  readonly rule: string;
  /** The unit's in [0, 2^32), of the draw that decided; -1 without one. */
  readonly bucket: number;
  readonly gate: Gate | undefined;
  /** What the gate is: the flag, holdout, group or attribute; empty without one. */
  readonly gateName: string;
}

/**
 * The flag's metadata and how the answer came about: `weir.rule`, `weir.bucket`, `weir.generation`, and
 * `weir.prerequisite`, `weir.holdout`, `weir.group` or `weir.unit` for what kept the rules from being asked.
 * @param seesAll whether names of other flags may be told
 */
export function flagMetadata(
  { flag, rule, bucket, gate, gateName }: Evaluation,
  generation: string,
  seesAll: boolean,
): Record<string, string | number | boolean> {
  const metadata: Record<string, string | number | boolean> = { ...flag?.metadata };
  if (rule !== '') metadata['weir.rule'] = rule;
  if (bucket >= 0) metadata['weir.bucket'] = bucket;
  if (gate !== undefined && (seesAll || gate !== 'prerequisite')) metadata[`weir.${gate}`] = gateName;
  metadata['weir.generation'] = generation;
  return metadata;
}
