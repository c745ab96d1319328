/** Which failures of a visitor are the first in 24 hours and in 10 minutes, as the hub tells them apart. */
const DAY = 86_400;
const TEN_MINUTES = 600;

/** Of one kind of failure. */
export class Firsts {
  readonly #day: Float64Array;
  readonly #tenMinutes: Float64Array;

  constructor(visitors: number) {
    this.#day = new Float64Array(visitors).fill(-Infinity);
    this.#tenMinutes = new Float64Array(visitors).fill(-Infinity);
  }

  /** @param now seconds @param counts gets one more for each span in which it is the first */
  failed(visitor: number, now: number, counts: [day: number, tenMinutes: number]): void {
    if (now - this.#tenMinutes[visitor]! < TEN_MINUTES) return;
    this.#tenMinutes[visitor] = now;
    counts[1] += 1;
    if (now - this.#day[visitor]! < DAY) return;
    this.#day[visitor] = now;
    counts[0] += 1;
  }
}
