/** Reads a Worker secret; undefined if there is none of that name. */
export type Secrets = (name: string) => string | undefined;

/** `$secret:NAME` in a document is the Worker's binding NAME, if that is a text of its own. */
export function secretsOf(bindings: object): Secrets {
  return name => {
    const value: unknown = Object.hasOwn(bindings, name)
      ? (bindings as Readonly<Record<string, unknown>>)[name]
      : undefined;
    return typeof value === 'string' ? value : undefined;
  };
}
