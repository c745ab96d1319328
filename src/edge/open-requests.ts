/**
 * Requests that are under way, by the second in which they started: how many have been open for 5 s
 * is known without a timer for each, and without an answer from an origin that hangs.
 */

/** In a comparison nothing takes longer: what hangs counts as much after 5 s as after its timeout. */
export const OVERDUE_MS = 5000;
const SLOT_MS = 1000;

export class OpenRequests {
  readonly #cells: number;
  /** By second since 1970: how many are open in each cell. */
  readonly #slots = new Map<number, Uint32Array>();

  /** @param cells kinds of requests that are told apart */
  constructor(cells: number) {
    this.#cells = cells;
  }

  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  /** @param start milliseconds since 1970 */
  begin(cell: number, start: number): void {
    const second = Math.floor(start / SLOT_MS);
    let slot = this.#slots.get(second);
    if (slot === undefined) this.#slots.set(second, (slot = new Uint32Array(this.#cells)));
    slot[cell]! += 1;
  }

  /** @returns false if it was given up as overdue before */
  end(cell: number, start: number): boolean {
    const slot = this.#slots.get(Math.floor(start / SLOT_MS));
    if (slot === undefined || slot[cell] === 0) return false;
    slot[cell]! -= 1;
    return true;
  }

  /** Gives up whatever has been open for 5 s, all of its second with it. */
  giveUpOverdue(now: number, each: (cell: number, requests: number) => void): void {
    for (const [second, slot] of this.#slots) {
      if ((second + 1) * SLOT_MS + OVERDUE_MS > now) continue;
      this.#slots.delete(second);
      slot.forEach((requests, cell) => {
        if (requests > 0) each(cell, requests);
      });
    }
  }
}
