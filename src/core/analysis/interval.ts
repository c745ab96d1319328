/**
 * What the judge reads: everything that its rollout's controller has not read yet, both arms in one
 * record (data contract: judging.md, section 2). Plain data: it is stored, sent and replayed as it is.
 */
import type { SparseHistogram } from './histogram.ts';

/** Outcomes that are counted once per visitor; a goal is `goal:<name>`. */
export type FirstKind = 'errors' | '4xx' | '3xx' | 'diverted' | `goal:${string}`;

/** Counts of one arm, or of one of stable's lanes. */
export interface JudgedCounts {
  /** Requests sent. */
  readonly started: number;
  /** Requests that ended: with an answer, with none in time, or kept back by the breaker. */
  readonly requests: number;
  readonly errors: number;
  readonly status4xx: number;
  readonly status3xx: number;
  /**
   * By kind: visitors whose first such outcome under this coin in 24 hours, and in 10 minutes, this was.
   * Under this coin: were they remembered over a raise, those who were just moved would all be first
   * again, those who stayed not, and any canary looked worse (10 of 10 runs at 10 % errors).
   */
  readonly firsts: Readonly<Partial<Record<FirstKind, readonly [day: number, tenMinutes: number]>>>;
  /**
   * Time to headers of successes and timeouts, and once, in the overflow bucket, of what is still open
   * after 5 s: its count is the latency tests' own total.
   */
  readonly latency: SparseHistogram;
}

export interface JudgedArm extends JudgedCounts {
  /** Decisions by the split for visitors without a valid cookie, counted before the answer is known. */
  readonly draws: number;
  /** Different visitors, as a bitmap for linear counting: 64 hexadecimal digits, see visitors.ts. */
  readonly visitors: string;
}

export const LANES = 16;

/** One coin: the cut points in force at the decision. */
export interface Stratum {
  /** Hash of the document's text and the effective weights after the cap. */
  readonly generation: string;
  /** `split`; `rule:<name>` for a rule's weights; `serve:<name>` is shown and limited, never compared. */
  readonly coin: string;
  /** Effective weights of that coin by variant, in thousandths of a percent, stable included. */
  readonly weights: Readonly<Record<string, number>>;
  /** By candidate, of its origin, version and headers (rollout/candidate.ts); absent from older records. */
  readonly hashes?: Readonly<Record<string, string>>;
  readonly arms: Readonly<Record<string, JudgedArm>>;
  /** Stable's own counts by lane, {@link LANES} of them: the low bits of a visitor's bucket. */
  readonly lanes: readonly JudgedCounts[];
}

/** Everything a hub has taken since it was last asked; an empty one is no evaluation. */
export interface Interval {
  /** Milliseconds since 1970, of the hub's commit. */
  readonly from: number;
  readonly to: number;
  readonly strata: readonly Stratum[];
  /** Outcomes that were dropped on the way to the hub. */
  readonly lost: number;
}
