/** What the rollout's single writer is asked, and what it answers. Plain data: it crosses RPC. */
import type { DeliveryStatus } from '../delivery/delivery-status.ts';
import type { AuditAction } from '../delivery/effect.ts';
import type { FlagsRefusal } from '../flags/change.ts';
import type { FlagNow } from '../flags/view.ts';
import type { Problem } from './problem.ts';
import type { Reading, Stored } from './active.ts';
import type { Cap } from './cap.ts';

/** The two values that make a rollout, and its flags, each under a key of its own in KV. */
export type Slot = 'document' | 'weight' | 'flags';

/** A kept value as a store of values gives it: as an isolate takes it. */
export function storedOf({ text, revision, candidates }: Kept): Stored {
  return {
    text,
    ...(revision === 0 ? {} : { revision }),
    ...(candidates === undefined ? {} : { candidates }),
  };
}

/** What is done through Weir without changing a value that it keeps. */
export type Note = 'override';

/** `controller`: the evidence or the clock, not a person. */
export type Channel = 'api' | 'cli' | 'dashboard' | 'kv' | 'controller';

/** Who changed something, and through what. */
export interface Actor {
  readonly by: string;
  readonly channel: Channel;
}

/** One value as the controller keeps it; `revision` 0 is a value that was written by hand. */
export interface Kept {
  readonly text: string;
  readonly revision: number;
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** False while the write to KV is still being retried. */
  readonly written: boolean;
  /** Of a weight, see {@link Stored.candidates}. */
  readonly candidates?: Readonly<Record<string, string>>;
}

export interface ControllerState {
  /** Counts every accepted change of document or weight; the ETag of both. */
  readonly revision: number;
  readonly document: Kept | null;
  readonly weight: Kept | null;
  /** Counts every accepted change of the flags; their ETag. A change of flags is none of the rollout. */
  readonly flagsRevision: number;
  readonly flags: Kept | null;
}

export interface ControlEvent {
  readonly id: number;
  readonly at: number;
  readonly by: string;
  readonly channel: Channel;
  readonly action: Slot | Note | AuditAction;
  readonly detail: string;
}

export type PutResult =
  /** @property effects what else it does, in sentences: "The candidate changed: weight 0 until start." */
  | {
      readonly kind: 'stored';
      readonly state: ControllerState;
      readonly written: boolean;
      readonly effects: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  | { readonly kind: 'conflict'; readonly revision: number }
  | { readonly kind: 'no-document' }
  /** The phase doesn't allow it. @property detail why, and what would help */
  | { readonly kind: 'refused'; readonly detail: string };

/** A weight that ends the plan, or lifts what a rollback holds down, says so and why. */
export interface Force {
  readonly force: boolean;
  readonly reason?: string;
}

/** What became of a {@link Command}. */
export type ActResult =
  /** @property message one or two sentences for a person @property changed false for what was so already */
  | {
      readonly kind: 'done';
      readonly message: string;
      readonly changed: boolean;
      readonly status: DeliveryStatus;
    }
  /** The phase doesn't allow it, or a probe found no answer. @property detail why, and the verb that would help */
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  /** To a rollback only: neither the controller nor KV nor the index has ever had such a rollout. */
  | { readonly kind: 'unknown' };

/** What became of the wish to remove a rollout with everything that is kept of it. */
export type RemoveResult =
  { readonly kind: 'removed' } | { readonly kind: 'refused'; readonly detail: string };

/** Who changed one flag last, and what. */
export interface LastFlagChange extends Actor {
  /** In words, e.g. `switched off`. */
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A rollout's flags as the controller keeps them. */
export interface KeptFlags {
  readonly revision: number;
  readonly kept: Kept | null;
  /** By flag; of those that the document has. */
  readonly changes: Readonly<Record<string, LastFlagChange>>;
}

export type FlagsPutResult =
  | {
      readonly kind: 'stored';
      readonly revision: number;
      /** False while KV refuses; it is tried until it takes it. */
      readonly written: boolean;
      /** What changed, in words. */
      readonly what: string;
      /** What else it does, in sentences. */
      readonly effects: readonly string[];
      /** The one flag that was changed; null for a document, and for one that is gone. */
      readonly flag: FlagNow | null;
    }
  | { readonly kind: 'conflict'; readonly revision: number }
  | FlagsRefusal;

/** One of the last documents that were put, newest first in a history. */
export interface DocumentVersion {
  readonly revision: number;
  readonly text: string;
  readonly by: string;
  readonly channel: Channel;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The part of the controller that an isolate talks to. */
export interface LastGoodKeeper {
  /** The last good document, weight and flags, or null where there never was one. */
  lastGood(): Promise<Reading>;
  /**
   * A good value that was found in KV and carries no revision: someone wrote it by hand.
   */
  reportHandWritten(name: string, values: Readonly<Partial<Record<Slot, string>>>): Promise<HandWrittenReply>;
}

export interface HandWrittenReply {
  /** The slots for which the reported value is the last good one now. */
  readonly accepted: readonly Slot[];
  /** The cap in force; null if there never was one. */
  readonly cap: Cap | null;
}

/** The registry's part that an isolate asks before it wakes a controller for a host it doesn't know. */
export interface RolloutRegistry {
  knows(name: string): Promise<boolean>;
}

/** Name of the hub that lists all rollouts; no rollout can have it (`_` is in no host name). */
export const INDEX = '_index';
export const DEFAULT_ROLLOUT = 'default';

const HOST_NAME = /^[a-z0-9.-]{1,253}$/;

/** Whether a text can name a rollout. */
export function isRolloutName(name: string): boolean {
  return HOST_NAME.test(name);
}

/** Where a link into a rollout leads: the authority it is asked on, unless the rollout has another host. */
export function linkAuthority(rollout: string, asked: string): string {
  return rollout === DEFAULT_ROLLOUT || rolloutOf(asked) === rollout ? asked : rollout;
}

/** The rollout that a host would have a document under: lower case, no port. */
export function rolloutOf(authority: string): string {
  const colon = authority.lastIndexOf(':');
  const host = (
    colon > authority.lastIndexOf(']') && colon >= 0 ? authority.slice(0, colon) : authority
  ).toLowerCase();
  // `www.example.com.` is the same host, spelt with the root.
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  return isRolloutName(name) ? name : DEFAULT_ROLLOUT;
}
