/** Who looks at the traffic and may roll back: Weir's judge, and the others beside it. */
import { Tally, type Tick } from './tally.ts';

export interface Watcher {
  readonly name: string;
  /** Called for every tick in order until it rolls back. @returns whether it does, now */
  see(tick: Tick): boolean;
}

/** Both arms' counts of one whole minute. */
export interface Minute {
  readonly canary: Tally;
  readonly stable: Tally;
}

const MINUTE = 60;

/** For those who look once a minute. */
export class Minutes {
  #open: Minute = { canary: new Tally(), stable: new Tally() };

  /** @returns the minute that ends with this tick, if one does */
  add(tick: Tick): Minute | undefined {
    this.#open.canary.add(tick.canary);
    this.#open.stable.add(tick.stable);
    if (tick.to % MINUTE !== 0) return undefined;
    const whole = this.#open;
    this.#open = { canary: new Tally(), stable: new Tally() };
    return whole;
  }
}
