/**
 * What people are told when a rollout moves or needs them (judging.md, section 6). Plain data; payloads
 * are made of it elsewhere, one per format. Sent at least once, with one key per transition.
 */
import type { Evidence, Verdict } from '../analysis/verdict.ts';
import type { Phase, WaitingFor } from './phase.ts';

export const NOTIFICATION_EVENTS = [
  'started',
  'step',
  'approval-needed',
  /** Held for more than 15 minutes by something that time alone doesn't end. */
  'held',
  'paused',
  'rolled-back',
  'completed',
  'adopted',
  'blind',
  'mismatch',
  /** Something that the judge wants a person to look at: both over limit, the A/A test. */
  'attention',
  'config-refused',
  'weight-without-effect',
  /** Somebody changed the feature flags; it says nothing of the rollout's run. */
  'flags-changed',
] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

export interface Notification {
  /** The idempotency key: the same however often it is sent, another for every transition. */
  readonly id: string;
  readonly event: NotificationEvent;
  readonly rollout: string;
  /** Milliseconds since 1970, of the transition. */
  readonly at: number;
  readonly phase: Phase;
  /** One or two sentences for a person: what happened and why. */
  readonly text: string;
  /** What to do now, if anything: "weir approve". */
  readonly advice: string | null;
  /** The rollout that it is about; null where none was ever started. */
  readonly run: {
    readonly id: number;
    readonly attempt: number;
    readonly candidate: string;
    readonly version: string | null;
    /** From 1; 0 before the first step's weight is set. */
    readonly step: number;
    readonly steps: number;
  } | null;
  /** Candidates' weights as the controller last set them, in thousandths of a percent. */
  readonly shares: Readonly<Record<string, number>>;
  readonly waitingFor: WaitingFor | null;
  /** With criterion, both variants' figures, n, margin and e-value; null where nothing was judged. */
  readonly verdict: Verdict | null;
  /** The evidence behind the verdict: of its criterion and of `all`; at most {@link MAX_EVIDENCE}. */
  readonly evidence: readonly Evidence[];
  /** Who moved it; null where the evidence or the clock did. */
  readonly actor: string | null;
  readonly reason: string | null;
  /** Of the page, to be put behind `PUBLIC_URL`: `/__weir/…`. */
  readonly path: string;
}

export const MAX_EVIDENCE = 4;
