/** Which visitors an isolate saw, as a bitmap for each variant: see core/analysis/visitors.ts. */

const BITS = 256;
const WORDS = BITS / 32;

export class VisitorMarks {
  readonly #words: Uint32Array;

  constructor(variants: number) {
    this.#words = new Uint32Array(WORDS * variants);
  }

  /** @param variant its index */
  mark(variant: number, bucket: number): void {
    // Not the low bits, which name the lane, nor the high ones, which name the variant.
    const bit = (bucket >>> 8) & (BITS - 1);
    this.#words[variant * WORDS + (bit >>> 5)]! |= 1 << (bit & 31);
  }

  toHex(variant: number): string {
    const words = this.#words.subarray(variant * WORDS, (variant + 1) * WORDS);
    return [...words].map(word => word.toString(16).padStart(8, '0')).join('');
  }

  clear(): void {
    this.#words.fill(0);
  }
}
