/**
 * Whom an isolate has seen lately, in a fixed table of hashes: a newcomer takes the place of whoever has
 * the same slot. Seen once more after that they are new again, as in every other isolate.
 */
import { murmur3 } from '../core/rollout/hash.ts';

/** 32 KB: a thousand visitors with eight experiments. */
const SLOTS = 8192;

export class SeenLately {
  #table: Uint32Array | undefined;

  /** Whether a text was not seen before, as far as is remembered; it is from now on. */
  isNew(text: string): boolean {
    const table = (this.#table ??= new Uint32Array(SLOTS));
    const hash = murmur3(text);
    const slot = hash % SLOTS;
    if (table[slot] === hash) return false;
    table[slot] = hash;
    return true;
  }
}
