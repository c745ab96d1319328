/** What of a document moves a rollout, out of the document. */
import type { Rollout } from '../rollout/compile.ts';
import type { DocumentFacts, WireVariant } from './state.ts';

/** @param text the document that `rollout` was compiled from */
export function documentFacts(rollout: Rollout, text: string): DocumentFacts {
  const { variants } = JSON.parse(text) as { readonly variants: Readonly<Record<string, WireVariant>> };
  const [stable, ...candidates] = rollout.variants;
  return {
    enabled: rollout.enabled,
    stable: wireOf(variants, stable.name),
    candidates: Object.fromEntries(
      candidates.map(({ name, candidate }) => [name, { hash: candidate, wire: wireOf(variants, name) }]),
    ),
    draw: { ...rollout.sticky, seed: rollout.seed },
    plan: rollout.plan,
  };
}

function wireOf(variants: Readonly<Record<string, WireVariant>>, name: string): WireVariant {
  const wire = variants[name];
  if (wire === undefined) throw new RangeError(`no variant ${name} in the text of this document`);
  return wire;
}

/** The document with another stable variant, everything else as it is; two spaces of indentation. */
export function withStable(text: string, stable: WireVariant): string {
  const document = JSON.parse(text) as { readonly variants: object };
  return JSON.stringify({ ...document, variants: { ...document.variants, stable } }, null, 2);
}

/** The document with the candidate's version, as `start --version` sets it. */
export function withVersion(text: string, candidate: string, version: string): string {
  const document = JSON.parse(text) as { readonly variants: Readonly<Record<string, object>> };
  const variant = { ...document.variants[candidate], version };
  return JSON.stringify({ ...document, variants: { ...document.variants, [candidate]: variant } }, null, 2);
}

/** Whether two variants are one and the same to a visitor: origin, version and headers. */
export function sameVariant(one: WireVariant, other: WireVariant): boolean {
  const normal = ({ origin, version, headers }: WireVariant): string =>
    JSON.stringify([origin, version ?? '', Object.entries(headers ?? {}).sort()]);
  return normal(one) === normal(other);
}
