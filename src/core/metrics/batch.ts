/** What an isolate tells the hub of a rollout about once a second, and what it hears back. */
import type { FlagsOff } from '../flags/off-list.ts';
import type { Cap } from '../rollout/cap.ts';
import type { KeyedProblem } from '../rollout/problem.ts';
import type { CountsRecord } from './counts.ts';
import type { FlagDelta } from './flag-delta.ts';
import type { StratumRecord } from './strata.ts';

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
  /** What came of flags; absent where nothing did. */
  readonly flags?: FlagDelta;
  /** What the judge compares; absent from isolates of an older version. */
  readonly strata?: readonly StratumRecord[];
  /** Of the configuration now in force in this isolate; absent where there is none. */
  readonly generation?: string;
  /** Effective weights now in force in this isolate, in thousandths of a percent, stable included. */
  readonly weights: Readonly<Record<string, number>>;
  /** Config readings that were refused. */
  readonly configErrors: number;
  readonly problems: readonly KeyedProblem[];
  /** By variant, what its origin last gave as its version; absent from isolates of an older version. */
  readonly versions?: Readonly<Record<string, string>>;
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

/** What the controllers want every isolate of a rollout to know at once. */
export interface Orders {
  /** The highest weights allowed right now; null if that was never said. */
  readonly cap: Cap | null;
  /** Of the rollout's own flags and of the default ones, where any were switched off; else empty. */
  readonly flagsOff: readonly FlagsOff[];
}

export interface BatchReply extends Orders {
  /** How long to wait before the next flush, in milliseconds: a busy hub slows its writers. */
  readonly nextFlushMs: number;
}
