/**
 * Bearer tokens and keys in Worker secrets: each variable holds one, or a list `name:role:secret,…` so
 * that people and apps can be told apart.
 */

export interface Credential<Role extends string> {
  readonly name: string;
  readonly role: Role;
  readonly secret: string;
}

/**
 * A text with two colons is meant as a list: an entry of it that can't be read grants nothing.
 * @param alone the role, and name, of a text that is no list
 * @param roles that an entry may have
 */
export function credentialsOf<Role extends string>(
  setting: string | undefined,
  alone: Role,
  roles: readonly Role[],
): Credential<Role>[] {
  if (setting === undefined || setting === '') return [];
  if (!/^[^:,]*:[^:,]*:/.test(setting)) return [{ name: alone, role: alone, secret: setting }];
  return setting.split(',').flatMap((entry, position) => {
    const [, name, given, secret] = /^\s*([^:\s]{1,64}):([a-z]+):(\S+)\s*$/.exec(entry) ?? [];
    const role = roles.find(role => role === given);
    if (name !== undefined && role !== undefined && secret !== undefined) return [{ name, role, secret }];
    const message = `entry ${position + 1} of the ${alone} tokens is not name:role:secret; it grants nothing`;
    console.warn(JSON.stringify({ message }));
    return [];
  });
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
