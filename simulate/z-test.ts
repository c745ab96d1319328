/** What a script with a textbook does: the two-proportion z-test on totals so far, looked at each time. */
import type { Tick } from './tally.ts';
import type { Watcher } from './watcher.ts';

/** One-sided at 1 %: right for one look. */
const CRITICAL = 2.3263;

export class PeekedZTest implements Watcher {
  readonly name = 'z-test on cumulative totals, peeked, nominal 1 %';
  #canary = { requests: 0, errors: 0 };
  #stable = { requests: 0, errors: 0 };

  see({ canary, stable }: Tick): boolean {
    this.#canary = plus(this.#canary, canary);
    this.#stable = plus(this.#stable, stable);
    const [nC, nS] = [this.#canary.requests, this.#stable.requests];
    const pooled = (this.#canary.errors + this.#stable.errors) / (nC + nS);
    const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / nC + 1 / nS));
    return (this.#canary.errors / nC - this.#stable.errors / nS) / deviation > CRITICAL;
  }
}

interface Counts {
  readonly requests: number;
  readonly errors: number;
}

function plus(a: Counts, b: Counts): Counts {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors };
}
