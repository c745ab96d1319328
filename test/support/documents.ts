/** Builders with safe defaults. */
import { compileDocument, type Rollout } from '../../src/core/rollout/compile.ts';
import { layOut, type Split } from '../../src/core/rollout/split.ts';
import { parseWeights } from '../../src/core/rollout/weights.ts';

export const noSecrets = (): undefined => undefined;

/** A document's text with a stable and a canary; `change` overrides top-level keys. */
export function documentText(change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    variants: { stable: { origin: 'https://stable.example' }, canary: { origin: 'https://canary.example' } },
    ...change,
  });
}

export function rolloutOf(text = documentText(), name = 'default'): Rollout {
  const compiled = compileDocument(text, name, noSecrets);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

export function splitOf(rollout: Rollout, weights: unknown, text = documentText()): Split {
  const parsed = parseWeights(
    weights,
    rollout.variants.slice(1).map(variant => variant.name),
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return layOut(rollout, text, parsed.value);
}

export const THREE_VARIANTS = documentText({
  variants: {
    stable: { origin: 'https://stable.example' },
    canary: { origin: 'https://canary.example' },
    'canary-b': { origin: 'https://b.example' },
  },
});
