/**
 * Flagger's check with its built-in metrics (pkg/controller/scheduler.go and scheduler_metrics.go at
 * 15bd6ad): once a minute the canary alone against fixed limits. `threshold` is the total of failed
 * checks, which no success resets; no traffic is a failed check; and as it is looked at before a tick's
 * own check, the rollback comes one tick after the last failure.
 */
import { countUpTo } from '../src/core/analysis/histogram.ts';
import { Minutes, type Watcher } from './watcher.ts';
import type { Tally, Tick } from './tally.ts';

export interface FlaggerSettings {
  /** Failed checks that roll back; 1 where nothing is said, 2 to 15 in its documentation. */
  readonly threshold: number;
  /** Lowest share of answers other than 5xx. */
  readonly successRate: number;
  /** Whether p99 may be at most 500 ms. */
  readonly latency: boolean;
}

export class Flagger implements Watcher {
  readonly name: string;
  readonly #settings: FlaggerSettings;
  readonly #minutes = new Minutes();
  #failedChecks = 0;

  constructor(settings: FlaggerSettings) {
    this.#settings = settings;
    this.name = `Flagger ${settings.latency ? '99 %/500 ms' : '99 %, errors alone'}, threshold ${settings.threshold}`;
  }

  see(tick: Tick): boolean {
    const minute = this.#minutes.add(tick);
    if (minute === undefined) return false;
    if (this.#failedChecks >= this.#settings.threshold) return true;
    if (!this.#passes(minute.canary)) this.#failedChecks++;
    return false;
  }

  #passes({ requests, errors, latency }: Tally): boolean {
    if (requests === 0) return false;
    if (1 - errors / requests < this.#settings.successRate) return false;
    return !this.#settings.latency || isWithinHalfASecond([...latency]);
  }
}

/** `histogram_quantile(0.99, …)` is above 500 ms exactly if less than 99 % are in the buckets up to 500 ms. */
function isWithinHalfASecond(counts: number[]): boolean {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 || countUpTo({ counts, sumMs: 0 }, -1) >= 0.99 * total;
}
