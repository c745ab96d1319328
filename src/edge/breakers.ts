import { Breaker, type BreakerSettings } from '../core/rollout/breaker.ts';
import type { Variant } from '../core/rollout/compile.ts';

/**
 * One breaker per variant, of stable one per strand, as this isolate sees it. A document that is compiled anew
 * starts with closed ones.
 */
export class Breakers {
  readonly #breakers = new WeakMap<Variant, Map<number, Breaker>>();

  /** @param strand of stable's, see strandOf; 0 for a candidate */
  of(variant: Variant, settings: BreakerSettings, strand = 0): Breaker {
    let strands = this.#breakers.get(variant);
    if (strands === undefined) {
      strands = new Map();
      this.#breakers.set(variant, strands);
    }
    let breaker = strands.get(strand);
    if (breaker === undefined) {
      breaker = new Breaker(settings);
      strands.set(strand, breaker);
    }
    return breaker;
  }
}
