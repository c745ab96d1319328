import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { experimentPoints } from '../../src/core/metrics/experiment-point.ts';
import { flagCountsOf, MAX_EXPERIMENT_LABELS, type Labelled } from '../../src/core/metrics/flag-counts.ts';
import { anyFlagCounts, anyText } from '../support/any-batch.ts';
import { batchOf } from '../support/batches.ts';

const sum = (records: readonly Labelled[]): number =>
  records.reduce((total, record) => total + Number(record.at(-1)), 0);
const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('what came of flags', () => {
  it('adds up to the same in whatever portions it comes, and nothing gets lost', () => {
    fc.assert(
      fc.property(anyFlagCounts, anyFlagCounts, anyFlagCounts, (a, b, c) => {
        const atOnce = flagCountsOf(a, b, c).toRecord();
        expect(flagCountsOf(flagCountsOf(a, b).toRecord(), c).toRecord()).toEqual(atOnce);
        for (const what of ['exposures', 'units', 'goals'] as const)
          expect(sum(atOnce[what])).toBe(sum([...a[what], ...b[what], ...c[what]]));
      }),
    );
  });

  it('stays bounded, however many flags there ever were', () => {
    const units = Array.from({ length: 2000 }, (_, i) => [`flag-${i}`, 'on', 1] as const);
    const exposures = units.map(([flag]) => [`${flag}=on`, 1] as const);
    const experiments = units.map(([flag]) => [flag, []] as const);
    const record = flagCountsOf({ exposures, units, goals: [], experiments }).toRecord();
    expect(record.units).toHaveLength(MAX_EXPERIMENT_LABELS);
    expect(record.units.at(-1)).toEqual(['(other)', '(other)', 2000 - MAX_EXPERIMENT_LABELS + 1]);
    expect(record.exposures.length).toBeLessThanOrEqual(500);
    expect(record.experiments.map(([flag]) => flag).at(-1)).toBe('flag-1999');
    expect(record.experiments.length).toBeLessThanOrEqual(16);
  });
});

describe('an experiment that runs', () => {
  it('is not forgotten for those that are over, however many there ever were', () => {
    const counts = flagCountsOf();
    const stratum = { coin: 'half', weights: { on: 1 }, arms: { on: { units: 1, goals: {} } } };
    for (let i = 0; i < 100; i++) {
      counts.compare('running', [stratum]);
      counts.compare(`over-${i}`, [stratum]);
    }
    const { experiments } = counts.toRecord();
    expect(Object.fromEntries(experiments)).toMatchObject({ running: [{ arms: { on: { units: 100 } } }] });
  });
});

describe('rows of experiments for Analytics Engine', () => {
  it('are within the documented limits, and lose no unit', () => {
    fc.assert(
      fc.property(anyFlagCounts, anyText, (flags, rollout) => {
        const points = experimentPoints({ ...batchOf([200]), rollout, flags });
        expect(points.length).toBeLessThanOrEqual(15);
        for (const { indexes, blobs, doubles } of points) {
          expect(bytes(indexes[0])).toBeLessThanOrEqual(96);
          expect(blobs.reduce((total, blob) => total + bytes(blob), 0)).toBeLessThanOrEqual(16_000);
          expect(doubles.length).toBeLessThanOrEqual(20);
        }
        expect(points.reduce((total, { doubles }) => total + doubles[0]!, 0)).toBe(sum(flags.units));
      }),
    );
  });

  it('have units, exposures and goals of each variant', () => {
    const flags = {
      exposures: [['trial=on', 7] as const, ['banner=on', 9] as const],
      units: [['trial', 'on', 3] as const],
      goals: [['trial', 'on', 'bought', 2] as const],
      experiments: [],
    };
    expect(experimentPoints(batchOf([200], { rollout: 'shop', flags }))).toEqual([
      {
        indexes: ['shop:trial:on'],
        blobs: ['weir.experiment.1', 'shop', 'on', 'isolate-1', 'trial', 'bought'],
        doubles: [3, 7, 2],
      },
    ]);
  });
});
