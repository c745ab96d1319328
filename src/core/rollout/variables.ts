/** The variables that stand in for a document. */
export interface OriginVariables {
  readonly STABLE_ORIGIN?: string;
  readonly CANARY_ORIGIN?: string;
}

/** The document that holds only while KV has none, from `STABLE_ORIGIN` and `CANARY_ORIGIN`. */
export function documentOfVariables(variables: OriginVariables): string | undefined {
  const { STABLE_ORIGIN: stable = '', CANARY_ORIGIN: canary = '' } = variables;
  if (stable === '') return undefined;
  const candidates = canary === '' ? {} : { canary: { origin: canary } };
  return JSON.stringify({ variants: { stable: { origin: stable }, ...candidates } });
}
