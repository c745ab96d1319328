/** A rollout at a glance: what the API answers and CLI and dashboard show. */
import type { Difference } from '../analysis/difference.ts';
import type { DeliveryStatus } from '../delivery/delivery-status.ts';
import type { Phase } from '../delivery/phase.ts';
import type { ArmResult } from '../flags/experiment.ts';
import type { Figures } from '../metrics/snapshot.ts';
import type { SinkHealth } from '../metrics/batch.ts';
import type { KeyedProblem } from './problem.ts';

export interface VariantStatus {
  /** As the document spells it: a secret stays a reference. */
  readonly origin: string;
  readonly version?: string;
  /** Percent, as configured. */
  readonly weight: number;
  /** Percent, as the isolates last reported it; null before they have. */
  readonly weightInForce: number | null;
  /** Since the rollout exists. */
  readonly requests: number;
  readonly errors: number;
  /** Over the window. */
  readonly recent: Figures;
}

/**
 * A candidate against stable over the window; null where either has too little to say anything. All
 * proxied requests, as the figures beside it, so for people to look at: it decides nothing.
 */
export interface Comparison {
  /** As a fraction. */
  readonly errorRatio: Difference | null;
  /** Seconds. */
  readonly p50: Difference | null;
  readonly p95: Difference | null;
  readonly p99: Difference | null;
}

export interface ArmStatus extends ArmResult {
  /** The figures in words. */
  readonly text: string;
}

/** A flag with `experiment: true`. */
export interface ExperimentStatus {
  /** The variant that the others are compared with. */
  readonly baseline: string;
  /** One in so many units is counted; 1 is all of them. */
  readonly oneIn: number;
  /** How the texts are meant. */
  readonly note: string;
  /** By goal; the baseline first. Intervals hold at all times at once, with 95 %, each by itself. */
  readonly goals: Readonly<Record<string, { readonly variants: readonly ArmStatus[] }>>;
}

export interface RolloutStatus {
  readonly name: string;
  readonly phase: Phase;
  /** The rollout that moves itself: phase, steps, evidence, what it waits for. */
  readonly delivery: DeliveryStatus;
  readonly enabled: boolean | null;
  readonly revision: number;
  readonly document: {
    readonly source: 'kv' | 'variables' | 'none';
    readonly by?: string;
    readonly at?: string;
  };
  readonly weight: {
    readonly value: unknown;
    readonly by?: string;
    readonly at?: string;
    readonly written?: boolean;
  } | null;
  readonly variants: Readonly<Record<string, VariantStatus>>;
  /** Candidate minus stable, by candidate. */
  readonly comparisons: Readonly<Record<string, Comparison>>;
  /** By flag. */
  readonly experiments: Readonly<Record<string, ExperimentStatus>>;
  /** How far back recent figures and comparisons reach. */
  readonly window: { readonly seconds: number };
  /** Unreachable: the hub gave no answer within three seconds, so there are no figures. */
  readonly hub: 'ok' | 'unreachable';
  /** Isolates with counts in the last minute. */
  readonly isolates: number;
  readonly lostOutcomes: number;
  /** The sinks beside the hub, and the hub if it is none: what each lost, why it takes nothing just now. */
  readonly sinks: Readonly<Record<string, SinkHealth>>;
  readonly configErrors: number;
  /** What is in KV but not in force, and why. */
  readonly problems: readonly KeyedProblem[];
  /** When the last counts arrived; null before the first, and while the hub is unreachable. */
  readonly lastCounts: string | null;
}

/** Every rollout, the default one first; at most 100 are asked. */
export interface RolloutList {
  readonly rollouts: readonly RolloutStatus[];
  /** Those that there are, or may be, but whose status could not be had. */
  readonly unanswered: readonly string[];
  /** Those that are known, listed or not. */
  readonly total: number;
  /** Unreachable: the index gave no answer, so there may be more than are known. */
  readonly hub: 'ok' | 'unreachable';
}
