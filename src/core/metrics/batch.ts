/** What an isolate tells the hub of a rollout about once a second, and what it hears back. */
import {
  emptyHistogram,
  fromSparse,
  mergeHistogram,
  toSparse,
  type Histogram,
  type SparseHistogram,
} from '../analysis/histogram.ts';
import type { Cap } from '../rollout/cap.ts';
import type { KeyedProblem } from '../rollout/problem.ts';
import type { CountsRecord } from './counts.ts';

/**
 * One arm of a comparison: randomised requests only (data contract: shared reference/statistics.md,
 * section 2). Its histogram holds successes and timeouts; a fast failure is no latency.
 */
export interface Arm {
  /** Requests sent; what is started and never finished hangs. */
  started: number;
  /** Requests that got an answer, or none in time. */
  requests: number;
  errors: number;
  readonly duration: Histogram;
}

export type ArmRecord = {
  readonly started: number;
  readonly requests: number;
  readonly errors: number;
  readonly duration: SparseHistogram;
};

/** All variants under one generation of the coin, in one record, so that no slow roll-out skews them. */
export interface IntervalRecord {
  readonly generation: string;
  /** Effective weights by variant name, in thousandths of a percent, stable included. */
  readonly weights: Readonly<Record<string, number>>;
  readonly arms: Readonly<Record<string, ArmRecord>>;
}

/** What one sink has lost of what it was given, and what keeps it from taking more. */
export interface SinkHealth {
  /** Outcomes that were dropped because the sink did not take them. */
  readonly lost: number;
  /** Why it takes nothing just now; absent while it does. */
  readonly trouble?: string;
}

/** What was counted, and what the configuration had to say, over a stretch of time. */
export interface Delta {
  /** Milliseconds since 1970: counted after `since`, up to `until`. */
  readonly since: number;
  readonly until: number;
  /** Everything that was proxied, by variant. */
  readonly totals: Readonly<Record<string, CountsRecord>>;
  /** Copies that were sent to a variant, apart from its requests; absent from isolates of an older version. */
  readonly mirrors?: Readonly<Record<string, CountsRecord>>;
  readonly intervals: readonly IntervalRecord[];
  /** Effective weights now in force in this isolate, as in {@link IntervalRecord}. */
  readonly weights: Readonly<Record<string, number>>;
  /** Config readings that were refused. */
  readonly configErrors: number;
  readonly problems: readonly KeyedProblem[];
  /** The sinks beside the hub, by name; absent from isolates of an older version. */
  readonly sinks?: Readonly<Record<string, SinkHealth>>;
}

/** A {@link Delta} on its way to one sink. */
export interface Batch extends Delta {
  /** Names the rollout: the hub of a name-derived id cannot read its own name everywhere. */
  readonly rollout: string;
  readonly isolate: string;
  /** Counts up by one for each new batch of an isolate, rollout and sink; a resent batch keeps its number. */
  readonly sequence: number;
  /** Outcomes meant for this sink that were dropped undelivered since the last batch. */
  readonly lost: number;
}

export interface BatchReply {
  /** How long to wait before the next flush, in milliseconds: a busy hub slows its writers. */
  readonly nextFlushMs: number;
  /** The highest weights allowed right now; null if that was never said. */
  readonly cap: Cap | null;
}

export function emptyArm(): Arm {
  return { started: 0, requests: 0, errors: 0, duration: emptyHistogram() };
}

export function mergeArm(into: Arm, from: Arm): void {
  into.started += from.started;
  into.requests += from.requests;
  into.errors += from.errors;
  mergeHistogram(into.duration, from.duration);
}

export function toArmRecord(arm: Arm): ArmRecord {
  return {
    started: arm.started,
    requests: arm.requests,
    errors: arm.errors,
    duration: toSparse(arm.duration),
  };
}

export function fromArmRecord(record: ArmRecord): Arm {
  return {
    started: record.started,
    requests: record.requests,
    errors: record.errors,
    duration: fromSparse(record.duration),
  };
}
