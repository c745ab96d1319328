/** `25`, or `canary=10 canary-b=5`, as the API takes it. */
export function parseWeightArguments(args: readonly string[]): number | Record<string, number> | undefined {
  if (args.length === 1 && !args[0]!.includes('=')) return numberOf(args[0]!);
  const weights: Record<string, number> = {};
  for (const arg of args) {
    const [, name, text] = /^([a-z][a-z0-9-]*)=(.+)$/.exec(arg) ?? [];
    const weight = text === undefined ? undefined : numberOf(text);
    if (name === undefined || weight === undefined || Object.hasOwn(weights, name)) return undefined;
    weights[name] = weight;
  }
  return weights;
}

function numberOf(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
