/**
 * Judged counts by stratum, while they are added up: both arms of a stratum in one record, so that no
 * slow roll-out of a configuration skews them. Merging is addition: any order and grouping of
 * records gives the same.
 */
import { LANES, type JudgedArm, type Stratum } from '../analysis/interval.ts';
import { NO_VISITORS, uniteVisitors } from '../analysis/visitors.ts';
import { STABLE } from '../rollout/schema.ts';
import type { FirstFailure } from './first-failures.ts';
import { addCell, addFirst, emptyCell, mergeCell, toCellRecord, toJudgedCounts } from './judged-cell.ts';
import type { Cell, CellRecord } from './judged-cell.ts';

/** Coins that one delta, one second of a hub and one reading tell apart at most; the rest is not compared. */
export const MAX_STRATA = 64;
/** Visitors whose first failure one stratum of a delta names; the rest is counted without being told apart. */
export const MAX_FAILURES = 500;

/** One stratum as it is sent and stored: plain JSON, and small. */
export interface StratumRecord {
  readonly generation: string;
  /** See {@link Stratum.coin}. */
  readonly coin: string;
  /** Thousandths of a percent by variant, stable included. */
  readonly weights: Readonly<Record<string, number>>;
  /** See {@link Stratum.hashes}; absent from isolates of an older version. */
  readonly hashes?: Readonly<Record<string, string>>;
  /** Stable's counts by lane, {@link LANES} of them. */
  readonly lanes: readonly CellRecord[];
  /** The candidates' counts by name. */
  readonly candidates: Readonly<Record<string, CellRecord>>;
  /** By variant, as {@link JudgedArm.draws}. */
  readonly draws: Readonly<Record<string, number>>;
  /** By variant, as {@link JudgedArm.visitors}. */
  readonly visitors: Readonly<Record<string, string>>;
  /** On their way to the hub, which turns them into counts. */
  readonly failures?: readonly FirstFailure[];
}

export interface StratumTally extends Pick<StratumRecord, 'generation' | 'coin' | 'weights' | 'hashes'> {
  readonly lanes: Cell[];
  readonly candidates: Map<string, Cell>;
  readonly draws: Map<string, number>;
  readonly visitors: Map<string, string>;
  readonly failures: FirstFailure[];
}

export type Strata = Map<string, StratumTally>;

/** What makes two records one stratum. */
export function keyOf({ generation, coin }: Pick<StratumRecord, 'generation' | 'coin'>): string {
  return `${generation} ${coin}`;
}

/** The tally of a record's coin, made if there is none; undefined if there are too many already. */
export function tallyFor(strata: Strata, record: StratumRecord): StratumTally | undefined {
  const { generation, coin, weights } = record;
  const key = keyOf(record);
  let tally = strata.get(key);
  if (tally === undefined && strata.size < MAX_STRATA) {
    tally = {
      generation,
      coin,
      weights,
      ...(record.hashes === undefined ? {} : { hashes: record.hashes }),
      lanes: Array.from({ length: LANES }, emptyCell),
      candidates: new Map(),
      draws: new Map(),
      visitors: new Map(),
      failures: [],
    };
    strata.set(key, tally);
  }
  return tally;
}

/** Adds everything but the named failures. */
export function addCounts(into: StratumTally, record: StratumRecord): void {
  record.lanes.forEach((lane, i) => addCell(into.lanes[i % LANES]!, lane));
  for (const [variant, cell] of Object.entries(record.candidates)) addCell(candidate(into, variant), cell);
  for (const [variant, draws] of Object.entries(record.draws))
    into.draws.set(variant, (into.draws.get(variant) ?? 0) + draws);
  for (const [variant, seen] of Object.entries(record.visitors))
    into.visitors.set(variant, uniteVisitors(into.visitors.get(variant) ?? NO_VISITORS, seen));
}

/** Adds a record whole: named failures stay named as long as there is room, else they count as they are. */
export function addStratum(strata: Strata, record: StratumRecord): void {
  const tally = tallyFor(strata, record);
  if (tally === undefined) return;
  addCounts(tally, record);
  for (const failure of record.failures ?? []) {
    if (tally.failures.length < MAX_FAILURES) tally.failures.push(failure);
    else countFailure(tally, failure, 1, 1);
  }
}

/** @param day 1 if it is the visitor's first in 24 hours, else 0; `tenMinutes` likewise */
export function countFailure(
  tally: StratumTally,
  [unit, variant, kind]: FirstFailure,
  day: 0 | 1,
  tenMinutes: 0 | 1,
): void {
  if (day === 0 && tenMinutes === 0) return;
  const cell = variant === STABLE ? tally.lanes[laneOf(unit)]! : candidate(tally, variant);
  addFirst(cell, kind, day, tenMinutes);
}

/** Evenly distributed within any range of buckets, so within any variant's visitors. */
export function laneOf(bucket: number): number {
  return bucket & (LANES - 1);
}

function candidate({ candidates }: StratumTally, variant: string): Cell {
  let cell = candidates.get(variant);
  if (cell === undefined) candidates.set(variant, (cell = emptyCell()));
  return cell;
}

export function toStratumRecord(tally: StratumTally): StratumRecord {
  const { generation, coin, weights, hashes, lanes, candidates, draws, visitors, failures } = tally;
  return {
    generation,
    coin,
    weights,
    ...(hashes === undefined ? {} : { hashes }),
    lanes: lanes.map(toCellRecord),
    candidates: Object.fromEntries([...candidates].map(([variant, cell]) => [variant, toCellRecord(cell)])),
    draws: Object.fromEntries(draws),
    visitors: Object.fromEntries(visitors),
    ...(failures.length === 0 ? {} : { failures: [...failures] }),
  };
}

/** As the judge reads it: every variant that has a weight or a count has an arm. */
export function toStratum(tally: StratumTally): Stratum {
  const { generation, coin, weights, hashes, lanes, candidates, draws, visitors } = tally;
  const armOf = (variant: string, cell: Cell): JudgedArm => ({
    ...toJudgedCounts(cell),
    draws: draws.get(variant) ?? 0,
    visitors: visitors.get(variant) ?? NO_VISITORS,
  });
  const stable = emptyCell();
  for (const lane of lanes) mergeCell(stable, lane);
  const names = new Set([...Object.keys(weights), ...candidates.keys(), ...draws.keys(), ...visitors.keys()]);
  names.delete(STABLE);
  return {
    generation,
    coin,
    weights,
    ...(hashes === undefined ? {} : { hashes }),
    arms: Object.fromEntries([
      [STABLE, armOf(STABLE, stable)],
      ...[...names].map(
        variant => [variant, armOf(variant, candidates.get(variant) ?? emptyCell())] as const,
      ),
    ]),
    lanes: lanes.map(toJudgedCounts),
  };
}
