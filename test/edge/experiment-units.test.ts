import { beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/core/flags/evaluation.ts';
import { experimentResult, type ArmResult, type ExperimentState } from '../../src/core/flags/experiment.ts';
import { drawnFor } from '../../src/core/flags/exposure.ts';
import { sampleEnd } from '../../src/core/flags/unit-names.ts';
import { emptyHubState, ingest, type HubState } from '../../src/core/metrics/hub-state.ts';
import type { Goal } from '../../src/core/rollout/goals.ts';
import { FlagRecorder } from '../../src/edge/flag-recorder.ts';
import { createUnitTables, readExperiments, UnitStore } from '../../src/objects/unit-store.ts';
import { batchOf } from '../support/batches.ts';
import { boolean, evaluated, flagSet, user } from '../support/flags.ts';
import { sqliteStorage } from '../support/sqlite.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const set = flagSet(
  Object.fromEntries(
    KEYS.map(key => [key, boolean({ experiment: true, rules: [{ weights: { on: 50, off: 50 } }] })]),
  ),
);
const bought: Goal = { name: 'bought', index: 0, holds: () => true };
/** A third of them do, whatever they are shown. */
const buys = (unit: string): boolean => Number(unit.slice(1)) % 3 === 0;

const weighted = (key: string, on: number) =>
  flagSet({ [key]: boolean({ experiment: true, rules: [{ weights: { on, off: 100 - on } }] }) });

/** Each unit's, once: most of the requests are of known ones. */
const evaluations = new Map<string, Evaluation>();
function drawn(key: string, unit: string): Evaluation {
  const known = evaluations.get(key + unit) ?? evaluated(set, key, user(unit));
  evaluations.set(key + unit, known);
  return known;
}

/** Isolates that count, and a hub that hears of it. */
class Experiment {
  isolates = [0, 1, 2].map(() => new FlagRecorder());
  readonly storage = sqliteStorage();
  readonly store: UnitStore;
  state: HubState;
  #sequence = 0;

  constructor(maxRows?: number) {
    createUnitTables(this.storage.sql);
    this.store = new UnitStore(this.storage, maxRows);
    this.state = emptyHubState();
  }

  visit(isolate: number, unit: string, keys: readonly string[], goals: readonly Goal[] = []): void {
    for (const key of keys) this.isolates[isolate]!.tried(drawn(key, unit), unit, goals);
  }

  /** Others come in their place, which know of nobody. */
  replaceIsolates(): void {
    this.isolates = this.isolates.map(() => new FlagRecorder());
  }

