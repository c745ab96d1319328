/**
 * Keeps visitors from a candidate that fails time after time: closed, it lets everyone through; open,
 * nobody; after the cooldown one request may try, and its outcome closes it or opens it again.
 *
 * Whoever is let through gets a ticket and hands it in with the outcome. A ticket is good for one
 * period only: what was sent before an opening, or by a probe whose time was up, says nothing any more.
 */

export interface BreakerSettings {
  /** So many failures in a row open it. */
  readonly consecutiveErrors: number;
  readonly cooldownMs: number;
}

/**
 * `unclear`: a failure that may be the client's own doing; it takes four of them to make one error.
 * `unknown`: an answer that says nothing of the candidate, like one from a cache.
 */
export type BreakerOutcome = 'success' | 'error' | 'unclear' | 'unknown';

const UNCLEAR = 1 / 4;

type State =
  | { readonly kind: 'closed'; failures: number }
  /** `probeUntil` is a lease, not a flag: the request that probes can die at any time. */
  | { readonly kind: 'open'; readonly until: number; probeUntil: number };

export class Breaker {
  readonly #settings: BreakerSettings;
  #state: State = { kind: 'closed', failures: 0 };
  #ticket = 1;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /**
   * @param now milliseconds
   * @param canFailOver a failure of this request reaches nobody. One that can't fail over probes only
   *   after a second cooldown: by then nobody better has come.
   * @param leaseMs how long a probe may take before another one may start
   * @returns the ticket; undefined for a request that must be kept from the candidate
   */
  admit(now: number, canFailOver: boolean, leaseMs: number): number | undefined {
    const state = this.#state;
    if (state.kind === 'closed') return this.#ticket;
    const probesFrom = canFailOver ? state.until : state.until + this.#settings.cooldownMs;
    if (now < probesFrom || now < state.probeUntil) return undefined;
    state.probeUntil = now + leaseMs;
    return ++this.#ticket;
  }

  /** @returns whether this outcome opened it */
  settle(ticket: number, outcome: BreakerOutcome, now: number): boolean {
    if (ticket !== this.#ticket) return false;
    switch (outcome) {
      case 'success':
        return this.#succeeded();
      case 'error':
        return this.#failed(now, 1);
      case 'unclear':
        return this.#failed(now, UNCLEAR);
      case 'unknown':
        // The next request may probe in its place.
        if (this.#state.kind === 'open') this.#state.probeUntil = 0;
        return false;
    }
  }

  #succeeded(): false {
    if (this.#state.kind === 'closed') this.#state.failures = 0;
    else this.#enter({ kind: 'closed', failures: 0 });
    return false;
  }

  /** A probe that fails opens it again, however clear that is. */
  #failed(now: number, weight: number): boolean {
    const { consecutiveErrors, cooldownMs } = this.#settings;
    if (this.#state.kind === 'closed') {
      this.#state.failures += weight;
      if (this.#state.failures < consecutiveErrors) return false;
    }
    this.#enter({ kind: 'open', until: now + cooldownMs, probeUntil: 0 });
    return true;
  }

  #enter(state: State): void {
    this.#state = state;
    this.#ticket++;
  }
}
