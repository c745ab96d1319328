import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { families } from '../../src/core/metrics/families.ts';
import { batchOf } from '../support/batches.ts';
import { GAUGES } from '../support/gauges.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/metrics.md', import.meta.url)), 'utf8');
const documented = [...page.matchAll(/^\| `(weir_\w+)` +\| (\w+) +\| `([\w ]+)` +\|/gm)].map(
  ([, name, type, labels]) => `${name} ${type}: ${labels}`,
);

describe('docs/metrics.md', () => {
  it('lists every metric with its type and its labels in the order that they have, and no other', () => {
    const { totals, weights } = batchOf([200]);
    const snapshot = {
      rollout: 'shop',
      totals: { stable: { ...totals['stable']!, goals: [['purchase', 1] as const] } },
      weights,
      flags: {
        exposures: [['banner=on', 1] as const],
        units: [['banner', 'on', 1] as const],
        goals: [['banner', 'on', 'purchase', 1] as const],
        experiments: [],
      },
      configErrors: 0,
      lost: 0,
      sinks: { otlp: { lost: 0 } },
      problems: [],
      updatedAt: 0,
      cap: { sequence: 1, limits: { canary: { candidate: '00000000', share: 0, isBarred: true } } },
      gauges: GAUGES,
    };
    const shown = families({ snapshots: [snapshot], hubs: [{ rollout: 'shop', isUp: true }] });
    const described = shown.map(({ name, type, samples }) => {
      const labels = samples[0]!.labels.map(([label]) => label).filter(label => label !== 'le');
      return `${name} ${type}: ${labels.join(' ')}`;
    });
    expect(documented.toSorted()).toEqual(described.toSorted());
  });
});
