/**
 * Counts outcomes in the isolate: additions to preallocated numbers, nothing else on a visitor's way.
 *
 * Per rollout there are the totals by variant (what /metrics shows) and what the judge compares.
 */
import type { Delta } from '../core/metrics/batch.ts';
import {
  addGoal,
  addOutcome,
  emptyCounts,
  toRecord,
  type Counts,
  type CountsRecord,
} from '../core/metrics/counts.ts';
import { addDecision } from '../core/metrics/decisions.ts';
import {
  codeOf,
  FAILOVER_RESULTS,
  FAULT_KINDS,
  type ErrorKind,
  type FailoverResult,
  type FaultKind,
} from '../core/metrics/outcome.ts';
import type { Active } from '../core/rollout/active.ts';
import type { Rollout } from '../core/rollout/compile.ts';
import type { Decision } from '../core/rollout/decide.ts';
import { FlagRecorder } from './flag-recorder.ts';
import { NO_GOALS } from '../core/rollout/goals.ts';
import { JudgedRecorder, type JudgedOutcome } from './judged-recorder.ts';

/** What one proxied request came to. */
export interface Outcome extends JudgedOutcome {
  /** What the judge takes it for, where that differs; `counted` is counted for the judge already. */
  readonly judgedAs?: Pick<JudgedOutcome, 'error' | 'ms'> | 'counted' | undefined;
}

/** The part of a {@link Delta} that is counted here. */
export type Counted = Pick<Delta, 'totals' | 'mirrors' | 'flags' | 'strata'>;

export class Recorder {
  readonly #totals = new Map<string, Counts>();
  readonly #mirrors = new Map<string, Counts>();
  readonly #judged = new JudgedRecorder();
  readonly flags = new FlagRecorder();
  /** Whose variants all have totals. */
  #shown: Rollout | undefined;

  /**
   * A request is about to be sent: counted before the answer is known, so that a canary that hangs
   * shows before its timeouts.
   * @param isAssignment the visitor had no valid cookie and was drawn
   * @param start milliseconds since 1970
   */
  started(active: Active, decision: Decision, isAssignment: boolean, start: number): void {
    this.#showAll(active.rollout);
    const isDraw = isAssignment && decision.reason === 'split';
    if (isDraw) this.#countsOf(decision.variant.name).assignments++;
    this.#judged.started(active, decision, isDraw, start);
  }

  record(active: Active, outcome: Outcome): void {
    const { decision, status, error, ms, judgedAs } = outcome;
    this.#showAll(active.rollout);
    const counts = this.#countsOf(decision.variant.name);
    addOutcome(counts, codeOf(status), error, ms);
    addDecision(counts.decisions, decision.reason, decision.rule);
    if (error === 'breaker') counts.diverted++;
    if (outcome.isCached) counts.cached++;
    for (const goal of outcome.goals) addGoal(counts, goal.name, 1);
    if (judgedAs === undefined) this.#judged.ended(active, outcome);
    else if (judgedAs !== 'counted') this.#judged.ended(active, { ...outcome, ...judgedAs });
  }

  /** For the judge alone: a breaker of stable's would have kept this request back. */
  keptBack(active: Active, decision: Decision, start: number): void {
    const none = { status: 0, ms: undefined, isCached: false, goals: NO_GOALS };
    this.#judged.ended(active, { ...none, decision, start, error: 'breaker' });
  }

  /** The variant failed a request that was then sent once more, to stable. */
  failedOver(variant: string, result: FailoverResult): void {
    this.#countsOf(variant).failovers[FAILOVER_RESULTS.indexOf(result)]! += 1;
  }

  breakerOpened(variant: string): void {
    this.#countsOf(variant).breakerOpen++;
  }

  faulted(variant: string, kind: FaultKind): void {
    this.#countsOf(variant).faults[FAULT_KINDS.indexOf(kind)]! += 1;
  }

  /** @param status of the answer to a copy; 0 for none */
  mirrored(variant: string, status: number, error: ErrorKind | undefined, ms: number): void {
    let counts = this.#mirrors.get(variant);
    if (counts === undefined) {
      counts = emptyCounts();
      this.#mirrors.set(variant, counts);
    }
    addOutcome(counts, codeOf(status), error, ms);
  }

  /** Every variant shows all its series from the first request on. */
  #showAll(rollout: Rollout): void {
    if (this.#shown === rollout) return;
    for (const { name } of rollout.variants) {
      const counts = this.#countsOf(name);
      for (const goal of rollout.goals) addGoal(counts, goal.name, 0);
    }
    this.#shown = rollout;
  }

  #countsOf(variant: string): Counts {
    let counts = this.#totals.get(variant);
    if (counts === undefined) {
      counts = emptyCounts();
      this.#totals.set(variant, counts);
    }
    return counts;
  }

  get isEmpty(): boolean {
    return this.#totals.size === 0 && this.#mirrors.size === 0 && this.flags.isEmpty && this.#judged.isEmpty;
  }

  /** What has been open for 5 s becomes something to deliver. */
  giveUpOverdue(now: number): void {
    this.#judged.giveUpOverdue(now);
  }

  /** Takes everything out, as plain data. */
  drain(): Counted {
    const flags = this.flags.drain();
    const counted: Counted = {
      totals: recordsOf(this.#totals),
      mirrors: recordsOf(this.#mirrors),
      ...(flags === undefined ? {} : { flags }),
      strata: this.#judged.drain(),
    };
    this.#totals.clear();
    this.#mirrors.clear();
    this.#shown = undefined;
    return counted;
  }
}

function recordsOf(counts: ReadonlyMap<string, Counts>): Record<string, CountsRecord> {
  return Object.fromEntries([...counts].map(([variant, each]) => [variant, toRecord(each)]));
}
