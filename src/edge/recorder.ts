/**
 * Counts outcomes in the isolate: additions to preallocated numbers, nothing else on a visitor's way.
 *
 * Per rollout there are the totals by variant (what /metrics shows) and, per generation of the coin,
 * one interval with an arm for each variant (what a comparison of the variants stands on).
 */
import { observe } from '../core/analysis/histogram.ts';
import { emptyArm, toArmRecord, type Arm, type Delta, type IntervalRecord } from '../core/metrics/batch.ts';
import { addOutcome, emptyCounts, toRecord, type Counts, type CountsRecord } from '../core/metrics/counts.ts';
import { addDecision } from '../core/metrics/decisions.ts';
import {
  codeOf,
  FAILOVER_RESULTS,
  FAULT_KINDS,
  type ErrorKind,
  type FailoverResult,
  type FaultKind,
} from '../core/metrics/outcome.ts';
import { MAX_GENERATIONS } from '../core/metrics/delta.ts';
import type { Active } from '../core/rollout/active.ts';
import type { Decision } from '../core/rollout/decide.ts';

/** In a comparison nothing takes longer: what hangs counts as much after 5 s as after its timeout. */
const CAP_MS = 5000;

/** What one proxied request came to. */
export interface Outcome {
  readonly decision: Decision;
  /** 0 for no answer. */
  readonly status: number;
  /** `breaker`: the request was kept from its variant. */
  readonly error: ErrorKind | undefined;
  /** Time to response headers in milliseconds; undefined if the variant was never asked. */
  readonly ms: number | undefined;
  readonly isCached: boolean;
}

interface Interval {
  readonly weights: Readonly<Record<string, number>>;
  readonly arms: Map<string, Arm>;
}

/** The part of a {@link Delta} that is counted here. */
export type Counted = Pick<Delta, 'totals' | 'mirrors' | 'intervals'>;

export class Recorder {
  readonly #totals = new Map<string, Counts>();
  readonly #mirrors = new Map<string, Counts>();
  readonly #intervals = new Map<string, Interval>();
  #last: { generation: string; interval: Interval } | undefined;

  /**
   * A request is about to be sent: counted before the answer is known, so that a canary that hangs
   * shows before its timeouts.
   * @param isAssignment the visitor had no valid cookie and was drawn
   */
  started(active: Active, decision: Decision, isAssignment: boolean): void {
    const interval = this.#interval(active);
    if (isAssignment && decision.reason === 'split') this.#countsOf(decision.variant.name).assignments++;
    const arm = decision.randomised ? interval.arms.get(decision.variant.name) : undefined;
    if (arm !== undefined) arm.started++;
  }

  record(active: Active, outcome: Outcome): void {
    const { decision, status, error, ms } = outcome;
    const interval = this.#interval(active);
    const counts = this.#countsOf(decision.variant.name);
    addOutcome(counts, codeOf(status), error, ms);
    addDecision(counts.decisions, decision.reason, decision.rule);
    if (error === 'breaker') counts.diverted++;
    // The smaller variant always has the colder cache: cached answers are outside the comparison.
    if (outcome.isCached) counts.cached++;
    else if (decision.randomised) {
      const arm = interval.arms.get(decision.variant.name);
      if (arm !== undefined) addToArm(arm, error, ms);
    }
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

  #interval(active: Active): Interval {
    const generation = active.split.generation;
    if (this.#last?.generation === generation) return this.#last.interval;
    let interval = this.#intervals.get(generation);
    if (interval === undefined) {
      const variants = active.rollout.variants;
      interval = {
        weights: Object.fromEntries(
          variants.map(({ name, index }) => [name, active.split.weights[index] ?? 0]),
        ),
        arms: new Map(variants.map(({ name }) => [name, emptyArm()])),
      };
      for (const { name } of variants) this.#countsOf(name);
      this.#intervals.set(generation, interval);
      if (this.#intervals.size > MAX_GENERATIONS) this.#forgetOldest();
    }
    this.#last = { generation, interval };
    return interval;
  }

  /** The totals keep what is forgotten here; only the comparison loses it. */
  #forgetOldest(): void {
    const oldest = this.#intervals.keys().next();
    if (oldest.done !== true) this.#intervals.delete(oldest.value);
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
    return this.#totals.size === 0 && this.#mirrors.size === 0;
  }

  /** Takes everything out, as plain data. */
  drain(): Counted {
    const counted: Counted = {
      totals: recordsOf(this.#totals),
      mirrors: recordsOf(this.#mirrors),
      intervals: [...this.#intervals]
        .slice(-MAX_GENERATIONS)
        .map(([generation, { weights, arms }]): IntervalRecord => ({
          generation,
          weights,
          arms: Object.fromEntries([...arms].map(([variant, arm]) => [variant, toArmRecord(arm)])),
        })),
    };
    this.#totals.clear();
    this.#mirrors.clear();
    this.#intervals.clear();
    this.#last = undefined;
    return counted;
  }
}

function recordsOf(counts: ReadonlyMap<string, Counts>): Record<string, CountsRecord> {
  return Object.fromEntries([...counts].map(([variant, each]) => [variant, toRecord(each)]));
}

function addToArm(arm: Arm, error: ErrorKind | undefined, ms: number | undefined): void {
  arm.requests++;
  if (error !== undefined) arm.errors++;
  if (ms === undefined) return;
  // Successes and timeouts: a fast failure is no latency.
  if (error === undefined || error === 'timeout') observe(arm.duration, Math.min(ms, CAP_MS));
}
