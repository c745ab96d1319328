import { Breaker, type BreakerSettings } from '../core/rollout/breaker.ts';
import type { Variant } from '../core/rollout/compile.ts';

/** One breaker per variant, as this isolate sees it. A document that is compiled anew starts with closed ones. */
export class Breakers {
  readonly #breakers = new WeakMap<Variant, Breaker>();

  of(variant: Variant, settings: BreakerSettings): Breaker {
    let breaker = this.#breakers.get(variant);
    if (breaker === undefined) {
      breaker = new Breaker(settings);
      this.#breakers.set(variant, breaker);
    }
    return breaker;
  }
}
