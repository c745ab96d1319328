/**
 * Tokens and keys as the Worker's secrets hold them: one, or a list `name:role:secret,…` so that people and
 * apps can be told apart, by the audit log for one.
 */
/** What a token of `ADMIN_TOKEN` or `VIEWER_TOKEN` allows. */
export type Role = 'viewer' | 'flags' | 'operator' | 'admin';
export const ROLES: readonly Role[] = ['viewer', 'flags', 'operator', 'admin'];

export interface Principal {
  readonly name: string;
  readonly role: Role;
}

export interface Credential<R extends string = Role> {
  readonly name: string;
  readonly role: R;
  readonly secret: string;
}

export interface Credentials<R extends string = Role> {
  readonly credentials: readonly Credential<R>[];
  /** Positions of entries, from 1, that grant nothing: they can't be read, or have a role that isn't among those. */
  readonly refused: readonly number[];
}

/**
 * A text with two colons is meant as a list: an entry of it that can't be read grants nothing.
 * @param alone the role, and name, of a text that is no list
 * @param roles that an entry may have
 */
export function credentialsOf<R extends string>(
  setting: string | undefined,
  alone: R,
  roles: readonly R[],
): Credentials<R> {
  if (setting === undefined || setting === '') return { credentials: [], refused: [] };
  if (!/^[^:,]*:[^:,]*:/.test(setting))
    return { credentials: [{ name: alone, role: alone, secret: setting }], refused: [] };
  const credentials: Credential<R>[] = [];
  const refused: number[] = [];
  for (const [position, entry] of setting.split(',').entries()) {
    const [, name, given, secret] = /^\s*([^:\s]{1,64}):([a-z]+):(\S+)\s*$/.exec(entry) ?? [];
    const role = roles.find(role => role === given);
    if (name !== undefined && role !== undefined && secret !== undefined)
      credentials.push({ name, role, secret });
    else refused.push(position + 1);
  }
  return { credentials, refused };
}
