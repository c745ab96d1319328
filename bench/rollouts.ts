/** Typical rollouts, as an isolate holds them, for what is measured without the runtime. */
import { absorb, type Active } from '../src/core/rollout/active.ts';
import { WEIGHT } from './stage.ts';

export function hostName(number: number): string {
  return `shop-${number}.example.com`;
}

/** What an isolate makes of the document and the weight of that host. */
export function activeRollout(number: number): Active {
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
  };
  const reading = { document: { text: JSON.stringify(document) }, weight: { text: String(WEIGHT) } };
  const { active, problems } = absorb(name, undefined, reading, () => undefined);
  if (active === undefined || problems.length > 0) {
    throw new Error("the benchmark's document is not valid");
  }
  return active;
}
