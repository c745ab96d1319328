/** What can happen to a rollout. Every event but a tick has a key: brought twice, it counts once. */
import type { Evidence, Verdict } from '../analysis/verdict.ts';
import type { Actor } from '../rollout/control.ts';
import type { Command } from './phase.ts';
import type { DocumentFacts, Shares } from './state.ts';

/** What an origin answered to one request. */
export interface Probe {
  readonly answers: boolean;
  /** For a person: "503", "connection refused". */
  readonly text: string;
}

/** The judge's answer at this look, without its memory. */
export interface Look {
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** What an advance still lacks, of the judge's; null when it lacks nothing. */
  readonly waitsFor: 'requests' | `evidence:${string}` | null;
  /** Progress towards it, in words. */
  readonly progress: string | null;
  /** Why automatic rollback by some criterion is off, by the built-in A/A test. */
  readonly distrust: string | null;
  /** What a person must look at now, a sentence each; the same text as long as it lasts. */
  readonly pages: readonly string[];
}

/** What the controller knows when it looks, beside the judgement. */
export interface Facts {
  /** KV has taken the last weight, shows it when read back, and KV_SETTLE has passed since. */
  readonly isSettled: boolean;
  /** The hub could be read. */
  readonly isHeard: boolean;
  /** What was last seen in each variant's `versionHeader`. */
  readonly versions: Readonly<Record<string, string>>;
  /**
   * When a batch last reported another generation than that of the document and weights in force;
   * null if none has. Milliseconds since 1970.
   */
  readonly otherGenerationAt: number | null;
  /** Where that is so long ago, no isolate has an old document or weight any more: KV's delay, and a reserve. */
  readonly quietMs: number;
}

export type DeliveryEvent =
  /** Every look, some seconds apart. @property look null while nothing is judged */
  | { readonly kind: 'tick'; readonly look: Look | null; readonly facts: Facts }
  /**
   * @property probe what was asked for by the answer `probe`, if it was
   * @property look the last one of this run; null where there was none
   */
  | {
      readonly kind: 'command';
      readonly key: string;
      readonly command: Command;
      readonly actor: Actor;
      readonly probe: Probe | null;
      readonly look: Look | null;
    }
  /** Another document is in force: put, or written by hand. Also the first one that is found. */
  | {
      readonly kind: 'document';
      readonly key: string;
      readonly document: DocumentFacts;
      readonly actor: Actor;
    }
  /** What is in KV is not in force. @property text what is wrong with it */
  | { readonly kind: 'config-refused'; readonly key: string; readonly text: string }
  /** A weight that the controller has not written was found in KV. */
  | { readonly kind: 'hand-weight'; readonly key: string; readonly shares: Shares }
  /** @property key of the question */
  | {
      readonly kind: 'gate-answer';
      readonly key: string;
      readonly passes: boolean;
      readonly answer: string;
    }
  /** KV has taken a value. @property key of the effect */
  | { readonly kind: 'written'; readonly key: string };
