/** Addresses and networks, IPv4 and IPv6. An IPv4 address mapped into IPv6 is that IPv4 address. */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface Network {
  readonly address: Address;
  readonly prefix: number;
}

/** `::ffff:0:0/96` (RFC 4291, section 2.5.5.2) */
const MAPPED_PREFIX = 96;

/** @returns undefined unless it is `10.0.0.0/8`, `2001:db8::/32` or a single address */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash), false);
  if (address === undefined) return undefined;
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  const prefix = slash < 0 ? bits : prefixOf(text.slice(slash + 1), bits);
  if (prefix === undefined) return undefined;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= MAPPED_PREFIX)
    return { address: address.toIPv4Address(), prefix: prefix - MAPPED_PREFIX };
  return { address, prefix };
}

function prefixOf(text: string, bits: number): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= bits ? Number(text) : undefined;
}

/** Strict: what the parser of the library would also take (`0x7f.1`, `10.1`) is no address here. */
function parseAddress(text: string, unmap: boolean): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return unmap && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Several rules ask about the same address: the last one is remembered. Depends on the text alone. */
const last: { text: string; address: Address | undefined } = { text: '', address: undefined };

export function isWithinAny(text: string, networks: readonly Network[]): boolean {
  if (text !== last.text) {
    last.address = parseAddress(text, true);
    last.text = text;
  }
  const { address } = last;
  if (address === undefined) return false;
  for (const network of networks) if (isWithin(address, network)) return true;
  return false;
}

function isWithin(address: Address, network: Network): boolean {
  if (address.kind() !== network.address.kind()) return false;
  // The kinds are equal; the library's types can't say so.
  return (address as ipaddr.IPv6).match(network.address, network.prefix);
}

/** A customer's network in IPv6 (RFC 6177); the host part changes every day (RFC 8981). */
const HOME_PREFIX = 64;

/**
 * What is hashed for an address: one text for every spelling of it, and for all addresses of one IPv6
 * network. With a colon, so it is never a visitor's id. Text that is no address is taken as it is.
 */
export function unitOfAddress(text: string): string {
  const address = parseAddress(text, true);
  if (address === undefined) return `ip:${text}`;
  if (address instanceof ipaddr.IPv4) return `ip:${address.toString()}`;
  return `ip:${address.parts
    .slice(0, HOME_PREFIX / 16)
    .map(part => part.toString(16))
    .join(':')}::`;
}
