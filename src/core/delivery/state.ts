/**
 * What a rollout's controller remembers between two events: plain JSON, bounded, and unchanged (the same
 * object) by an event that changes nothing.
 */
import { NO_CAP, type Cap, type Limit } from '../rollout/cap.ts';
import type { Sticky } from '../rollout/compile.ts';
import type { Clock } from './clock.ts';
import type { Phase, WaitingFor } from './phase.ts';
import type { Plan } from './plan.ts';
import type { Decision, Outcome, StepReport } from './report.ts';

/** Shares of candidates in thousandths of a percent; a candidate that isn't named has 0. */
export type Shares = Readonly<Record<string, number>>;

/** A variant as the document spells it: a secret stays a reference. */
export interface WireVariant {
  readonly origin: string;
  readonly version?: string;
  readonly versionHeader?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What of a document moves a rollout. */
export interface DocumentFacts {
  /** False: everyone on stable, whatever else is said. */
  readonly enabled: boolean;
  readonly stable: WireVariant;
  readonly candidates: Readonly<Record<string, CandidateFacts>>;
  /** By what, and with which seed, visitors are drawn: with another one, all of them are drawn anew. */
  readonly draw: Sticky & { readonly seed: number };
  /** Null: nothing moves by itself. */
  readonly plan: Plan | null;
}

export interface CandidateFacts {
  /** Of origin, version and headers: what was learnt of one candidate holds for no other. */
  readonly hash: string;
  readonly wire: WireVariant;
}

/** One way from start to completion, rollback or end. Times are milliseconds since 1970. */
export interface Run {
  /** Counts a rollout's runs, from 1. */
  readonly id: number;
  /** Of this same candidate. */
  readonly attempt: number;
  readonly candidate: string;
  readonly hash: string;
  readonly version: string | null;
  /** What its `versionHeader` said first, if it has one. */
  readonly seenVersion: string | null;
  /** Its criteria, rates and holdback are those of the start; the rest follows the document. */
  readonly plan: Plan;
  readonly startedAt: number;
  readonly startedBy: string;
  readonly endedAt: number | null;
  readonly outcome: Outcome | null;
  /** Why it ended, or stands still, if it does. */
  readonly reason: string | null;
  /** Position of the step whose weight was set last; -1 before the first. */
  readonly step: number;
  readonly stepSince: number;
  readonly raisedAt: number | null;
  /** Of the step's hold. */
  readonly hold: Clock;
  /** Counts towards `maxHold`: no pauses, approvals, gates or freezes. */
  readonly open: Clock;
  /** For the step after this one. */
  readonly approvedBy: string | null;
  /** By position in the plan's gates, for the step after this one. */
  readonly gates: Readonly<Record<number, GateState>>;
  /** Counts the steps that gates were asked about: a part of the key of a question. */
  readonly gateRound: number;
  /** A person skips to the last step. */
  readonly promotion: { readonly by: string; readonly isForced: boolean } | null;
  readonly waitingFor: WaitingFor | null;
  readonly waitingSince: number;
  /** Since when something else than time is waited for; null while it isn't. */
  readonly stuckSince: number | null;
  /** Until when a `versionHeader` that changed by itself is shown as a mismatch. */
  readonly mismatchUntil: number | null;
  readonly blindSince: number | null;
  readonly told: Told;
  readonly steps: readonly StepReport[];
  readonly decisions: readonly Decision[];
}

export interface GateState {
  /** Key of the question: an answer to another one is stale. */
  readonly key: string;
  readonly askedAt: number;
  /** Null until it has answered. */
  readonly passes: boolean | null;
  /** What it said, at most 200 characters. */
  readonly answer: string;
}

/** What people were told already, so that it is told once, or again only after a while. */
export interface Told {
  readonly approvalAt: number | null;
  readonly blindAt: number | null;
  /** Whether it was told that the present wait is long. */
  readonly isHeld: boolean;
  readonly isMismatch: boolean;
  /** Pages of the judge. */
  readonly pages: readonly string[];
}

/** How a candidate has fared. */
export interface TrackRecord {
  readonly variant: string;
  readonly hash: string;
  readonly attempts: number;
  /** Why the last attempt was rolled back; null where it wasn't. */
  readonly failure: string | null;
}

/** A stable that was replaced, or is being replaced, by what completed. */
export interface Adoption {
  readonly candidate: string;
  readonly previous: WireVariant;
  /** Stables that earlier adopts replaced, newest first, at most {@link MAX_REPLACED}. */
  readonly earlier: readonly WireVariant[];
  readonly by: string;
  readonly at: number;
  /** Key of the effect that writes the document. */
  readonly key: string;
  /** When KV had the document; null before. */
  readonly writtenAt: number | null;
}

export interface DeliveryState {
  /** The rollout's name. */
  readonly rollout: string;
  readonly phase: Phase;
  /** When it entered the phase; null while it was never started. */
  readonly since: number | null;
  /** What `weight:<name>` holds, as last written or found. */
  readonly shares: Shares;
  /** What holds candidates back by their phase; one that isn't named is free. */
  readonly limits: Readonly<Record<string, Limit>>;
  /** The same as it was last published; all candidates at 0 while the document is disabled. */
  readonly cap: Cap;
  readonly document: DocumentFacts | null;
  /** The run under way, or the last one. */
  readonly run: Run | null;
  /** Newest first, at most {@link MAX_RECORDS}. */
  readonly records: readonly TrackRecord[];
  /** The last adopt: under way in phase `adopting`, else what `adopt --undo` takes back. */
  readonly adoption: Adoption | null;
  /** Said by `weir freeze`; a plan's own windows are computed. */
  readonly freeze: { readonly until: number; readonly reason: string; readonly by: string } | null;
  readonly runs: number;
  /** Counts effects: a part of their keys. */
  readonly sequence: number;
  /** Keys of the last events, newest last, at most {@link MAX_SEEN}: a repeated one changes nothing. */
  readonly seen: readonly string[];
}

export const MAX_RECORDS = 20;
export const MAX_SEEN = 64;
export const MAX_REPLACED = 10;

export function initialState(rollout: string): DeliveryState {
  return {
    rollout,
    phase: 'idle',
    since: null,
    shares: {},
    limits: {},
    cap: NO_CAP,
    document: null,
    run: null,
    records: [],
    adoption: null,
    freeze: null,
    runs: 0,
    sequence: 0,
    seen: [],
  };
}
