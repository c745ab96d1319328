/**
 * A signed override: the link's parameter and the cookie hold the same token,
 * `<variant>.<expiry in unix seconds>.<HMAC-SHA-256, base64url>`.
 *
 * Every part has exactly one spelling, so that no second text passes for the same token. The rollout
 * is signed but not told: a token for another rollout looks like a forged one.
 */
import { VARIANT_NAME } from './schema-parts.ts';

export interface OverrideToken {
  readonly variant: string;
  /** Seconds since 1970. */
  readonly expiry: number;
  /** base64url without padding */
  readonly signature: string;
}

/** Beyond it nothing is ours: the longest variant name, twelve digits, the signature and two dots. */
const MAX_TOKEN = 32 + 12 + 43 + 2;
const EXPIRY = /^[1-9]\d{0,11}$/;
/** 256 bits in 43 characters leave two bits over, which are 0 (RFC 4648, section 3.5). */
const SIGNATURE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** @returns the token's parts, unverified; undefined for any other text */
export function parseToken(text: string): OverrideToken | undefined {
  if (text.length > MAX_TOKEN) return undefined;
  const [variant, expiry, signature, ...more] = text.split('.');
  if (variant === undefined || expiry === undefined || signature === undefined || more.length > 0)
    return undefined;
  if (!VARIANT_NAME.test(variant) || !EXPIRY.test(expiry) || !SIGNATURE.test(signature)) return undefined;
  return { variant, expiry: Number(expiry), signature };
}

export function tokenText({ variant, expiry, signature }: OverrideToken): string {
  return `${variant}.${expiry}.${signature}`;
}

/** What is signed. A line break is in no name, so no two overrides have the same message. */
export function messageToSign(rollout: string, variant: string, expiry: number): string {
  return `weir override v1\n${rollout}\n${variant}\n${expiry}`;
}
