/**
 * A bound on what is under way at a time. A lease is a timestamp, not a count: the request that holds
 * it can be cancelled and never give it back.
 */
export interface Lease {
  readonly slot: number;
  readonly until: number;
}

export class Leases {
  readonly #until: number[];

  constructor(size: number) {
    this.#until = new Array<number>(size).fill(0);
  }

  /** @returns undefined if all are taken */
  take(now: number, ms: number): Lease | undefined {
    const slot = this.#until.findIndex(until => until <= now);
    if (slot < 0) return undefined;
    const until = now + ms;
    this.#until[slot] = until;
    return { slot, until };
  }

  /** Does nothing if the lease has run out and someone else holds the slot. */
  giveBack({ slot, until }: Lease): void {
    if (this.#until[slot] === until) this.#until[slot] = 0;
  }
}
