/** Counts what visitors saw. Bounded: histograms instead of lists, and a limit to the names it keeps. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** In milliseconds, to the end of the answer. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** How many answers took at most so long, for the bounds that Weir's own histogram has. */
  readonly upTo: readonly { readonly ms: number; readonly answers: number }[];
}

/** Powers of two of a second, from about a millisecond to 64 s. */
const BOUNDS_MS: readonly number[] = Array.from({ length: 17 }, (_, i) => 1000 * 2 ** (i - 10));

export interface VariantSummary {
  readonly requests: number;
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly latency: Latency;
}

export interface Summary {
  /** Finished ones: answers plus failures. */
  readonly requests: number;
  /** By the answers' x-demo-variant; "none" where it was absent. */
  readonly byVariant: Readonly<Record<string, VariantSummary>>;
  /** How often a visitor saw another variant than before. */
  readonly flips: number;
  /** Requests without a complete answer. */
  readonly failures: number;
  readonly lastFailure: string | null;
  /** Requests that were due while every visitor still waited for an answer. */
  readonly unsent: number;
  /** Visitors that sent at least one request. */
  readonly visitors: number;
}

interface Counts {
  readonly statuses: Map<number, number>;
  /** Microseconds: node's histograms take whole numbers only. */
  readonly latency: RecordableHistogram;
  /** By position in BOUNDS_MS. */
  readonly upTo: number[];
}

const MAX_VARIANTS = 16;

export class Tally {
  readonly #variants = new Map<string, Counts>();
  #flips = 0;
  #failures = 0;
  #lastFailure: string | null = null;
  unsent = 0;
  visitors = 0;

  answered(variant: string | undefined, status: number, latencyMs: number, isFlip: boolean): void {
    const { statuses, latency, upTo } = this.#countsOf(variant ?? 'none');
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    latency.record(Math.max(1, Math.round(latencyMs * 1000)));
    for (const [i, bound] of BOUNDS_MS.entries()) if (latencyMs <= bound) upTo[i]! += 1;
    if (isFlip) this.#flips += 1;
  }

  failed(reason: string): void {
    this.#failures += 1;
    this.#lastFailure = reason;
  }

  summary(): Summary {
    const variants = [...this.#variants].sort(([a], [b]) => (a < b ? 1 : -1)); // stable before canary
    const byVariant = Object.fromEntries(variants.map(([name, counts]) => [name, summarize(counts)]));
    const answers = variants.reduce((sum, [, counts]) => sum + counts.latency.count, 0);
    return {
      requests: answers + this.#failures,
      byVariant,
      flips: this.#flips,
      failures: this.#failures,
      lastFailure: this.#lastFailure,
      unsent: this.unsent,
      visitors: this.visitors,
    };
  }

  #countsOf(variant: string): Counts {
    const isFull = this.#variants.size >= MAX_VARIANTS && !this.#variants.has(variant);
    const name = isFull ? 'other' : variant;
    const known = this.#variants.get(name);
    if (known !== undefined) return known;
    const counts: Counts = { statuses: new Map(), latency: createHistogram(), upTo: BOUNDS_MS.map(() => 0) };
    this.#variants.set(name, counts);
    return counts;
  }
}

function summarize({ statuses, latency, upTo }: Counts): VariantSummary {
  const ms = (percentile: number): number => latency.percentile(percentile) / 1000;
  return {
    requests: latency.count,
    statuses: Object.fromEntries(statuses),
    latency: {
      mean: latency.count === 0 ? 0 : latency.mean / 1000,
      p50: ms(50),
      p95: ms(95),
      p99: ms(99),
      upTo: BOUNDS_MS.map((bound, i) => ({ ms: bound, answers: upTo[i]! })),
    },
  };
}
