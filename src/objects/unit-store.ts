/**
 * Units of experiments, told apart: every isolate names them, and here each counts once for a draw, under
 * the coin that it was first seen with, and once for each goal that it reaches as long as that coin is thrown.
 * Under the next coin the same units would land on the same sides: counted again they would be no new
 * evidence, and those who change sides would have seen both. What is counted stands beside, by flag.
 * docs/storage.md describes both tables.
 */
import {
  addToExperiment,
  MAX_GOALS,
  type ArmCounts,
  type ExperimentState,
  type ExperimentStratum,
} from '../core/flags/experiment.ts';
import { NO_GOAL, sampleEnd, wideHash, type CoinNames, type UnitNames } from '../core/flags/unit-names.ts';
import type { FlagCounts, Forgotten } from '../core/metrics/flag-counts.ts';

/** Rows of all coins together, 12 MB. Where they are more, the draw that has most keeps half of its sample. */
export const MAX_ROWS = 262_144;
/** A row may have 2 MB. Sixteen goals of 32 variants in 16 coins have less, with any names. */
const MAX_BYTES = 1_500_000;

export function createUnitTables(sql: Sql): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS experiments (flag TEXT PRIMARY KEY, at INTEGER NOT NULL, state TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS experiment_units (
      draw INTEGER, unit INTEGER, goal TEXT, coin INTEGER NOT NULL, variant TEXT NOT NULL, PRIMARY KEY (draw, unit, goal)
    ) WITHOUT ROWID;
  `);
}

/** The one that was silent for longest first. */
export function readExperiments(sql: Sql): [flag: string, state: ExperimentState][] {
  const rows = sql.exec<{ flag: string; state: string }>('SELECT flag, state FROM experiments ORDER BY at');
  return rows.toArray().map(({ flag, state }) => [flag, JSON.parse(state) as ExperimentState]);
}

interface Keys {
  readonly draw: number;
  readonly coin: number;
}

type Row = Record<string, string | number>;

interface Counted extends Row {
  readonly coin: number;
  readonly variant: string;
  readonly goal: string;
  readonly count: number;
}

/** What is used of a Durable Object's SQL. */
export interface Sql {
  exec<T extends Row>(query: string, ...values: (string | number)[]): Iterable<T> & { toArray(): T[] };
}

/** What is used of its storage. */
export interface UnitStorage {
  readonly sql: Sql;
  transactionSync(work: () => void): void;
}

export class UnitStore {
  readonly #storage: UnitStorage;
  readonly #sql: Sql;
  readonly #maxRows: number;

  constructor(storage: UnitStorage, maxRows = MAX_ROWS) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#maxRows = maxRows;
  }

  /**
   * Counts those of the names that are new, and forgets the names. Experiments are for people to look at: what
   * is wrong with them costs no more than themselves.
   * @param now milliseconds since 1970
   */
  commit(flags: FlagCounts, named: UnitNames, now: number): void {
    if (named.isEmpty) return;
    try {
      this.#storage.transactionSync(() => {
        this.#tellApart(flags, named, now);
      });
    } catch (error) {
      console.error(JSON.stringify({ message: 'counting experiments failed', error: String(error) }));
      flags.restore(readExperiments(this.#sql));
    }
    named.clear();
  }

  #tellApart(flags: FlagCounts, named: UnitNames, now: number): void {
    const changed = new Map<string, boolean>();
    for (const names of named.toRecord()) {
      this.#forget(flags, this.#count(flags, names));
      changed.set(names.flag, true);
    }
    for (let rows = rowsOf(flags); rows > this.#maxRows; rows = rowsOf(flags)) {
      const flag = this.#narrowLargest(flags);
      changed.set(flag, changed.get(flag) ?? false);
    }
    for (const [flag, isHeardOf] of changed) this.#write(flag, flags, isHeardOf ? now : null);
  }

  #count(flags: FlagCounts, { flag, draw, coin, weights, halvings, names }: CoinNames): Forgotten[] {
    let state = flags.experiments.get(flag) ?? [];
    const keys = { draw: keyOf({ flag, coin: draw }), coin: keyOf({ flag, coin }) };
    const sample = state.find(known => known.draw === draw)?.halvings ?? halvings;
    if (halvings > sample) state = this.#narrowed(flag, draw, state, halvings);
    const stratum: ExperimentStratum = state.find(known => known.coin === coin) ?? {
      draw,
      coin,
      weights,
      halvings: Math.max(sample, halvings),
      arms: {},
    };
    const end = sampleEnd(stratum.halvings);
    const stands = 2 ** stratum.halvings;
    const counted = new Set(Object.values(stratum.arms).flatMap(({ goals }) => Object.keys(goals)));
    const arms = new Map<string, { units: number; readonly goals: Map<string, number> }>();
    for (const [unit, variant, goal] of names) {
      if (unit >= end) continue;
      const arm = arms.get(variant) ?? { units: 0, goals: new Map<string, number>() };
      arms.set(variant, arm);
      // Whoever reached a goal had the variant, though the name that said so may have been lost.
      if (this.#isNew(keys, unit, variant, NO_GOAL)) {
        arm.units++;
        flags.units.add([flag, variant], stands);
      }
      if (goal === NO_GOAL || !this.#isOf(keys, unit, variant)) continue;
      if (counted.size < MAX_GOALS) counted.add(goal);
      if (!counted.has(goal) || !this.#isNew(keys, unit, variant, goal)) continue;
      arm.goals.set(goal, (arm.goals.get(goal) ?? 0) + 1);
      flags.goals.add([flag, variant, goal], stands);
    }
    const news = [...arms].map(
      ([variant, { units, goals }]) => [variant, { units, goals: Object.fromEntries(goals) }] as const,
    );
    return flags.compare(flag, addToExperiment(state, { ...stratum, arms: Object.fromEntries(news) }));
  }

  #isNew({ draw, coin }: Keys, unit: number, variant: string, goal: string): boolean {
    const added = this.#sql.exec(
      `INSERT INTO experiment_units (draw, unit, goal, coin, variant) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING 1`,
      draw,
      unit,
      goal,
      coin,
      variant,
    );
    return added.toArray().length > 0;
  }

  /** Whether the unit was first seen with that coin and variant. */
  #isOf({ draw, coin }: Keys, unit: number, variant: string): boolean {
    const [first] = this.#sql.exec<{ coin: number; variant: string }>(
      'SELECT coin, variant FROM experiment_units WHERE draw = ? AND unit = ? AND goal = ?',
      draw,
      unit,
      NO_GOAL,
    );
    return first?.coin === coin && first.variant === variant;
  }

  /**
   * A draw's units of the smaller sample, counted anew. All coins of the draw, as who was dropped from one
   * would else be new to the next.
   */
  #narrowed(flag: string, draw: string, state: ExperimentState, halvings: number): ExperimentState {
    const key = keyOf({ flag, coin: draw });
    this.#sql.exec('DELETE FROM experiment_units WHERE draw = ? AND unit >= ?', key, sampleEnd(halvings));
    const coins = new Map<number, Map<string, ArmCounts>>();
    for (const { coin, variant, goal, count } of this.#sql.exec<Counted>(
      `SELECT coin, variant, goal, COUNT(*) AS count FROM experiment_units WHERE draw = ?
       GROUP BY coin, variant, goal`,
      key,
    )) {
      const arms = coins.get(coin) ?? new Map<string, ArmCounts>();
      coins.set(coin, arms);
      const { units, goals } = arms.get(variant) ?? { units: 0, goals: {} };
      arms.set(
        variant,
        goal === NO_GOAL ? { units: count, goals } : { units, goals: { ...goals, [goal]: count } },
      );
    }
    const armsOf = (coin: string) => Object.fromEntries(coins.get(keyOf({ flag, coin })) ?? []);
    return state.map(known =>
      known.draw === draw ? { ...known, halvings, arms: armsOf(known.coin) } : known,
    );
  }

  #narrowLargest(flags: FlagCounts): string {
    const draws = new Map<string, { flag: string; draw: string; halvings: number; rows: number }>();
    for (const [flag, state] of flags.experiments)
      for (const { draw, halvings, ...stratum } of state) {
        const rows = (draws.get(`${flag}\n${draw}`)?.rows ?? 0) + sizeOf(stratum);
        draws.set(`${flag}\n${draw}`, { flag, draw, halvings, rows });
      }
    const { flag, draw, halvings } = [...draws.values()].reduce((a, b) => (b.rows > a.rows ? b : a));
    const state = flags.experiments.get(flag) ?? [];
    flags.narrow(flag, this.#narrowed(flag, draw, state, halvings + 1));
    return flag;
  }

  /** @param now null if nothing was heard of it */
  #write(flag: string, flags: FlagCounts, now: number | null): void {
    const state = flags.experiments.get(flag);
    if (state === undefined) return;
    const text = JSON.stringify(state);
    if (text.length > MAX_BYTES) throw new Error(`the experiment ${flag} has ${text.length} bytes of counts`);
    this.#sql.exec(
      `INSERT INTO experiments (flag, at, state) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET at = MAX(at, excluded.at), state = excluded.state`,
      flag,
      now ?? 0,
      text,
    );
  }

  #forget({ experiments }: FlagCounts, forgotten: readonly Forgotten[]): void {
    for (const { flag, coin } of forgotten) {
      this.#sql.exec('DELETE FROM experiment_units WHERE coin = ?', keyOf({ flag, coin }));
      if (!experiments.has(flag)) this.#sql.exec('DELETE FROM experiments WHERE flag = ?', flag);
    }
  }
}

function keyOf({ flag, coin }: Forgotten): number {
  return wideHash(`${flag}\n${coin}`);
}

function rowsOf(flags: FlagCounts): number {
  let rows = 0;
  for (const state of flags.experiments.values()) for (const stratum of state) rows += sizeOf(stratum);
  return rows;
}

function sizeOf({ arms }: Pick<ExperimentStratum, 'arms'>): number {
  return Object.values(arms).reduce(
    (sum, { units, goals }) => Object.values(goals).reduce((a, b) => a + b, sum + units),
    0,
  );
}
