/**
 * murmur3_x86_32 (Austin Appleby, public domain) over the UTF-8 bytes of a string.
 *
 * The strings are encoded while they are hashed, so a visitor id costs no allocation.
 * Changing one bit of this moves visitors between variants: it is pinned by
 * shared/vectors/bucketing.json.
 */
const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** @returns an integer in [0, 2^32) */
export function murmur3(text: string, seed = 0): number {
  let hash = seed | 0;
  let from = 0;
  // Ids are ASCII: four characters are four bytes, at half the price of the general way.
  for (const whole = text.length & ~3; from < whole; from += 4) {
    const a = text.charCodeAt(from);
    const b = text.charCodeAt(from + 1);
    const c = text.charCodeAt(from + 2);
    const d = text.charCodeAt(from + 3);
    if ((a | b | c | d) > 0x7f) break;
    hash = mixBlock(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  return murmur3From(text, from, hash);
}

/** @param from a multiple of four; what comes before it is ASCII, and in the hash */
function murmur3From(text: string, from: number, before: number): number {
  let hash = before;
  let block = 0;
  let length = from;
  for (let i = from; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      block |= code << ((length & 3) << 3);
      if ((++length & 3) === 0) {
        hash = mixBlock(hash, block);
        block = 0;
      }
      continue;
    }
    if (code >= 0xd800 && code < 0xe000) {
      // A lone surrogate becomes U+FFFD, as TextEncoder does it (WHATWG Encoding, section 4.2).
      const next = code < 0xdc00 ? text.charCodeAt(i + 1) : NaN;
      if (next >= 0xdc00 && next < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
        i++;
      } else {
        code = 0xfffd;
      }
    }
    const bytes = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let n = bytes - 1; n >= 0; n--) {
      const lead = bytes === 2 ? 0xc0 : bytes === 3 ? 0xe0 : 0xf0;
      const byte = n === bytes - 1 ? lead | (code >> (6 * n)) : 0x80 | ((code >> (6 * n)) & 0x3f);
      block |= byte << ((length & 3) << 3);
      if ((++length & 3) === 0) {
        hash = mixBlock(hash, block);
        block = 0;
      }
    }
  }
  if ((length & 3) !== 0) hash ^= scramble(block);
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** @returns a hash as 8 hexadecimal digits */
export function hex(hash: number): string {
  return hash.toString(16).padStart(8, '0');
}

function scramble(block: number): number {
  const mixed = Math.imul(block, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}

function mixBlock(hash: number, block: number): number {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
