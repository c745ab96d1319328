/** The judge's data of one rollout, read as its controller does. */
import { countOf, fromSparse } from '../../src/core/analysis/histogram.ts';
import type { FirstKind, JudgedArm, JudgedCounts, Stratum } from '../../src/core/analysis/interval.ts';
import { visitorsIn } from '../../src/core/analysis/visitors.ts';
import type { HubReading } from '../../src/core/metrics/hub-reading.ts';
import type { Objects } from './objects.ts';

/** Sums of one arm, over every reading so far. */
export interface ArmSum {
  started: number;
  requests: number;
  errors: number;
  status4xx: number;
  status3xx: number;
  latencies: number;
  draws: number;
  /** Per day. */
  readonly firsts: Partial<Record<FirstKind, number>>;
  /** The most in one reading. */
  visitors: number;
}

export class JudgedReader {
  readonly strata: Stratum[] = [];
  readonly #objects: Objects;
  readonly #rollout: string;
  #cursor = 0;

  constructor(objects: Objects, rollout: string) {
    this.#objects = objects;
    this.#rollout = rollout;
  }

  /** Takes what is new. */
  async read(): Promise<void> {
    const reading = await this.#objects.hub<HubReading>(this.#rollout, 'read', this.#cursor);
    this.#cursor = reading.cursor;
    this.strata.push(...(reading.interval?.strata ?? []));
  }

  get coins(): string[] {
    return [...new Set(this.strata.map(({ coin }) => coin))].sort();
  }

  arm(variant: string, coin = 'split'): ArmSum {
    return sumOf(this.#of(coin).flatMap(({ arms }) => arms[variant] ?? []));
  }

  /** Stable's arm, from its lanes. */
  lanes(coin = 'split'): ArmSum {
    return sumOf(this.#of(coin).flatMap(({ lanes }) => lanes));
  }

  #of(coin: string): Stratum[] {
    return this.strata.filter(stratum => stratum.coin === coin);
  }
}

function sumOf(parts: readonly (JudgedCounts & Partial<JudgedArm>)[]): ArmSum {
  const sum: ArmSum = {
    ...{ started: 0, requests: 0, errors: 0, status4xx: 0, status3xx: 0, latencies: 0, draws: 0 },
    firsts: {},
    visitors: 0,
  };
  for (const part of parts) {
    sum.started += part.started;
    sum.requests += part.requests;
    sum.errors += part.errors;
    sum.status4xx += part.status4xx;
    sum.status3xx += part.status3xx;
    sum.latencies += countOf(fromSparse(part.latency));
    sum.draws += part.draws ?? 0;
    sum.visitors = Math.max(sum.visitors, part.visitors === undefined ? 0 : visitorsIn(part.visitors));
    for (const [kind, counts] of Object.entries(part.firsts) as [FirstKind, readonly [number, number]][])
      sum.firsts[kind] = (sum.firsts[kind] ?? 0) + counts[0];
  }
  return sum;
}
