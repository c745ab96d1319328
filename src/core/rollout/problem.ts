/** What is wrong with a configuration value, where, and what was expected. */
export interface Problem {
  /** JSON path of the faulty value, e.g. `$.variants.canary.origin`; `$` is the whole value. */
  readonly path: string;
  readonly message: string;
}

/** A problem together with the KV key it was found in. */
export interface KeyedProblem extends Problem {
  readonly key: string;
}

/** `$.variants["a b"].origin` from its segments. */
export function jsonPath(segments: readonly PropertyKey[]): string {
  let path = '$';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(String(segment))) path += `.${String(segment)}`;
    else path += `[${JSON.stringify(String(segment))}]`;
  }
  return path;
}

/** A foreign JSON value, shortened so that it can stand in a message. */
export function quote(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
