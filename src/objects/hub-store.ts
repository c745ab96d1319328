/** The hub's tables. docs/storage.md describes every one of them. */
import { fromRecord, toRecord, type CountsRecord } from '../core/metrics/counts.ts';
import type { SinkHealth } from '../core/metrics/batch.ts';
import type { FlagCountsRecord } from '../core/metrics/flag-counts.ts';
import { emptyHubState, type HubState } from '../core/metrics/hub-state.ts';
import type { Snapshot } from '../core/metrics/snapshot.ts';
import type { KeyedProblem } from '../core/rollout/problem.ts';
import { createUnitTables, readExperiments, UnitStore } from './unit-store.ts';

export function createTables(sql: SqlStorage): void {
  createUnitTables(sql);
  sql.exec(`
    CREATE TABLE IF NOT EXISTS totals (variant TEXT PRIMARY KEY, counts TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS mirrors (variant TEXT PRIMARY KEY, counts TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS isolates (isolate TEXT PRIMARY KEY, sequence INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS rollouts (name TEXT PRIMARY KEY, snapshot TEXT) WITHOUT ROWID;
  `);
}

/** Tables of counts by variant, kept for ever; each is named like its part of the state. */
const COUNTS_TABLES = ['totals', 'mirrors'] as const;

function readCounts(sql: SqlStorage, table: (typeof COUNTS_TABLES)[number]): Record<string, CountsRecord> {
  const rows = sql
    .exec<{ variant: string; counts: string }>(`SELECT variant, counts FROM ${table} ORDER BY variant`)
    .toArray();
  return Object.fromEntries(rows.map(row => [row.variant, JSON.parse(row.counts) as CountsRecord]));
}

interface Facts {
  readonly rollout: string;
  readonly weights: Readonly<Record<string, number>>;
  /** Absent from what an older version wrote. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly configErrors: number;
  readonly lost: number;
  /** Absent from what an older version wrote. */
  readonly sinks?: Readonly<Record<string, SinkHealth>>;
  readonly problems: readonly KeyedProblem[];
  /** When each generation was last reported; absent from what an older version wrote. */
  readonly generations?: Readonly<Record<string, number>>;
  readonly updatedAt: number;
}

function readFacts(sql: SqlStorage): Facts | undefined {
  const row = sql.exec<{ value: string }>(`SELECT value FROM facts WHERE name = 'hub'`).toArray()[0];
  return row === undefined ? undefined : (JSON.parse(row.value) as Facts);
}

/** In a row of its own, of at most 0.4 MB: it is written only when something came of a flag. */
const FLAGS = 'flags';

function readFlags(sql: SqlStorage): FlagCountsRecord | undefined {
  const row = sql.exec<{ value: string }>('SELECT value FROM facts WHERE name = ?', FLAGS).toArray()[0];
  if (row === undefined) return undefined;
  const counts = JSON.parse(row.value) as Omit<FlagCountsRecord, 'experiments'>;
  return { ...counts, experiments: readExperiments(sql) };
}

export function load(sql: SqlStorage): HubState {
  const state = emptyHubState();
  for (const table of COUNTS_TABLES) {
    for (const [variant, record] of Object.entries(readCounts(sql, table)))
      state[table].set(variant, fromRecord(record));
  }
  for (const row of sql.exec<{ isolate: string; sequence: number; at: number }>(
    'SELECT isolate, sequence, at FROM isolates',
  )) {
    state.sequences.set(row.isolate, { sequence: row.sequence, at: row.at });
  }
  const flags = readFlags(sql);
  if (flags !== undefined) state.flags.add(flags);
  const facts = readFacts(sql);
  if (facts !== undefined) {
    const { weights, versions = {}, configErrors, lost, problems, updatedAt } = facts;
    Object.assign(state, { weights, versions, configErrors, lost, problems, updatedAt });
    for (const [name, health] of Object.entries(facts.sinks ?? {})) state.sinks.set(name, health);
    const byAge = Object.entries(facts.generations ?? {}).toSorted(([, a], [, b]) => a - b);
    for (const [generation, at] of byAge) state.judged.generations.set(generation, at);
  }
  return state;
}

/**
 * Writes what came since the last commit but the buckets and the judge's part; runs inside a transaction.
 * @param now milliseconds since 1970
 */
export function commit(
  storage: DurableObjectStorage,
  state: HubState,
  rollout: string,
  isolates: ReadonlySet<string>,
  now: number,
): void {
  const { sql } = storage;
  new UnitStore(storage).commit(state.flags, state.named, now);
  for (const table of COUNTS_TABLES) {
    for (const [variant, counts] of state[table]) {
      sql.exec(
        `INSERT OR REPLACE INTO ${table} (variant, counts) VALUES (?, ?)`,
        variant,
        JSON.stringify(toRecord(counts)),
      );
    }
  }
  for (const isolate of isolates) {
    const last = state.sequences.get(isolate);
    if (last !== undefined)
      sql.exec(
        'INSERT OR REPLACE INTO isolates (isolate, sequence, at) VALUES (?, ?, ?)',
        isolate,
        last.sequence,
        last.at,
      );
  }
  if (state.areFlagsNew) {
    const { exposures, units, goals } = state.flags;
    const value = JSON.stringify({
      exposures: [...exposures],
      units: units.toRecord(),
      goals: goals.toRecord(),
    } satisfies Omit<FlagCountsRecord, 'experiments'>);
    sql.exec('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)', FLAGS, value);
    state.areFlagsNew = false;
  }
  const { weights, versions, configErrors, lost, problems, updatedAt } = state;
  const sinks = Object.fromEntries(state.sinks);
  const generations = Object.fromEntries(state.judged.generations);
  const facts: Facts = {
    rollout,
    weights,
    generations,
    versions,
    configErrors,
    lost,
    sinks,
    problems,
    updatedAt,
  };
  sql.exec(`INSERT OR REPLACE INTO facts (name, value) VALUES ('hub', ?)`, JSON.stringify(facts));
}

export function prune(sql: SqlStorage, silentIsolates: readonly string[]): void {
  for (const isolate of silentIsolates) sql.exec('DELETE FROM isolates WHERE isolate = ?', isolate);
}

export function readSnapshot(sql: SqlStorage): Snapshot | null {
  const facts = readFacts(sql);
  if (facts === undefined) return null;
  const { rollout, weights, configErrors, lost, sinks = {}, problems, updatedAt } = facts;
  const flags = readFlags(sql);
  return {
    rollout,
    totals: readCounts(sql, 'totals'),
    mirrors: readCounts(sql, 'mirrors'),
    ...(flags === undefined ? {} : { flags }),
    weights,
    configErrors,
    lost,
    sinks,
    problems,
    updatedAt,
  };
}
