/** Flags as they are compiled, once per document: nothing in here is optional, parsed or looked up again. */
import type { Test } from '../rollout/conditions/matchers.ts';
import type { Problem } from '../rollout/problem.ts';
import type { Draw } from './layout.ts';
import type { FlagType } from './schema.ts';

/** What an app gets; objects are JSON. */
export type FlagValue = boolean | string | number | Readonly<Record<string, unknown>>;

export interface FlagVariant {
  readonly name: string;
  /** Position in {@link Flag.variants}. */
  readonly index: number;
  readonly value: FlagValue;
}

export interface FlagRule {
  readonly name: string;
  /** Null: it holds for everyone. */
  readonly holds: Test | null;
  /** Before the first step of its schedule, or always. */
  readonly draw: Draw;
  readonly schedule: readonly Step[] | null;
  /** Thousandths of a percent by variant index, before the share: how it divides those it takes. */
  readonly weights: readonly number[];
  /** Of its units' buckets. */
  readonly seed: number;
  /** Attribute of the context that is hashed. */
  readonly by: string;
  /** Whether nothing before it and nothing in it can tell one caller from another. */
  readonly isStatic: boolean;
}

/** From one moment on, in milliseconds since 1970, until the next step. */
export interface Step {
  readonly at: number;
  readonly draw: Draw;
}

/** A share of all units, salted with a name that several flags may give. */
export interface SharedRange {
  readonly name: string;
  readonly seed: number;
  /** In [0, 2^32], half open. */
  readonly from: number;
  readonly to: number;
}

export interface Prerequisite {
  readonly flag: string;
  readonly variants: ReadonlySet<string>;
}

/** A flag that can be evaluated. */
export interface Flag {
  readonly kind: 'flag';
  readonly key: string;
  readonly index: number;
  readonly type: FlagType;
  readonly variants: readonly FlagVariant[];
  readonly enabled: boolean;
  /** Null: the caller's own default. */
  readonly off: FlagVariant | null;
  readonly fallback: FlagVariant | null;
  readonly rules: readonly FlagRule[];
  /** Attribute of the context that holdout and group hash. */
  readonly by: string;
  readonly prerequisites: readonly Prerequisite[];
  /** Units within get the default. */
  readonly holdout: SharedRange | null;
  /** Units outside get the default. */
  readonly group: SharedRange | null;
  readonly follows: Following | null;
  /** Whether every caller gets the same. */
  readonly isStatic: boolean;
  readonly client: boolean;
  readonly origin: boolean;
  readonly experiment: boolean;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

export interface Following {
  /** Variant of the rollout. */
  readonly variant: string;
  readonly on: FlagVariant;
  /** For everyone else. */
  readonly off: FlagVariant;
  readonly rule: string;
}

/** A malformed flag: it alone answers PARSE_ERROR. */
export interface BrokenFlag {
  readonly kind: 'broken';
  readonly key: string;
  readonly index: number;
  /** Read as well as it can be: who may not see the flag may not see that it is broken. */
  readonly client: boolean;
  readonly problem: Problem;
}

/** All flags of one document. */
export interface FlagSet {
  /** Hash of the document's text, 16 hexadecimal digits. */
  readonly generation: string;
  /** In the document's order. */
  readonly flags: readonly (Flag | BrokenFlag)[];
  readonly byKey: ReadonlyMap<string, Flag | BrokenFlag>;
  /** Those in `x-weir-flags`. */
  readonly forOrigin: readonly Flag[];
  /** Whether who has no key may read the flags for clients. */
  readonly isPublic: boolean;
  /** Web origins that may ask over OFREP; `*` is any. */
  readonly origins: readonly string[];
  /** Whether the origin gets `x-weir-unit`. */
  readonly sendsUnit: boolean;
}
