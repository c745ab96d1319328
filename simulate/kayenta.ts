/**
 * Kayenta's classification of one metric (MannWhitneyClassifier at a69573b): points of a time series, one
 * a minute, canary against stable over a growing window, at 98 % with its tolerance of a quarter of the
 * estimated shift, and looked at again each minute. Rolls back once the canary is `High`.
 */
import { FIRST } from '../src/core/analysis/histogram.ts';
import { shiftBetween } from './mann-whitney.ts';
import type { Tally, Tick } from './tally.ts';
import { Minutes, type Watcher } from './watcher.ts';

const CONFIDENCE = 0.98;
const TOLERANCE = 0.25;
const ALLOWED_INCREASE = 1;
/**
 * Its documentation asks for 50. With fewer than these no 98 % interval is narrower than the samples'
 * whole range, and a single point each would already decide.
 */
const FEWEST_POINTS = 5;

/** @returns the value of one point; NaN without data */
export type Metric = (tally: Tally) => number;

export const errorRate: Metric = ({ requests, errors }) => errors / requests;

/** In milliseconds, interpolated within its bucket as Prometheus does. */
export const p99: Metric = ({ latency }) => {
  const rank = 0.99 * latency.reduce((sum, count) => sum + count, 0);
  if (rank === 0) return Number.NaN;
  let position = 0;
  let before = 0;
  while (before + latency[position]! < rank) before += latency[position++]!;
  const [low, high] = [2 ** ((position + FIRST) / 8), 2 ** ((position + FIRST + 1) / 8)];
  return 1000 * (low + ((high - low) * (rank - before)) / latency[position]!);
};

export class Kayenta implements Watcher {
  readonly name: string;
  readonly #metric: Metric;
  readonly #minutes = new Minutes();
  readonly #canary: number[] = [];
  readonly #stable: number[] = [];

  constructor(name: string, metric: Metric) {
    this.name = `Kayenta, ${name}, judged each minute`;
    this.#metric = metric;
  }

  see(tick: Tick): boolean {
    const minute = this.#minutes.add(tick);
    if (minute === undefined) return false;
    insert(this.#canary, this.#metric(minute.canary));
    insert(this.#stable, this.#metric(minute.stable));
    if (this.#canary.length < FEWEST_POINTS || this.#stable.length < FEWEST_POINTS) return false;
    return classify(this.#canary, this.#stable) === 'High';
  }
}

export type Classification = 'Pass' | 'High' | 'Low';

/** @param experiment sorted, not empty @param control sorted, not empty */
export function classify(experiment: readonly number[], control: readonly number[]): Classification {
  const same = experiment.length === control.length && experiment.every((value, i) => value === control[i]);
  if (same) return 'Pass';
  const { low, high, estimate } =
    isConstant(experiment) && isConstant(control)
      ? exactly(experiment[0]! - control[0]!)
      : shiftBetween(experiment, control, CONFIDENCE);
  const effect = meanRatio(experiment, control);
  const margin = TOLERANCE * Math.abs(estimate);
  if (low > margin && !(effect < ALLOWED_INCREASE)) return 'High';
  if (high < -margin && !(effect > ALLOWED_INCREASE)) return 'Low';
  return 'Pass';
}

/** It adds a hundred-thousandth of noise there, so that the test can be made: the interval is that tight. */
function exactly(shift: number): { low: number; high: number; estimate: number } {
  return { low: shift, high: shift, estimate: shift };
}

/** NaN where either is zero: no filter by effect then. */
function meanRatio(experiment: readonly number[], control: readonly number[]): number {
  const ratio = mean(experiment) / mean(control);
  return ratio === 0 || !Number.isFinite(ratio) ? Number.NaN : ratio;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isConstant(sorted: readonly number[]): boolean {
  return sorted[0] === sorted.at(-1);
}

/** Points without data are left out, as its default has it. */
function insert(sorted: number[], value: number): void {
  if (Number.isNaN(value)) return;
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, value);
}
