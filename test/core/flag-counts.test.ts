import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToExperiment } from '../../src/core/flags/experiment.ts';
import { experimentPoints } from '../../src/core/metrics/experiment-point.ts';
import {
  FlagCounts,
  LabelledCounts,
  MAX_EXPERIMENT_LABELS,
  type Labelled,
} from '../../src/core/metrics/flag-counts.ts';
import type { UnitName } from '../../src/core/flags/unit-names.ts';
import { addFlagDeltas, unitsNamed, type FlagDelta } from '../../src/core/metrics/flag-delta.ts';
import { anyFlagDelta, anyText } from '../support/any-batch.ts';
import { batchOf } from '../support/batches.ts';

const sum = (records: readonly Labelled[]): number =>
  records.reduce((total, record) => total + Number(record.at(-1)), 0);
const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('what came of flags', () => {
  it('adds up to the same in whatever portions it comes, and no exposure gets lost', () => {
    fc.assert(
      fc.property(anyFlagDelta, anyFlagDelta, anyFlagDelta, (a, b, c) => {
        const atOnce = addFlagDeltas(a, b, c);
        expect(addFlagDeltas(addFlagDeltas(a, b), c)).toEqual(atOnce);
        expect(addFlagDeltas(atOnce, a).named).toEqual(atOnce.named);
        const exposures = ({ exposures }: typeof a): number => exposures.reduce((all, [, n]) => all + n, 0);
        expect(exposures(atOnce)).toBe(exposures(a) + exposures(b) + exposures(c));
      }),
    );
  });

  it('stays bounded, however many flags there ever were, and no unit is lost', () => {
    const units = new LabelledCounts();
    const counts = new FlagCounts();
    const arms = { on: { units: 1, goals: {} } };
    for (let i = 0; i < 2000; i++) {
      units.add([`flag-${i}`, 'on'], 1);
      counts.compare(`flag-${i}`, [{ draw: 'rule-1', coin: 'half', weights: {}, halvings: 0, arms }]);
    }
    expect(units.toRecord()).toHaveLength(MAX_EXPERIMENT_LABELS);
    expect(units.toRecord().at(-1)).toEqual(['(other)', '(other)', 2000 - MAX_EXPERIMENT_LABELS + 1]);
    expect([...counts.experiments.keys()].at(-1)).toBe('flag-1999');
    expect(counts.experiments.size).toBe(16);
  });
});

describe('an experiment that runs', () => {
  it('is not forgotten for those that are over, however many there ever were', () => {
    const counts = new FlagCounts();
    const stratum = {
      draw: 'rule-1',
      coin: 'half',
      weights: { on: 1 },
      halvings: 0,
      arms: { on: { units: 1, goals: {} } },
    };
    for (let i = 0; i < 100; i++) {
      counts.compare('running', addToExperiment(counts.experiments.get('running') ?? [], stratum));
      const forgotten = counts.compare(`over-${i}`, [stratum]);
      if (i >= 15) expect(forgotten).toEqual([{ flag: `over-${i - 15}`, coin: 'half' }]);
    }
    expect(counts.experiments.get('running')).toMatchObject([{ arms: { on: { units: 100 } } }]);
  });
});

describe('rows of experiments for Analytics Engine', () => {
  it('are within the documented limits, and lose no unit', () => {
    fc.assert(
      fc.property(anyFlagDelta, anyText, (flags, rollout) => {
        const points = experimentPoints({ ...batchOf([200]), rollout, flags });
        expect(points.length).toBeLessThanOrEqual(15);
        for (const { indexes, blobs, doubles } of points) {
          expect(bytes(indexes[0])).toBeLessThanOrEqual(96);
          expect(blobs.reduce((total, blob) => total + bytes(blob), 0)).toBeLessThanOrEqual(16_000);
          expect(doubles.length).toBeLessThanOrEqual(20);
        }
        expect(points.reduce((total, { doubles }) => total + doubles[0]!, 0)).toBe(
          sum(unitsNamed(flags.named).units),
        );
      }),
    );
  });

  const of = (flags: FlagDelta) =>
    experimentPoints(batchOf([200], { rollout: 'shop', flags })).map(({ indexes, blobs, doubles }) => [
      ...indexes,
      blobs[5],
      ...doubles,
    ]);
  const exposures = [['trial=on', 7] as const, ['banner=on', 9] as const];

  it('have units, exposures and goals of each variant', () => {
    const names = [1, 2, 3].map((unit): UnitName => [unit, 'on', '']);
    const bought = [1, 2].map((unit): UnitName => [unit, 'on', 'bought']);
    const named = [
      { flag: 'trial', draw: 'rule-1', coin: 'half', weights: {}, halvings: 0, names: [...names, ...bought] },
      { flag: 'trial', draw: 'rule-1', coin: 'tenth', weights: {}, halvings: 2, names: names.slice(0, 1) },
    ];
    expect(of({ exposures, experiments: ['trial'], named })).toEqual([['shop:trial:on', 'bought', 7, 7, 2]]);
  });

  it('are written for exposures alone, where all units are known: of experiments, and of no other flag', () => {
    expect(of({ exposures, experiments: ['trial'], named: [] })).toEqual([['shop:trial:on', '', 0, 7]]);
  });
});
