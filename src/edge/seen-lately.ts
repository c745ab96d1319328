/**
 * What an isolate has named to the hub of late, so that it does not name the same unit with each request.
 * Whoever is forgotten is named again, and the hub tells.
 */
const WAYS = 4;
/** 16,384 units, 192 KB: two thousand visitors with eight experiments. */
const SETS = 4096;

export class SeenLately {
  /** By set, the latest first. */
  #units: Float64Array | undefined;
  #bits: Uint32Array | undefined;

  /**
   * @param unit an evenly distributed hash in [0, 2^53)
   * @param bits what is to be said of it
   * @returns those that were not said before, as far as is remembered; they are from now on
   */
  news(unit: number, bits: number): number {
    const units = (this.#units ??= new Float64Array(WAYS * SETS));
    const known = (this.#bits ??= new Uint32Array(WAYS * SETS));
    // By the low bits: a sample keeps those whose high ones are 0.
    const first = (unit % SETS) * WAYS;
    let way = 0;
    while (way < WAYS - 1 && units[first + way] !== unit) way++;
    const said = units[first + way] === unit ? known[first + way]! : 0;
    for (let place = first + way; place > first; place--) {
      units[place] = units[place - 1]!;
      known[place] = known[place - 1]!;
    }
    units[first] = unit;
    known[first] = said | bits;
    return bits & ~said;
  }

  clear(): void {
    this.#units?.fill(0);
    this.#bits?.fill(0);
  }
}
