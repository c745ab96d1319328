/**
 * Units of experiments by name, on their way to the hub, which counts each of them once.
 *
 * A name is a hash of the unit for the draw, which may have several coins one after another. Where there is
 * no room for all, a coin keeps the lower half of its hashes, and from then on takes no others: a sample that
 * nothing but the hash has chosen, with whatever its units do. Two samples of a coin make one, however often
 * and in whatever order they come; so a batch may be sent twice, and a unit may be named by every isolate.
 */
import { murmur3 } from '../rollout/hash.ts';

/** Of a unit that had the variant; or, with a goal, that reached it. */
export type UnitName = readonly [unit: number, variant: string, goal: string];

/** The goal of a unit that only had the variant. */
export const NO_GOAL = '';

/** A throw of which the weights are known: what is compared is compared within it. */
export interface Coin {
  readonly flag: string;
  /** What it has in common with the coins of other weights: the same units land on the same side. */
  readonly draw: string;
  readonly coin: string;
  /** By variant. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Plain JSON. */
export interface CoinNames extends Coin {
  /** The sample is 2^-halvings of all units. */
  readonly halvings: number;
  readonly names: readonly UnitName[];
}

/** About 0.5 MB as it is sent, 3 MB while it is added up. */
export const MAX_NAMES = 16_384;
/** Those of one delta; units of more are named later. */
const MAX_COINS = 128;

const HASH_BITS = 53;

/** @returns an integer in [0, 2^53), from two hashes: that any two of 100,000 are the same has a chance of one in a million */
export function wideHash(text: string, high = 0, low = 1): number {
  return murmur3(text, high) * 2 ** 21 + (murmur3(text, low) >>> 11);
}

/** By other seeds than the one that draws: who is in the sample says nothing about who has which variant. */
export function unitHashOf({ flag, draw }: Pick<Coin, 'flag' | 'draw'>): (unit: string) => number {
  const [high, low] = [0, 1].map(seed => murmur3(`${flag}\n${draw}`, seed));
  return unit => wideHash(unit, high, low);
}

/** @returns the end of the sample's hashes, itself not in it */
export function sampleEnd(halvings: number): number {
  return 2 ** (HASH_BITS - halvings);
}

interface Sample extends Coin {
  halvings: number;
  readonly names: Map<string, UnitName>;
}

export class UnitNames {
  readonly #samples = new Map<string, Sample>();
  readonly #limit: number;
  #size = 0;

  /** @param limit of names, all coins together */
  constructor(limit: number = MAX_NAMES) {
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#samples.size === 0;
  }

  /** @returns false if there are too many coins already */
  add(coin: Coin, names: readonly UnitName[], halvings = 0): boolean {
    const sample = this.#sampleOf(coin);
    if (sample === undefined) return false;
    if (halvings > sample.halvings) this.#narrow(sample, halvings);
    for (const name of names) {
      const key = `${name[0]} ${name[2]}`;
      if (name[0] >= sampleEnd(sample.halvings) || sample.names.has(key)) continue;
      sample.names.set(key, name);
      this.#size++;
      while (this.#size > this.#limit) this.#narrowLargest();
    }
    return true;
  }

  addAll(records: readonly CoinNames[]): void {
    for (const { names, halvings, ...coin } of records) this.add(coin, names, halvings);
  }

  toRecord(): CoinNames[] {
    return [...this.#samples.values()].map(({ names, ...coin }) => ({ ...coin, names: [...names.values()] }));
  }

  clear(): void {
    this.#samples.clear();
    this.#size = 0;
  }

  #sampleOf({ flag, draw, coin, weights }: Coin): Sample | undefined {
    const key = `${flag}\n${coin}`;
    let sample = this.#samples.get(key);
    if (sample === undefined && this.#samples.size < MAX_COINS) {
      sample = { flag, draw, coin, weights, halvings: 0, names: new Map() };
      this.#samples.set(key, sample);
    }
    return sample;
  }

  #narrowLargest(): void {
    const [first, ...others] = this.#samples.values();
    if (first === undefined) return;
    const largest = others.reduce((a, b) => (b.names.size > a.names.size ? b : a), first);
    this.#narrow(largest, largest.halvings + 1);
  }

  #narrow(sample: Sample, halvings: number): void {
    sample.halvings = halvings;
    const end = sampleEnd(halvings);
    for (const [key, [unit]] of sample.names) if (unit >= end && sample.names.delete(key)) this.#size--;
  }
}
