/**
 * Who may do what: bearer tokens (RFC 6750) from Worker secrets.
 *
 * `ADMIN_TOKEN` and `VIEWER_TOKEN` each hold one token, or a list `name:role:secret,…` so that the
 * audit log can tell people apart. A surface whose secret isn't set answers 404.
 */
import type { Env } from '../edge/env.ts';

export type Role = 'viewer' | 'flags' | 'operator' | 'admin';

export interface Principal {
  readonly name: string;
  readonly role: Role;
}

export type Access =
  | { readonly kind: 'granted'; readonly principal: Principal }
  | { readonly kind: 'unset' }
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'forbidden'; readonly principal: Principal };

interface Credential extends Principal {
  readonly secret: string;
}

const ALLOWED: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer', 'flags', 'operator', 'admin'],
  // Who is on call switches off what does harm.
  flags: ['flags', 'operator', 'admin'],
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
  return [...credentialsOf(env.ADMIN_TOKEN, 'admin'), ...credentialsOf(env.VIEWER_TOKEN, 'viewer')];
}

/**
 * A text with two colons is meant as a list: an entry of it that can't be read grants nothing, and so
 * does one above the role that the variable is for.
 */
function credentialsOf(setting: string | undefined, highest: Role): Credential[] {
  if (setting === undefined || setting === '') return [];
  if (!/^[^:,]*:[^:,]*:/.test(setting)) return [{ name: highest, role: highest, secret: setting }];
  return setting.split(',').flatMap((entry, position) => {
    const [, name, role, secret] =
      /^\s*([^:\s]{1,64}):(viewer|flags|operator|admin):(\S+)\s*$/.exec(entry) ?? [];
    const isBelow = highest === 'admin' || role === highest;
    if (name !== undefined && secret !== undefined && isBelow) return [{ name, role: role as Role, secret }];
    console.warn(
      JSON.stringify({
        message: `entry ${position + 1} of the ${highest} tokens is not name:role:secret; it grants nothing`,
      }),
    );
    return [];
  });
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
