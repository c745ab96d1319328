/** Signs and verifies overrides: HMAC-SHA-256 with the Worker secret OVERRIDE_SECRET. */
import { messageToSign, tokenText, type OverrideToken } from '../core/rollout/override.ts';

const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' } as const;

/** @param expiry seconds since 1970 @returns the token's text */
export async function signOverride(
  secret: string,
  rollout: string,
  variant: string,
  expiry: number,
): Promise<string> {
  const message = bytesOf(messageToSign(rollout, variant, expiry));
  const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, await keyOf(secret), message));
  return tokenText({ variant, expiry, signature: base64url(signature) });
}

/** Whether the token was signed for that rollout. `verify` compares in constant time. */
export async function isSignedFor(rollout: string, token: OverrideToken, secret: string): Promise<boolean> {
  const message = bytesOf(messageToSign(rollout, token.variant, token.expiry));
  return crypto.subtle.verify(ALGORITHM, await keyOf(secret), bytesOfBase64url(token.signature), message);
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** The key, not its promise: one request must not wait for what another one started. */
let known: { readonly secret: string; readonly key: Key } | undefined;

async function keyOf(secret: string): Promise<Key> {
  if (known?.secret === secret) return known.key;
  const key = await crypto.subtle.importKey('raw', bytesOf(secret), ALGORITHM, false, ['sign', 'verify']);
  known = { secret, key };
  return key;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** RFC 4648, section 5, without padding */
function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function bytesOfBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, character => character.charCodeAt(0));
}
