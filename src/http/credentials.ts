/** Bearer tokens and keys of a request, against those in Worker secrets. */
import { credentialsOf, type Credential } from '../core/credentials.ts';

/** As credentialsOf; what can't be read is said in the log, by its place. */
export function grantedBy<Role extends string>(
  setting: string | undefined,
  alone: Role,
  roles: readonly Role[],
): readonly Credential<Role>[] {
  const { credentials, refused } = credentialsOf(setting, alone, roles);
  for (const position of refused) {
    const message = `entry ${position} of the ${alone} tokens is not name:role:secret; it grants nothing`;
    console.warn(JSON.stringify({ message }));
  }
  return credentials;
}

/** Looks at every credential, and at digests of equal length: the time tells nothing about any of them. */
export async function matching<Role extends string>(
  token: string,
  credentials: readonly Credential<Role>[],
): Promise<Omit<Credential<Role>, 'secret'> | undefined> {
  const given = await digest(token);
  let found: Omit<Credential<Role>, 'secret'> | undefined;
  for (const { name, role, secret } of credentials) {
    if (crypto.subtle.timingSafeEqual(given, await digest(secret))) found ??= { name, role };
  }
  return found;
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
}

const TOKEN = /^[\x21-\x7e]{1,512}$/;

/** Whether a text can be a token or key at all. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The bearer token of a request (RFC 6750, section 2.1); undefined without one. */
export function bearerToken(request: Request): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}
