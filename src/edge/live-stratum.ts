/**
 * One coin's judged counts in this isolate: additions to one array of numbers, which is used again
 * after each flush.
 */
import { LANES, type FirstKind } from '../core/analysis/interval.ts';
import { BUCKETS, FIRST, positionOfMs } from '../core/analysis/histogram.ts';
import type { FirstFailure } from '../core/metrics/first-failures.ts';
import { COUNTS, STARTED, type CellRecord } from '../core/metrics/judged-cell.ts';
import { laneOf, MAX_FAILURES, type StratumRecord } from '../core/metrics/strata.ts';
import type { Variant } from '../core/rollout/compile.ts';
import { OpenRequests, OVERDUE_MS } from './open-requests.ts';
import { VisitorMarks } from './visitor-marks.ts';

/** A cell's counts, the sum of its latencies in milliseconds, their histogram. */
const WIDTH = COUNTS + 1 + BUCKETS;
const SUM = COUNTS;
const HISTOGRAM = COUNTS + 1;

type Weights = Readonly<Record<string, number>>;

export class LiveStratum {
  readonly open: OpenRequests;
  readonly #generation: string;
  readonly #coin: string;
  readonly #weights: Weights;
  /** Names of the variants by index; stable is 0. */
  readonly #variants: readonly string[];
  /** Of the candidates, by name. */
  readonly #hashes: Readonly<Record<string, string>>;
  /** Stable's lanes, then the candidates. */
  readonly #cells: Uint32Array;
  readonly #draws: number[];
  readonly #visitors: VisitorMarks;
  #failures: FirstFailure[] = [];
  /** First failures that found no room, by cell. */
  readonly #unnamed = new Map<number, Map<FirstKind, number>>();
  #isTouched = false;

  constructor(generation: string, coin: string, weights: Weights, variants: readonly Variant[]) {
    this.#generation = generation;
    this.#coin = coin;
    this.#weights = weights;
    this.#variants = variants.map(({ name }) => name);
    this.#hashes = Object.fromEntries(variants.slice(1).map(({ name, candidate }) => [name, candidate]));
    const cells = LANES + variants.length - 1;
    this.#cells = new Uint32Array(cells * WIDTH);
    this.#draws = variants.map(() => 0);
    this.#visitors = new VisitorMarks(variants.length);
    this.open = new OpenRequests(cells);
  }

  /** Whether anything has been counted since the last {@link drain}. */
  get isTouched(): boolean {
    return this.#isTouched;
  }

  cellOf({ index }: Variant, bucket: number): number {
    return index === 0 ? laneOf(bucket) : LANES - 1 + index;
  }

  /** @param isDraw the main split decided for a visitor without a valid cookie */
  started({ index }: Variant, cell: number, bucket: number, isDraw: boolean): void {
    this.count(cell, STARTED);
    this.#visitors.mark(index, bucket);
    if (isDraw) this.#draws[index]! += 1;
  }

  /** @param position {@link STARTED} and the like */
  count(cell: number, position: number): void {
    this.#cells[cell * WIDTH + position]! += 1;
    this.#isTouched = true;
  }

  took(cell: number, ms: number, requests = 1): void {
    const capped = Math.max(0, Math.min(ms, OVERDUE_MS));
    this.#cells[cell * WIDTH + HISTOGRAM + positionOfMs(capped)]! += requests;
    this.#cells[cell * WIDTH + SUM]! += capped * requests;
    this.#isTouched = true;
  }

  /** A visitor whom this isolate has not named of late. */
  failed(cell: number, failure: FirstFailure): void {
    this.#isTouched = true;
    if (this.#failures.length < MAX_FAILURES) {
      this.#failures.push(failure);
      return;
    }
    let kinds = this.#unnamed.get(cell);
    if (kinds === undefined) this.#unnamed.set(cell, (kinds = new Map<FirstKind, number>()));
    const kind = failure[2];
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }

  /** Takes everything out, as plain data. */
  drain(): StratumRecord {
    const names = this.#variants;
    const byVariant = <V>(of: (index: number) => V): Record<string, V> =>
      Object.fromEntries(names.map((name, index) => [name, of(index)]));
    const record = {
      generation: this.#generation,
      coin: this.#coin,
      weights: this.#weights,
      hashes: this.#hashes,
      lanes: Array.from({ length: LANES }, (_, lane) => this.#recordOf(lane)),
      candidates: Object.fromEntries(
        names.slice(1).map((name, index) => [name, this.#recordOf(LANES + index)]),
      ),
      draws: byVariant(index => this.#draws[index]!),
      visitors: byVariant(index => this.#visitors.toHex(index)),
      ...(this.#failures.length === 0 ? {} : { failures: this.#failures }),
    };
    this.#cells.fill(0);
    this.#draws.fill(0);
    this.#visitors.clear();
    this.#failures = [];
    this.#unnamed.clear();
    this.#isTouched = false;
    return record;
  }

  #recordOf(cell: number): CellRecord {
    const row = this.#cells.subarray(cell * WIDTH, (cell + 1) * WIDTH);
    const latency = row.subarray(HISTOGRAM);
    const first = latency.findIndex(count => count > 0);
    const buckets = first < 0 ? [0] : [first + FIRST, ...latency.subarray(first, lastOf(latency) + 1)];
    const counts = row.every(count => count === 0) ? [] : [...row.subarray(0, HISTOGRAM), ...buckets];
    const unnamed = this.#unnamed.get(cell);
    if (unnamed === undefined) return { counts };
    return { counts, firsts: Object.fromEntries([...unnamed].map(([kind, n]) => [kind, [n, n] as const])) };
  }
}

function lastOf(counts: Uint32Array): number {
  return counts.findLastIndex(count => count > 0);
}
