/**
 * Addresses as four words of 32 bits. IPv4 is held as it is mapped into IPv6 (`::ffff:0:0/96`,
 * RFC 4291, section 2.5.5.2), so that both are compared in the same way.
 *
 * Read by hand: a visitor's address is read for each decision that asks for it, and the library
 * takes microseconds. It is asked for what browsers' networks don't send: zones, dots within IPv6.
 */
import ipaddr from 'ipaddr.js';

export type Words = Int32Array;

export const MAPPED = 0xffff;

/** @returns whether it is an address; only then `words` means anything */
export function readAddress(text: string, words: Words): boolean {
  if (readIPv4(text, words)) return true;
  return text.includes(':') && readIPv6(text, words);
}

export function isMapped(words: Words): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === MAPPED;
}

const DOT = 0x2e;
const COLON = 0x3a;

/** Strict: four decimal numbers. What some parsers also take (`0x7f.1`, `10.1`, `010.0.0.1`) is no address here. */
function readIPv4(text: string, words: Words): boolean {
  if (text.length > 15) return false;
  let address = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || ++dots > 3) return false;
      address = (address << 8) | octet;
      octet = -1;
      continue;
    }
    const digit = code - 0x30;
    // No number has a zero in front.
    if (digit < 0 || digit > 9 || octet === 0) return false;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return false;
  }
  if (dots !== 3 || octet < 0) return false;
  words[0] = 0;
  words[1] = 0;
  words[2] = MAPPED;
  words[3] = (address << 8) | octet;
  return true;
}

const GROUPS = 8;
const groups = new Uint16Array(GROUPS);

function readIPv6(text: string, words: Words): boolean {
  let count = 0;
  /** Groups before the `::`. */
  let gap = -1;
  let digits = 0;
  let group = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== COLON) {
      const digit = hexDigit(code);
      // Five digits: perhaps the first number of an IPv4 address at the end.
      if (digit < 0 || ++digits > 4) return readUnusual(text, words);
      group = (group << 4) | digit;
      continue;
    }
    if (digits > 0) {
      if (count === GROUPS) return false;
      groups[count++] = group;
      digits = 0;
      group = 0;
      if (i + 1 === text.length) return false;
    } else {
      // The second of two colons, of which the first ended a group or comes first.
      if (gap >= 0) return false;
      if (i === 0 && text.charCodeAt(++i) !== COLON) return false;
      gap = count;
    }
  }
  if (digits > 0) {
    if (count === GROUPS) return false;
    groups[count++] = group;
  }
  // `::` stands for one group at least.
  if (gap < 0 ? count !== GROUPS : count === GROUPS) return false;
  if (gap >= 0) {
    groups.copyWithin(GROUPS - count + gap, gap, count);
    groups.fill(0, gap, GROUPS - count + gap);
  }
  for (let i = 0; i < 4; i++) words[i] = (groups[2 * i]! << 16) | groups[2 * i + 1]!;
  return true;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function readUnusual(text: string, words: Words): boolean {
  if (!ipaddr.IPv6.isValid(text)) return false;
  const { parts } = ipaddr.IPv6.parse(text);
  for (let i = 0; i < 4; i++) words[i] = (parts[2 * i]! << 16) | parts[2 * i + 1]!;
  return true;
}
