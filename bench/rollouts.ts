/** Typical rollouts, as an isolate holds them, for what is measured without the runtime. */
import { absorb, type Active } from '../src/core/rollout/active.ts';

/** Share of the canary, in all that is measured. */
export const WEIGHT = 10;

export function hostName(number: number): string {
  return `shop-${number}.example.com`;
}

/** What an isolate makes of the document and the weight of that host. @param more of the document */
export function activeRollout(number: number, more: Readonly<Record<string, unknown>> = {}): Active {
  const name = hostName(number);
  const document = {
    $schema: './schema/rollout.schema.json',
    variants: {
      stable: { origin: `https://stable.${name}` },
      canary: {
        origin: `https://canary.${name}`,
        version: `2026-11-23.${number}`,
        headers: { 'x-release': `release-${number}` },
      },
    },
    salt: `salt-${number}`,
    sticky: { by: 'cookie', cookie: { name: 'weir', maxAge: '30d', sameSite: 'Lax' } },
    proxy: { timeout: '30s' },
    ...more,
  };
  const reading = { document: { text: JSON.stringify(document) }, weight: { text: String(WEIGHT) } };
  const { active, problems } = absorb(name, undefined, reading, () => undefined);
  if (active === undefined || problems.length > 0) {
    throw new Error(`the benchmark's document is not valid: ${JSON.stringify(problems)}`);
  }
  return active;
}
