/** Texts that fit into a number of bytes and still tell each other apart. */
import { murmur3 } from '../rollout/hash.ts';

/** Bytes of a text in UTF-8; a lone surrogate counts as U+FFFD (WHATWG Encoding, section 4.2). */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) bytes += utf8LengthOf(character);
  return bytes;
}

function utf8LengthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** `~` and the hash of the whole in hexadecimal digits. */
const MARK_BYTES = 9;

/**
 * The text itself if it fits, else as many of its characters as do and a hash of the whole, so that
 * two long texts with the same beginning stay two.
 * @param maxBytes in UTF-8, at least {@link MARK_BYTES}
 */
export function shorten(text: string, maxBytes: number): string {
  if (utf8Length(text) <= maxBytes) return text;
  let kept = '';
  let bytes = MARK_BYTES;
  for (const character of text) {
    bytes += utf8LengthOf(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return `${kept}~${murmur3(text).toString(16).padStart(8, '0')}`;
}
