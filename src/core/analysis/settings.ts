/**
 * What the judge is told: the plan's part that it needs, fixed at start, and what the controller knows
 * at each look. Plain data: both are stored and replayed.
 */
import type { SparseHistogram } from './histogram.ts';
import { unreachable } from '../result.ts';

/** What is counted once per request, and once per visitor's first. */
export type CountMetric = 'errors' | '4xx' | '3xx';

/** One line of the plan's criteria (judging.md, section 2). At most one criterion of each name. */
export type Criterion =
  | {
      readonly kind: 'tolerance';
      readonly metric: CountMetric;
      /** The canary may have `ratio` × stable + `absolute`; ratio ≥ 1, absolute a fraction in [0, 1]. */
      readonly ratio: number;
      readonly absolute: number;
      /** Whether an advance needs positive evidence; always so for errors. */
      readonly require: boolean;
    }
  /** How many times as slow as stable the canary may be, ≥ 1. */
  | { readonly kind: 'latency'; readonly ratio: number; readonly require: boolean }
  | {
      readonly kind: 'goal';
      readonly goal: string;
      /** The canary's rate may be this many times stable's: ≤ 1 where higher is better, else ≥ 1. */
      readonly ratio: number;
      /** Which way is better. */
      readonly direction: 'higher' | 'lower';
      readonly require: boolean;
    }
  /** @property limit highest rate of the canary's requests, in (0, 1) */
  | { readonly kind: 'limit'; readonly metric: CountMetric; readonly limit: number }
  /** At most 1 − quantile of the canary's requests may take longer than `limitMs` milliseconds. */
  | { readonly kind: 'latency-limit'; readonly quantile: number; readonly limitMs: number };

/** What to do when a limit is broken by the canary and by stable alike; `auto`: roll back within 10 min of a raise, else hold. */
export type OnSharedFailure = 'rollback' | 'hold' | 'auto';

/** Fixed at start: whoever changes one of these starts anew. */
export interface JudgeSettings {
  /** Name of the variant that is judged; the other arm is `stable`. */
  readonly candidate: string;
  readonly criteria: readonly Criterion[];
  /** α, in (0, 1): see judging.md, section 4, for what it promises. */
  readonly falseRollbackRate: number;
  /** In (0, 1). */
  readonly falsePromotionRate: number;
  /** Share of all requests, in [0, 1], that a canary may lose at most on its way to 100. */
  readonly blastRadius: number;
  /** Judged canary requests that a step needs at least. */
  readonly minRequests: number;
  /** Latency is not judged for so long after each raise. */
  readonly warmupMs: number;
  /** Visitors keep their variant, and failures count once per visitor; false: every request is drawn by itself. */
  readonly sticky: boolean;
  /** Draws are counted (visitors with cookies): the split itself can be tested. */
  readonly countsDraws: boolean;
  /** How much one look may prove: `steady` rides out hiccups of 10 to 20 s, and finds an outage later. */
  readonly reaction: 'fast' | 'steady';
  readonly onSharedFailure: OnSharedFailure;
  /**
   * Stable's latencies of the 24 h before the start; thresholds are taken from it if it holds 1,000
   * requests, else from the first 1,000 of this run.
   */
  readonly baseline: SparseHistogram | null;
}

/** What the controller knows when it looks. Times are milliseconds since 1970, weights percent. */
export interface Moment {
  readonly now: number;
  /** Weight of the step under way, in (0, 100]. */
  readonly weight: number;
  /** What an advance would set; null on the last step, where nothing more has to be proved. */
  readonly nextWeight: number | null;
  /** When the candidate's weight was last raised; null if never. */
  readonly raisedAt: number | null;
  /** When this step was entered; what it needs is counted from then on. */
  readonly stepSince: number;
  /** Since when the hub could not be read; null while it can. Lost outcomes and silence the judge sees itself. */
  readonly unreadableSince: number | null;
  /**
   * Generations from before this start: shown, never judged. Only those of another document's text: a
   * second start of the same candidate meets the same generations again.
   */
  readonly excluded: readonly string[];
}

/** As it stands in evidence, verdicts and labels: `errors`, `latency`, `goal:purchase`, `errors-limit`. */
export function criterionName(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'tolerance':
      return criterion.metric;
    case 'latency':
      return 'latency';
    case 'goal':
      return `goal:${criterion.goal}`;
    case 'limit':
      return `${criterion.metric}-limit`;
    case 'latency-limit':
      return 'latency-limit';
    default:
      return unreachable(criterion);
  }
}
