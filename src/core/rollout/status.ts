/** A rollout at a glance: what the API answers and CLI and dashboard show. */
import type { Figures } from '../metrics/snapshot.ts';
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
  /** Over the last minute or so. */
  readonly recent: Figures;
}

export interface RolloutStatus {
  readonly name: string;
  readonly phase: 'idle';
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
  readonly window: { readonly seconds: number };
  readonly lostOutcomes: number;
  readonly configErrors: number;
  /** What is in KV but not in force, and why. */
  readonly problems: readonly KeyedProblem[];
  /** When the last counts arrived; null before the first. */
  readonly lastCounts: string | null;
}
