/**
 * Who may do what, as the Worker's secrets `ADMIN_TOKEN` and `VIEWER_TOKEN` say it: one token, or a list
 * `name:role:secret,…` so that the audit log can tell people apart.
 */
export type Role = 'viewer' | 'flags' | 'operator' | 'admin';

export interface Principal {
  readonly name: string;
  readonly role: Role;
}

export interface Credential extends Principal {
  readonly secret: string;
}

export interface Credentials {
  readonly credentials: readonly Credential[];
  /** Positions of entries, from 1, that grant nothing: they can't be read, or are above the role. */
  readonly refused: readonly number[];
}

/**
 * A text with two colons is meant as a list: an entry of it that can't be read grants nothing, and so
 * does one above the role that the variable is for.
 * @param highest the role of a single token; `admin` allows entries of any role
 */
export function credentialsOf(setting: string | undefined, highest: Role): Credentials {
  if (setting === undefined || setting === '') return { credentials: [], refused: [] };
  if (!/^[^:,]*:[^:,]*:/.test(setting))
    return { credentials: [{ name: highest, role: highest, secret: setting }], refused: [] };
  const credentials: Credential[] = [];
  const refused: number[] = [];
  for (const [position, entry] of setting.split(',').entries()) {
    const [, name, role, secret] =
      /^\s*([^:\s]{1,64}):(viewer|flags|operator|admin):(\S+)\s*$/.exec(entry) ?? [];
    const isBelow = highest === 'admin' || role === highest;
    if (name !== undefined && secret !== undefined && isBelow)
      credentials.push({ name, role: role as Role, secret });
    else refused.push(position + 1);
  }
  return { credentials, refused };
}
