/**
 * Who asks for flags: a server, which may see all of them, or a browser, which may see those marked for
 * clients. Keys are in the secret `FLAG_KEYS`, and come as a bearer token or in `X-API-Key` (OFREP).
 */
import type { FlagSet } from '../../core/flags/flag.ts';
import type { Env } from '../../edge/env.ts';
import { principalOf } from '../access.ts';
import { bearerToken, credentialsOf, isToken, matching } from '../credentials.ts';

export type KeyRole = 'server' | 'browser';
const KEY_ROLES = ['server', 'browser'] as const satisfies readonly KeyRole[];

export interface Caller {
  readonly kind: KeyRole | 'anonymous';
  /** Of the key; empty without one. */
  readonly name: string;
}

/** `unset`: the surface is off here. `forbidden`: a token that is for something else. */
export type Refusal = 'unset' | 'unauthenticated' | 'forbidden';

const ANONYMOUS: Caller = { kind: 'anonymous', name: '' };

export async function callerOf(request: Request, env: Env, set: FlagSet): Promise<Caller | Refusal> {
  const keys = credentialsOf<KeyRole>(env.FLAG_KEYS, 'server', KEY_ROLES);
  const token = tokenOf(request);
  if (token !== undefined) {
    const key = isToken(token) ? await matching(token, keys) : undefined;
    if (key !== undefined) return { kind: key.role, name: key.name };
    const principal = isToken(token) ? await principalOf(token, env) : undefined;
    if (principal !== undefined) {
      const isAllowed = principal.role === 'admin' || principal.role === 'flags';
      return isAllowed ? { kind: 'server', name: principal.name } : 'forbidden';
    }
  } else if (set.isPublic) return ANONYMOUS;
  return keys.length === 0 && !set.isPublic ? 'unset' : 'unauthenticated';
}

/** Another scheme than Bearer (a site behind Basic) is no key of ours. */
function tokenOf(request: Request): string | undefined {
  return bearerToken(request) ?? request.headers.get('x-api-key') ?? undefined;
}
