/**
 * The visitor's cookie: `<id>.<tag>.<day>`.
 *
 * - id: 72 random bits, base64url. It is what is hashed; the variant is never stored, so a weight
 *   change takes effect with the next request.
 * - tag: 12 bits, base64url. The low 11 bits of the last variant's hash, and one bit that says that
 *   `day` is the day on which the visitor came to that variant from elsewhere.
 * - day: days since 1970 of the last change or renewal, decimal.
 */
import type { Rollout, Variant } from '../core/rollout/compile.ts';
import { cookieValue } from './cookie-header.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ID_LENGTH = 12;
const TAG_AT = ID_LENGTH + 1;
const DAY_AT = TAG_AT + 3;
const MAX_LENGTH = DAY_AT + 6;
const MS_PER_DAY = 86_400_000;

export interface Visitor {
  readonly id: string;
  readonly mark: number;
  readonly changed: boolean;
  readonly day: number;
}

export function dayOf(now: number): number {
  return Math.floor(now / MS_PER_DAY);
}

/** `__Host-` (RFC 6265bis, section 4.1.3.2) keeps other hosts of the domain from planting the cookie. */
export function cookieName(rollout: Rollout, isHttps: boolean): string {
  return isHttps ? `__Host-${rollout.cookie.name}` : rollout.cookie.name;
}

/**
 * Finds the visitor in a Cookie header. The first cookie of exactly that name counts; anything
 * malformed, from the future or older than `maxAgeDays` is a new visitor, never an error.
 */
export function readVisitor(
  header: string | null,
  name: string,
  today: number,
  maxAgeDays: number,
): Visitor | undefined {
  if (header === null) return undefined;
  const value = cookieValue(header, name);
  if (value === undefined || value.length <= DAY_AT || value.length > MAX_LENGTH) return undefined;
  return parseVisitor(value, today, maxAgeDays);
}

function parseVisitor(value: string, today: number, maxAgeDays: number): Visitor | undefined {
  for (let i = 0; i < ID_LENGTH; i++) if (!isAlphabet(value.charCodeAt(i))) return undefined;
  if (value.charCodeAt(ID_LENGTH) !== 0x2e || value.charCodeAt(DAY_AT - 1) !== 0x2e) return undefined;
  const high = ALPHABET.indexOf(value.charAt(TAG_AT));
  const low = ALPHABET.indexOf(value.charAt(TAG_AT + 1));
  if (high < 0 || low < 0) return undefined;
  let day = 0;
  for (let i = DAY_AT; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    day = day * 10 + digit;
  }
  // A day ahead is tolerated: clocks of two locations may stand on either side of midnight.
  if (day > today + 1 || today - day > maxAgeDays) return undefined;
  const tag = high * 64 + low;
  return { id: value.slice(0, ID_LENGTH), mark: tag & 0x7ff, changed: tag > 0x7ff, day };
}

function isAlphabet(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  );
}

/** @param random at least 9 random bytes @returns 72 bits, base64url */
export function newVisitorId(random: Uint8Array): string {
  let id = '';
  for (let i = 0; i < 9; i += 3) {
    const bits = (random[i]! << 16) | (random[i + 1]! << 8) | random[i + 2]!;
    id +=
      ALPHABET[bits >> 18]! +
      ALPHABET[(bits >> 12) & 63]! +
      ALPHABET[(bits >> 6) & 63]! +
      ALPHABET[bits & 63]!;
  }
  return id;
}

/** What the visitor's cookie has to say after this decision; undefined if it already does. */
export interface Stamp {
  readonly variant: Variant;
  /** Came to this variant from elsewhere today. */
  readonly changed: boolean;
}

/**
 * A visitor without a cookie who is drawn a candidate counts as changed: what their browser has
 * cached is stable's.
 */
export function stampFor(visitor: Visitor | undefined, variant: Variant, today: number): Stamp | undefined {
  if (visitor === undefined) return { variant, changed: variant.index !== 0 };
  if (visitor.mark !== variant.mark) return { variant, changed: true };
  return today - visitor.day > 1 ? { variant, changed: false } : undefined;
}

/**
 * What the cookie has to say when a visitor of a candidate gets one of stable's pages in its place:
 * as for a visitor who has just come here. Undefined if it already says so.
 */
export function stampAfterForeignPage(
  visitor: Visitor | undefined,
  variant: Variant,
  today: number,
): Stamp | undefined {
  const isSaid = visitor?.mark === variant.mark && visitor.changed && visitor.day === today;
  return isSaid ? undefined : { variant, changed: true };
}

/**
 * Whether the visitor may hold another variant's pages in a cache: conditional and range requests
 * would then mix two versions (a 304 for foreign content, a file patched together).
 */
export function hasForeignCache(
  visitor: Visitor | undefined,
  stamp: Stamp | undefined,
  today: number,
): boolean {
  if (stamp !== undefined) return stamp.changed;
  return visitor !== undefined && visitor.changed && today - visitor.day <= 1;
}

/** The Set-Cookie value (RFC 6265bis, section 4.1). */
export function setCookie(
  rollout: Rollout,
  isHttps: boolean,
  id: string,
  stamp: Stamp,
  today: number,
): string {
  const tag = stamp.variant.mark | (stamp.changed ? 0x800 : 0);
  const { maxAgeDays, sameSite } = rollout.cookie;
  return (
    `${cookieName(rollout, isHttps)}=${id}.${ALPHABET[tag >> 6]!}${ALPHABET[tag & 63]!}.${today}` +
    `; Max-Age=${maxAgeDays * 86_400}; Path=/; HttpOnly; SameSite=${sameSite}${isHttps ? '; Secure' : ''}`
  );
}
