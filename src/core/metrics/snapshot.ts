import { quantile } from '../analysis/histogram.ts';
import type { Cap } from '../rollout/cap.ts';
import type { KeyedProblem } from '../rollout/problem.ts';
import type { SinkHealth } from './batch.ts';
import type { CountsRecord } from './counts.ts';
import type { FlagCountsRecord } from './flag-counts.ts';
import type { ControllerGauges } from './gauges.ts';
import type { Tally } from './tally.ts';

/** Everything a hub has counted for one rollout since it exists. */
export interface Snapshot {
  readonly rollout: string;
  readonly totals: Readonly<Record<string, CountsRecord>>;
  /** Copies, by the variant that they were sent to; absent from a snapshot of an older version. */
  readonly mirrors?: Readonly<Record<string, CountsRecord>>;
  /** What came of flags; absent as long as nothing did. */
  readonly flags?: FlagCountsRecord;
  /** Effective weights as last reported, in thousandths of a percent, stable included. */
  readonly weights: Readonly<Record<string, number>>;
  readonly configErrors: number;
  readonly lost: number;
  /** The sinks beside the hub, by name; absent from a snapshot of an older version. */
  readonly sinks?: Readonly<Record<string, SinkHealth>>;
  /** The highest weights allowed; null if that was never said, absent from a snapshot of an older version. */
  readonly cap?: Cap | null;
  /** What the last batch with a problem said, until a batch says otherwise. */
  readonly problems: readonly KeyedProblem[];
  /** Milliseconds since 1970; of the last batch, 0 before the first. */
  readonly updatedAt: number;
  /** What the controller last said; null if it never did, absent from a snapshot of an older version. */
  readonly gauges?: ControllerGauges | null;
}

/** Of a rollout that has not had a request yet. */
export function emptySnapshot(rollout: string): Snapshot {
  return { rollout, totals: {}, weights: {}, configErrors: 0, lost: 0, problems: [], updatedAt: 0 };
}

/** Figures of one variant over a window, as status, CLI and dashboard show them. */
export interface Figures {
  readonly requests: number;
  readonly errors: number;
  readonly requestsPerSecond: number;
  /** null without requests: no traffic is not an error ratio of zero. */
  readonly errorRatio: number | null;
  /** Seconds; null without requests. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export function figuresOf({ requests, errors, duration }: Tally, windowSeconds: number): Figures {
  return {
    requests,
    errors,
    requestsPerSecond: windowSeconds > 0 ? requests / windowSeconds : 0,
    errorRatio: requests > 0 ? errors / requests : null,
    p50: quantile(duration, 0.5),
    p95: quantile(duration, 0.95),
    p99: quantile(duration, 0.99),
  };
}
