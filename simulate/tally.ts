/** Counts of one arm or lane while an interval is under way, and as the hub hands them to the judge. */
import { BUCKETS, FIRST, type SparseHistogram } from '../src/core/analysis/histogram.ts';
import { LANES, type Interval, type JudgedArm, type JudgedCounts } from '../src/core/analysis/interval.ts';
import { WHOLE } from '../src/core/rollout/weights.ts';

export class Tally {
  requests = 0;
  errors = 0;
  status4xx = 0;
  draws = 0;
  /** First failures of a visitor: [in 24 hours, in 10 minutes]. */
  readonly firstErrors: [number, number] = [0, 0];
  readonly first4xx: [number, number] = [0, 0];
  /** Whom a breaker kept away. */
  readonly firstDiverted: [number, number] = [0, 0];
  /** Of successes, by position of the bucket. */
  readonly latency = new Uint32Array(BUCKETS);

  add(other: Tally): void {
    this.requests += other.requests;
    this.errors += other.errors;
    this.status4xx += other.status4xx;
    this.draws += other.draws;
    for (const i of [0, 1] as const) {
      this.firstErrors[i] += other.firstErrors[i];
      this.first4xx[i] += other.first4xx[i];
      this.firstDiverted[i] += other.firstDiverted[i];
    }
    for (let i = 0; i < BUCKETS; i++) this.latency[i]! += other.latency[i]!;
  }

  toCounts(): JudgedCounts {
    return {
      started: this.requests,
      requests: this.requests,
      errors: this.errors,
      status4xx: this.status4xx,
      status3xx: 0,
      firsts: { errors: [...this.firstErrors], '4xx': [...this.first4xx], diverted: [...this.firstDiverted] },
      latency: sparse(this.latency),
    };
  }
}

function sparse(latency: Uint32Array): SparseHistogram {
  const buckets: [number, number][] = [];
  for (let i = 0; i < BUCKETS; i++) if (latency[i]! > 0) buckets.push([i + FIRST, latency[i]!]);
  // Nothing that judges looks at the sum.
  return { buckets, sumMs: 0 };
}

/** 256 bits; which visitors were there. */
export type Bitmap = Uint8Array;

export function emptyBitmap(): Bitmap {
  return new Uint8Array(32);
}

/** @param bucket the visitor's, in [0, 2^32) */
export function markVisitor(bitmap: Bitmap, bucket: number): void {
  const bit = (bucket >>> 8) & 255;
  bitmap[bit >> 3]! |= 1 << (bit & 7);
}

/** One look's worth of traffic. */
export interface Tick {
  /** Seconds since the start; the interval says milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Percent. */
  readonly weight: number;
  readonly canary: Tally;
  readonly stable: Tally;
  readonly interval: Interval;
}

export interface Traffic {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  readonly canary: Tally;
  readonly stable: Tally;
  /** Stable's, which they add up to; none where nobody measures on them. */
  readonly lanes: readonly Tally[];
  readonly visitors: { readonly canary: Bitmap; readonly stable: Bitmap };
}

/** One stratum: a weight holds for whole intervals here. */
export function toTick({ from, to, weight, canary, stable, lanes, visitors }: Traffic): Tick {
  const share = Math.round((weight / 100) * WHOLE);
  const arm = (tally: Tally, bitmap: Bitmap): JudgedArm => ({
    ...tally.toCounts(),
    draws: tally.draws,
    visitors: Buffer.from(bitmap).toString('hex'),
  });
  const interval: Interval = {
    from: from * 1000,
    to: to * 1000,
    lost: 0,
    strata: [
      {
        generation: `weight-${weight}`,
        coin: 'split',
        weights: { stable: WHOLE - share, canary: share },
        arms: { stable: arm(stable, visitors.stable), canary: arm(canary, visitors.canary) },
        lanes: lanes.map(lane => lane.toCounts()),
      },
    ],
  };
  return { from, to, weight, canary, stable, interval };
}

export function sumOf(tallies: readonly Tally[]): Tally {
  const sum = new Tally();
  for (const tally of tallies) sum.add(tally);
  return sum;
}

export function emptyLanes(): Tally[] {
  return Array.from({ length: LANES }, () => new Tally());
}
