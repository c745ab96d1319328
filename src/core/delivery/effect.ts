/**
 * What an event sets off. The controller stores the state and its effects in one transaction, and then
 * carries them out until each has succeeded: the same key means the same effect, so doing one twice
 * does no harm.
 */
import type { Actor } from '../rollout/control.ts';
import type { Problem } from '../rollout/problem.ts';
import type { Cap } from '../rollout/cap.ts';
import type { Notification } from './notification.ts';
import type { Verb } from './phase.ts';
import type { Gate, NotifyTarget } from './plan.ts';
import type { RunReport } from './report.ts';
import type { Shares, WireVariant } from './state.ts';

export type Effect = { readonly key: string } & EffectBody;

export type EffectBody =
  /** To the hub, at once: it reaches isolates before KV does. */
  | { readonly kind: 'set-cap'; readonly cap: Cap }
  /** To KV: a later one replaces an earlier one that is still to be written. */
  | {
      readonly kind: 'write-weight';
      readonly shares: Shares;
      /** For the metadata: hash of each candidate that it was issued for. */
      readonly candidates: Readonly<Record<string, string>>;
      readonly actor: Actor | null;
      readonly reason: string;
    }
  /** Stable becomes this variant in the document; the event `written` answers, with this key. */
  | {
      readonly kind: 'write-document';
      readonly stable: WireVariant;
      readonly actor: Actor;
      readonly reason: string;
    }
  /** @property actor null where the evidence or the clock decided */
  | {
      readonly kind: 'audit';
      readonly action: AuditAction;
      readonly actor: Actor | null;
      readonly detail: string;
    }
  | {
      readonly kind: 'notify';
      readonly notification: Notification;
      readonly targets: readonly NotifyTarget[];
    }
  /** The event `gate-answer` answers, with this key. */
  | { readonly kind: 'ask-gate'; readonly url: string; readonly question: GateQuestion }
  /**
   * `start`: a new run, nothing is known of it. `advance`: roll-back evidence stays, what speaks for an
   * advance is collected anew.
   */
  | { readonly kind: 'restart-judge'; readonly run: number; readonly what: 'start' | 'advance' }
  /** Replaces an earlier one of the same run. */
  | { readonly kind: 'store-report'; readonly report: RunReport };

/** What the audit log files a line under. */
export type AuditAction =
  Verb | 'advance' | 'restart' | 'complete' | 'hold' | 'gate' | 'document' | 'hand-weight';

export interface GateQuestion {
  readonly rollout: string;
  readonly before: Gate['before'];
  /** From 1, of the step that would be entered. */
  readonly step: number;
  /** Percent, of that step. */
  readonly weight: number;
  readonly candidate: string;
  readonly version: string | null;
  readonly idempotencyKey: string;
}

/** To a command; `null` for other events. */
export type Answer =
  /** @property changed false for what was so already */
  | { readonly kind: 'done'; readonly message: string; readonly changed: boolean }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  /** Ask this origin whether it is there, and bring the same event again with what it said. */
  | { readonly kind: 'probe'; readonly target: WireVariant };
