/** Addresses and networks, IPv4 and IPv6. An IPv4 address mapped into IPv6 is that IPv4 address. */
import { isMapped, readAddress, type Words } from './address-text.ts';

export interface Network {
  /** Of IPv4: no wider network of IPv6 holds its addresses. */
  readonly isIPv4: boolean;
  /** Zero where the mask is. */
  readonly words: Words;
  readonly masks: Words;
}

const IPV4_PREFIX = 96;

/** @returns undefined unless it is `10.0.0.0/8`, `2001:db8::/32` or a single address */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const words = new Int32Array(4);
  if (!readAddress(address, words)) return undefined;
  const isDotted = !address.includes(':');
  const bits = isDotted ? 32 : 128;
  const given = slash < 0 ? bits : prefixOf(text.slice(slash + 1), bits);
  if (given === undefined) return undefined;
  const prefix = isDotted ? given + IPV4_PREFIX : given;
  const isIPv4 = isMapped(words) && prefix >= IPV4_PREFIX;
  const masks = words.map((_, i) => maskOf(prefix - 32 * i));
  return { isIPv4, words: words.map((word, i) => word & masks[i]!), masks };
}

function prefixOf(text: string, bits: number): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= bits ? Number(text) : undefined;
}

/** @param bits of this word that belong to the network, and those of the words after it */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}

/** Several rules ask about the same address: the last one is remembered. Depends on the text alone. */
const last = { text: '', isAddress: false, isIPv4: false };
const lastWords = new Int32Array(4);

export function isWithinAny(text: string, networks: readonly Network[]): boolean {
  if (text !== last.text) {
    last.isAddress = readAddress(text, lastWords);
    last.isIPv4 = isMapped(lastWords);
    last.text = text;
  }
  if (!last.isAddress) return false;
  const { isIPv4 } = last;
  for (const network of networks) if (isWithin(lastWords, isIPv4, network)) return true;
  return false;
}

function isWithin(address: Words, isIPv4: boolean, network: Network): boolean {
  if (isIPv4 !== network.isIPv4) return false;
  const { words, masks } = network;
  // What comes before the last word is the same for all of IPv4.
  return (
    (isIPv4 ||
      ((address[0]! & masks[0]!) === words[0] &&
        (address[1]! & masks[1]!) === words[1] &&
        (address[2]! & masks[2]!) === words[2])) &&
    (address[3]! & masks[3]!) === words[3]
  );
}

const unitWords = new Int32Array(4);

/**
 * What is hashed for an address: one text for every spelling of it, and for all addresses of one IPv6
 * network, a customer's (RFC 6177: 64 bits), as the rest changes every day (RFC 8981). With a colon,
 * so it is never a visitor's id. Text that is no address is taken as it is.
 */
export function unitOfAddress(text: string): string {
  if (!readAddress(text, unitWords)) return `ip:${text}`;
  const [high, middle, , low] = unitWords as unknown as [number, number, number, number];
  if (isMapped(unitWords)) return `ip:${low >>> 24}.${(low >>> 16) & 255}.${(low >>> 8) & 255}.${low & 255}`;
  return `ip:${groupsOf(high)}:${groupsOf(middle)}::`;
}

function groupsOf(word: number): string {
  return `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
}