  flush(): void {
    this.#sequence++;
    this.isolates.forEach((recorder, i) => {
      const flags = recorder.drain();
      if (flags === undefined) return;
      const batch = batchOf([], { isolate: `isolate-${i}`, sequence: this.#sequence, flags });
      ingest(this.state, batch, this.#sequence);
    });
    this.store.commit(this.state.flags, this.state.named, this.#sequence);
  }

  experiment(key: string): ExperimentState {
    return this.state.flags.experiments.get(key) ?? [];
  }

  result(key: string): ArmResult[] {
    return experimentResult(this.experiment(key), 'bought', 'off', 0.05);
  }
}

const unitsOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `u${n}`);
const variantOf = (key: string, unit: string): string | undefined => drawn(key, unit).variant?.name;
const sum = (result: readonly ArmResult[], what: 'units' | 'reached'): number =>
  result.reduce((all, arm) => all + arm[what], 0);

describe('a unit of an experiment', () => {
  it('counts once, and once for a goal: with any number of visitors, requests and isolates', () => {
    const trial = new Experiment();
    const units = unitsOf(10_000);
    for (let round = 0; round < 20; round++) {
      units.forEach((unit, n) => {
        trial.visit((n + round) % 3, unit, ['a'], round > 5 && buys(unit) ? [bought] : []);
        if (n % 2500 === 0) trial.flush();
      });
    }
    trial.flush();
    for (const { variant, units: counted, reached } of trial.result('a')) {
      const shown = units.filter(unit => variantOf('a', unit) === variant);
      expect({ counted, reached }).toEqual({ counted: shown.length, reached: shown.filter(buys).length });
    }
    expect(trial.state.flags.units.toRecord()).toHaveLength(2);
    expect(trial.state.flags.units.toRecord().reduce((all, [, , n]) => all + Number(n), 0)).toBe(10_000);
  });

  it('counts under the weights that it was first seen with, and not again under others', () => {
    const trial = new Experiment();
    const units = unitsOf(300);
    for (const percent of [10, 20, 40]) {
      const of = weighted('a', percent);
      for (const unit of units) trial.isolates[0]!.tried(evaluated(of, 'a', user(unit)), unit, [bought]);
      trial.flush();
      trial.replaceIsolates();
    }
    expect([sum(trial.result('a'), 'units'), sum(trial.result('a'), 'reached')]).toEqual([300, 300]);
    // Newcomers do, under the weights of now.
    trial.isolates[0]!.tried(evaluated(weighted('a', 40), 'a', user('new')), 'new', [bought]);
    trial.flush();
    expect(sum(trial.result('a'), 'units')).toBe(301);
  });

  it('is compared with whom a rule leaves over, where that is all that it does', () => {
    const of = flagSet({
      half: boolean({ experiment: true, rules: [{ weights: { on: 50 } }] }),
      part: boolean({ experiment: true, rules: [{ serve: 'on', share: 20 }] }),
      kept: boolean({
        experiment: true,
        holdout: { name: 'h', percent: 50 },
        rules: [{ serve: 'on', share: 50 }],
      }),
      staff: boolean({ experiment: true, rules: [{ if: { 'context.plan': 'staff' }, weights: { on: 50 } }] }),
    });
    const arms = (key: string) => {
      const trial = new Experiment();
      for (const unit of unitsOf(400)) trial.isolates[0]!.tried(evaluated(of, key, user(unit)), unit, []);
      trial.flush();
      const [stratum] = trial.experiment(key);
      return { weights: stratum?.weights, units: sum(trial.result(key), 'units') };
    };
    expect(arms('half')).toEqual({ weights: { on: 50_000, off: 50_000 }, units: 400 });
    expect(arms('part')).toEqual({ weights: { on: 20_000, off: 80_000 }, units: 400 });
    // Neither whom a holdout keeps out nor whom no rule asked of.
    expect(arms('kept').units).toBeLessThan(260);
    expect(arms('staff')).toEqual({ weights: undefined, units: 0 });
  });

  it('counts once in each of eight experiments, also after the hub came back from its disk', () => {
    const trial = new Experiment();
    const units = unitsOf(1000);
    for (let round = 0; round < 4; round++) {
      units.forEach((unit, n) => {
        trial.visit((n + round) % 3, unit, KEYS, buys(unit) ? [bought] : []);
      });
      trial.flush();
      trial.state = emptyHubState();
      trial.state.flags.restore(readExperiments(trial.storage.sql));
    }
    for (const key of KEYS)
      expect([sum(trial.result(key), 'units'), sum(trial.result(key), 'reached')]).toEqual([1000, 334]);
  });
});

describe('an exposure of an experiment', () => {
  it('is marked as one for the sinks, whether an origin or an app was told, with no unit to go by', () => {
    const other = flagSet({ plain: boolean({ default: 'on' }) });
    const recorder = new FlagRecorder();
    const { flag, variant } = drawn('b', 'u1');
    recorder.served(flag!, variant!);
    recorder.asked(drawn('a', 'u1'));
    recorder.asked(evaluated(other, 'plain'));
    const { exposures, experiments, named } = recorder.drain()!;
    expect([...experiments].sort()).toEqual(['a', 'b']);
    expect(exposures).toHaveLength(3);
    expect(named).toEqual([]);
    recorder.asked(evaluated(other, 'plain'));
    expect(recorder.drain()!.experiments).toEqual([]);
  });
});

describe('more units than there is room for', () => {
  it('are sampled by their hash alone: of the sample each counts once, with what it reached', () => {
    const trial = new Experiment(2000);
    const units = unitsOf(10_000);
    for (let round = 0; round < 3; round++) {
      units.forEach((unit, n) => {
        trial.visit((n + round) % 3, unit, ['a'], round === 1 && buys(unit) ? [bought] : []);
        if (n % 1000 === 0) trial.flush();
      });
    }
    trial.flush();
    const { halvings, arms } = trial.experiment('a')[0]!;
    expect(halvings).toBeGreaterThan(2);
    const { hashOf } = drawnFor(evaluated(set, 'a', user('u')))!;
    const sample = units.filter(unit => hashOf(unit) < sampleEnd(halvings));
    expect(sample.length).toBeGreaterThan(500);
    for (const variant of ['on', 'off']) {
      const shown = sample.filter(unit => variantOf('a', unit) === variant);
      expect(arms[variant]).toEqual({ units: shown.length, goals: { bought: shown.filter(buys).length } });
    }
    // What it stands for, within four standard deviations.
    expect(Math.abs(sum(trial.result('a'), 'units') - 10_000)).toBeLessThan(
      4 * Math.sqrt(10_000 * 2 ** halvings),
    );
  });

  it('stay out also when the weights change, as those of the sample stay where they were first seen', () => {
    const trial = new Experiment(400);
    const units = unitsOf(1000);
    for (const percent of [10, 20, 40]) {
      const of = weighted('a', percent);
      for (const unit of units) trial.isolates[0]!.tried(evaluated(of, 'a', user(unit)), unit, [bought]);
      trial.flush();
      trial.replaceIsolates();
    }
    const state = trial.experiment('a');
    const halvings = new Set(state.map(stratum => stratum.halvings));
    expect(halvings.size).toBe(1);
    const { hashOf } = drawnFor(evaluated(set, 'a', user('u')))!;
    const sample = units.filter(unit => hashOf(unit) < sampleEnd([...halvings][0]!));
    const counted = state.map(({ arms }) => (arms['on']?.units ?? 0) + (arms['off']?.units ?? 0));
    expect(counted).toEqual([sample.length, 0, 0]);
  });

  it('leave intervals that hold, however often one looks while samples shrink', () => {
    let wrong = 0;
    for (let run = 0; run < 40; run++) {
      const trial = new Experiment(150);
      let isOut = false;
      for (let look = 0; look < 20; look++) {
        for (let n = 0; n < 50; n++) {
          const unit = `u${(run * 20 + look) * 50 + n}`;
          trial.visit(0, unit, ['a'], buys(unit) ? [bought] : []);
        }
        trial.flush();
        const [off, on] = trial.result('a');
        isOut ||= (on?.ratio?.low ?? 0) > 1 || (on?.ratio?.high ?? Infinity) < 1;
        for (const { rate } of [off!, on!])
          isOut ||= rate !== null && (rate.low > 1 / 3 || rate.high < 1 / 3);
      }
      expect(trial.experiment('a')[0]!.halvings).toBeGreaterThan(1);
      if (isOut) wrong++;
    }
    // Three intervals of 5 % each: 6 of 40 are allowed.
    expect(wrong).toBeLessThan(7);
  });
});

describe('what goes wrong with experiments', () => {
  let trial: Experiment;
  beforeEach(() => {
    trial = new Experiment();
  });

  it('costs nothing but themselves: the rest is written, and the next commit counts', () => {
    const { storage } = trial;
    trial.visit(0, 'u1', ['a']);
    trial.flush();
    storage.sql.exec(
      "CREATE TRIGGER broken BEFORE INSERT ON experiments BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    trial.visit(0, 'u2', ['a']);
    storage.transactionSync(() => {
      trial.flush();
      storage.sql.exec('CREATE TABLE rest (of_the INTEGER)');
    });
    expect(storage.sql.exec('SELECT * FROM rest').toArray()).toEqual([]);
    expect(sum(trial.result('a'), 'units')).toBe(1);

    storage.sql.exec('DROP TRIGGER broken');
    for (const unit of ['u2', 'u3']) trial.visit(1, unit, ['a']);
    trial.flush();
    expect(sum(trial.result('a'), 'units')).toBe(3);
  });

  it('is no row that SQLite refuses: the largest experiment fits, with names as long as they can be', () => {
    const variants = Array.from({ length: 32 }, (_, n) => `v${n}`.padEnd(64, '-'));
    const goals = Array.from({ length: 20 }, (_, n) => `g${n}`.padEnd(64, '-'));
    const weights = Object.fromEntries(variants.map(variant => [variant, 3125]));
    for (let n = 0; n < 18; n++) {
      const coin = { flag: 'f'.repeat(128), draw: `${n}`, coin: `${n} ${JSON.stringify(weights)}`, weights };
      trial.state.named.add(
        coin,
        variants.flatMap((variant, v) => goals.map(goal => [v, variant, goal] as const)),
      );
    }
    trial.store.commit(trial.state.flags, trial.state.named, 1);
    const state = new Map(readExperiments(trial.storage.sql)).get('f'.repeat(128));
    expect(state).toHaveLength(16);
    expect(Object.keys(state![0]!.arms[variants[0]!]!.goals)).toHaveLength(16);
    const rows = trial.storage.sql.exec('SELECT COUNT(*) AS n FROM experiment_units').toArray();
    expect(rows).toEqual([{ n: 16 * 32 * 17 }]);
  });
});
