/** A crowd of visitors who come again and again: who they are stays the same for the whole run. */
import type { Random } from './random.ts';

export interface Crowd {
  readonly visitors: number;
  /** How often they come: all alike, or log-normal with σ = 1.5 (the busiest hundredth makes a fifth of the requests). */
  readonly use: 'even' | 'uneven';
  /** Standard deviation of the natural logarithm of their own speed: device, distance, size of their account. */
  readonly speedSpread: number;
  /** So many of them fail at every request, whichever variant serves them. */
  readonly failing: number;
  /** A visitor meets the same one all the time. */
  readonly isolates: number;
}

const UNEVEN = 1.5;

export class Visitors {
  readonly count: number;
  /** Where they stand in the split, in [0, 2^32). */
  readonly bucket: Uint32Array;
  /** How much slower than the median visitor, in octaves. */
  readonly octaves: Float64Array;
  readonly fails: Uint8Array;
  readonly isolate: Uint8Array;
  readonly #random: Random;
  // Walker's alias method (Vose's version): one draw costs two numbers however uneven they are.
  readonly #keep: Float64Array;
  readonly #alias: Uint32Array;

  constructor(random: Random, crowd: Crowd) {
    this.#random = random;
    this.count = crowd.visitors;
    this.bucket = Uint32Array.from({ length: this.count }, () => random.word());
    this.octaves = Float64Array.from(
      { length: this.count },
      () => (crowd.speedSpread * random.normal()) / Math.LN2,
    );
    this.fails = Uint8Array.from({ length: this.count }, (_, i) => (i < crowd.failing ? 1 : 0));
    this.isolate = Uint8Array.from({ length: this.count }, () => random.below(crowd.isolates));
    const use = Float64Array.from({ length: this.count }, () =>
      crowd.use === 'even' ? 1 : Math.exp(UNEVEN * random.normal()),
    );
    ({ keep: this.#keep, alias: this.#alias } = aliasTable(use));
  }

  /** @returns whose request is next */
  pick(): number {
    const i = this.#random.below(this.count);
    return this.#random.uniform() < this.#keep[i]! ? i : this.#alias[i]!;
  }
}

/** Vose, A linear algorithm for generating random numbers with a given distribution (1991). */
function aliasTable(use: Float64Array): { keep: Float64Array; alias: Uint32Array } {
  const n = use.length;
  const sum = use.reduce((total, share) => total + share, 0);
  const keep = use.map(share => (share / sum) * n);
  const alias = Uint32Array.from({ length: n }, (_, i) => i);
  const [rare, busy]: [number[], number[]] = [[], []];
  keep.forEach((share, i) => (share < 1 ? rare : busy).push(i));
  while (rare.length > 0 && busy.length > 0) {
    const [small, large] = [rare.pop()!, busy.at(-1)!];
    alias[small] = large;
    keep[large]! -= 1 - keep[small]!;
    if (keep[large]! < 1) rare.push(busy.pop()!);
  }
  for (const i of [...rare, ...busy]) keep[i] = 1;
  return { keep, alias };
}
