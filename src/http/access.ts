/** Who may do what: bearer tokens (RFC 6750) from Worker secrets. A surface whose secret isn't set answers 404. */
import { credentialsOf, type Credential, type Principal, type Role } from '../core/credentials.ts';
import type { Env } from '../edge/env.ts';

export type Access =
  | { readonly kind: 'granted'; readonly principal: Principal }
  | { readonly kind: 'unset' }
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'forbidden'; readonly principal: Principal };

const ALLOWED: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer', 'flags', 'operator', 'admin'],
  flags: ['flags', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
};

/** @param needed the least role that may do it */
export async function accessOf(request: Request, env: Env, needed: Role): Promise<Access> {
  const credentials = allCredentials(env);
  if (!credentials.some(({ role }) => ALLOWED[needed].includes(role))) return { kind: 'unset' };
  const header = request.headers.get('authorization') ?? '';
  const token = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header)?.[1];
  if (token === undefined) return { kind: 'unauthenticated' };
  const principal = await matching(token, credentials);
  if (principal === undefined) return { kind: 'unauthenticated' };
  return ALLOWED[needed].includes(principal.role)
    ? { kind: 'granted', principal }
    : { kind: 'forbidden', principal };
}

/** Whether a token may read: what shows debug headers on a proxied request. */
export async function isViewer(token: string, env: Env): Promise<boolean> {
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) return false;
  const principal = await matching(token, allCredentials(env));
  return principal !== undefined && ALLOWED.viewer.includes(principal.role);
}

/** Whether any token is set; without one every guarded surface is off. */
export function hasTokens(env: Env): boolean {
  return allCredentials(env).length > 0;
}

function allCredentials(env: Env): Credential[] {
  return [...grantedBy(env.ADMIN_TOKEN, 'admin'), ...grantedBy(env.VIEWER_TOKEN, 'viewer')];
}

function grantedBy(setting: string | undefined, highest: Role): readonly Credential[] {
  const { credentials, refused } = credentialsOf(setting, highest);
  for (const position of refused)
    console.warn(
      JSON.stringify({
        message: `entry ${position} of the ${highest} tokens is not name:role:secret; it grants nothing`,
      }),
    );
  return credentials;
}

/** Looks at every credential, and at digests of equal length: the time tells nothing about any of them. */
async function matching(token: string, credentials: readonly Credential[]): Promise<Principal | undefined> {
  const given = await digest(token);
  let found: Principal | undefined;
  for (const { name, role, secret } of credentials) {
    if (crypto.subtle.timingSafeEqual(given, await digest(secret))) found ??= { name, role };
  }
  return found;
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
}
