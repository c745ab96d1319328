/** Phases of a rollout and the verbs that move it (DESIGN.md, section 2; judging.md, section 5). */

export const PHASES = [
  'idle',
  'progressing',
  'paused',
  'baking',
  'completed',
  'adopting',
  'rolled-back',
] as const;
export type Phase = (typeof PHASES)[number];

/** What a person, or their pipeline, can tell a rollout. */
export type Command =
  /** @property version the candidate's, set in the document first @property again the same failed candidate once more */
  | { readonly verb: 'start'; readonly version?: string; readonly again?: boolean }
  | { readonly verb: 'pause'; readonly reason?: string }
  | { readonly verb: 'resume' }
  | { readonly verb: 'approve' }
  | { readonly verb: 'promote'; readonly force?: boolean; readonly reason?: string }
  | { readonly verb: 'rollback'; readonly reason?: string }
  /** @property undo back to the stable before the last adopt @property confirmed the old stable is scaled up */
  | { readonly verb: 'adopt'; readonly undo?: boolean; readonly confirmed?: boolean }
  | {
      readonly verb: 'weight';
      readonly weights: Readonly<Record<string, number>>;
      readonly force?: boolean;
      readonly reason?: string;
    }
  /** @property until milliseconds since 1970; null ends the freeze */
  | { readonly verb: 'freeze'; readonly until: number | null; readonly reason?: string };

export type Verb = Command['verb'];

/** What an advance waits for (judging.md, section 6). */
export type WaitingFor =
  | 'hold'
  | 'requests'
  | `evidence:${string}`
  | 'approval'
  | `gate:${string}`
  | 'freeze'
  | 'blind'
  | 'mismatch'
  | 'hand-weight'
  /** KV has not settled: the last weight may not be everywhere yet. */
  | 'settle';
