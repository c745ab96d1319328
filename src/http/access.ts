/**
 * Who may do what: bearer tokens (RFC 6750) from Worker secrets.
 *
 * `ADMIN_TOKEN` and `VIEWER_TOKEN` each hold one token, or a list `name:role:secret,…` so that the
 * audit log can tell people apart. A surface whose secret isn't set answers 404.
 */
import type { Env } from '../edge/env.ts';
import { bearerToken, credentialsOf, isToken, matching, type Credential } from './credentials.ts';

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
  const token = bearerToken(request);
  if (token === undefined) return { kind: 'unauthenticated' };
  const principal = await matching(token, credentials);
  if (principal === undefined) return { kind: 'unauthenticated' };
  return ALLOWED[needed].includes(principal.role)
    ? { kind: 'granted', principal }
    : { kind: 'forbidden', principal };
}

/** Whether a token may read: what shows debug headers on a proxied request. */
export async function isViewer(token: string, env: Env): Promise<boolean> {
  if (!isToken(token)) return false;
  const principal = await matching(token, allCredentials(env));
  return principal !== undefined && ALLOWED.viewer.includes(principal.role);
}

/** Whether any token is set; without one every guarded surface is off. */
export function hasTokens(env: Env): boolean {
  return allCredentials(env).length > 0;
}

/** Whose token it is, whatever they may do; undefined if it is nobody's. */
export function principalOf(token: string, env: Env): Promise<Principal | undefined> {
  return matching(token, allCredentials(env));
}

const ROLES = ['viewer', 'flags', 'operator', 'admin'] as const satisfies readonly Role[];

/** An entry above the role that its variable is for grants nothing. */
function allCredentials(env: Env): Credential<Role>[] {
  return [
    ...credentialsOf<Role>(env.ADMIN_TOKEN, 'admin', ROLES),
    ...credentialsOf<Role>(env.VIEWER_TOKEN, 'viewer', ['viewer']),
  ];
}
