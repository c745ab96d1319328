/**
 * How many different visitors there were, as a bitmap for linear counting (Whang, Vander-Zanden and
 * Taylor, ACM TODS 15, 1990): the union of two bitmaps is that of their visitors.
 */

const BITS = 256;
const WORDS = BITS / 32;
/** Hexadecimal digits of a bitmap, its lowest bit in the last digit. */
const DIGITS = BITS / 4;

export const NO_VISITORS = '0'.repeat(DIGITS);

/** Sets the bit of a visitor. @param words the bitmap, {@link WORDS} words from `offset` on */
export function mark(words: Uint32Array, offset: number, bucket: number): void {
  // Not the low bits, which name the lane, nor the high ones, which name the variant.
  const bit = (bucket >>> 8) & (BITS - 1);
  words[offset + (bit >>> 5)]! |= 1 << (bit & 31);
}

export function emptyVisitors(variants = 1): Uint32Array {
  return new Uint32Array(WORDS * variants);
}

export function offsetOf(variant: number): number {
  return variant * WORDS;
}

export function toHex(words: Uint32Array, offset = 0): string {
  let hex = '';
  for (let i = 0; i < WORDS; i++) hex = words[offset + i]!.toString(16).padStart(8, '0') + hex;
  return hex;
}

/** Adds the visitors of another bitmap. */
export function uniteHex(into: Uint32Array, hex: string): void {
  for (let i = 0; i < WORDS; i++) {
    const end = hex.length - 8 * i;
    into[i]! |= Number.parseInt(hex.slice(end - 8, end), 16);
  }
}
