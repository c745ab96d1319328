/** What the judge answers at each look. */
import type { JudgeState } from './state.ts';
import type { Evidence, Verdict } from './verdict.ts';

export interface Judgement {
  readonly state: JudgeState;
  /** `pass`: everything that an advance needs is proved; holds, approvals and gates are the controller's. */
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** What an advance still lacks, of the judge's; null when it lacks nothing. */
  readonly waitsFor: 'requests' | `evidence:${string}` | null;
  /** Progress towards what is lacking, in words; null when nothing is, or nothing can be said. */
  readonly progress: string | null;
  /** Why automatic rollback by some criterion is off, by the built-in A/A test; null while all is trusted. */
  readonly distrust: string | null;
  /** What a person must look at now, each in one sentence; the same text as long as it lasts. */
  readonly pages: readonly string[];
}
