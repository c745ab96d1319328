/**
 * Numbers that look random and are the same for the same seed on every machine: sfc32 (Doty-Humphrey,
 * PractRand's small fast chaotic generator), and the plain distributions over it.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seeds whole numbers; streams of different seeds have nothing to do with each other */
  constructor(...seeds: readonly number[]) {
    this.#a = 0x9e3779b9;
    this.#b = 0x243f6a88;
    this.#c = 0xb7e15162;
    for (const seed of seeds) {
      this.#a ^= seed | 0;
      for (let i = 0; i < 12; i++) this.#next();
    }
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** @returns a whole number in [0, 2^32) */
  word(): number {
    return this.#next();
  }

  /** @returns in the open interval (0, 1) */
  uniform(): number {
    return (this.#next() + 0.5) / 2 ** 32;
  }

  /** @returns a whole number in [0, below) */
  below(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Box and Muller, A note on the generation of random normal deviates (1958); the second one is thrown away. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** In place, each order equally often (Fisher and Yates). */
  shuffle<T>(values: T[]): T[] {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
    return values;
  }
}
