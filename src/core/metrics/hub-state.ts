/**
 * The hub's arithmetic, without its storage: what a batch does to the totals, to the current
 * interval and to the current ten-second bucket, and which batches were already counted.
 */
import type { Batch, SinkHealth } from './batch.ts';
import { emptyCounts, fromRecord, mergeCounts, type Counts } from './counts.ts';
import { mergeExposures } from '../flags/exposure.ts';
import { UnitNames } from '../flags/unit-names.ts';
import { FlagCounts } from './flag-counts.ts';
import type { KeyedProblem } from '../rollout/problem.ts';
import { emptyJudged, ingestJudged, type JudgedState } from './judged-state.ts';

export interface HubState {
  readonly totals: Map<string, Counts>;
  /** Copies, by the variant that they were sent to. */
  readonly mirrors: Map<string, Counts>;
  /** What came of flags. */
  readonly flags: FlagCounts;
  /** Units of experiments that were named since the last commit, and are not told apart yet. */
  readonly named: UnitNames;
  /** Whether that has changed since it was last written. */
  areFlagsNew: boolean;
  /** Counts by variant of the ten seconds that `bucketAt` begins. */
  bucketAt: number;
  readonly bucket: Map<string, Counts>;
  readonly judged: JudgedState;
  /** Last sequence number of each isolate. */
  readonly sequences: Map<string, { sequence: number; at: number }>;
  weights: Readonly<Record<string, number>>;
  /** By variant, what its origin last gave as its version. */
  versions: Readonly<Record<string, string>>;
  configErrors: number;
  lost: number;
  /** The sinks beside the hub, by name, as the isolates report them. */
  readonly sinks: Map<string, SinkHealth>;
  problems: readonly KeyedProblem[];
  updatedAt: number;
}

/** Different names that `SINKS` may have had over time. */
const MAX_SINKS = 16;

/** An isolate's number is remembered for so long after its last batch; an undelivered batch is kept for less. */
export const REMEMBER_ISOLATES_MS = 3_600_000;

/** Names of units between two commits: each is looked up in a table, all of them in less than a second. */
const MAX_PENDING = 32_768;

export function emptyHubState(): HubState {
  return {
    totals: new Map(),
    mirrors: new Map(),
    flags: new FlagCounts(),
    named: new UnitNames(MAX_PENDING),
    areFlagsNew: false,
    bucketAt: 0,
    bucket: new Map(),
    judged: emptyJudged(),
    sequences: new Map(),
    weights: {},
    versions: {},
    configErrors: 0,
    lost: 0,
    sinks: new Map(),
    problems: [],
    updatedAt: 0,
  };
}

/**
 * Adds a batch, once.
 * @param now milliseconds since 1970
 * @returns false if it was counted before
 */
export function ingest(state: HubState, batch: Batch, now: number): boolean {
  const last = state.sequences.get(batch.isolate);
  if (last !== undefined && batch.sequence <= last.sequence) return false;
  state.sequences.set(batch.isolate, { sequence: batch.sequence, at: now });

  for (const [variant, record] of Object.entries(batch.totals)) {
    const counts = fromRecord(record);
    mergeCounts(entry(state.totals, variant, emptyCounts), counts);
    mergeCounts(entry(state.bucket, variant, emptyCounts), counts);
  }
  for (const [variant, record] of Object.entries(batch.mirrors ?? {})) {
    mergeCounts(entry(state.mirrors, variant, emptyCounts), fromRecord(record));
  }
  if (batch.flags !== undefined) {
    mergeExposures(state.flags.exposures, batch.flags.exposures);
    state.named.addAll(batch.flags.named);
    state.areFlagsNew = true;
  }
  ingestJudged(state.judged, batch, now);
  if (Object.keys(batch.weights).length > 0) state.weights = batch.weights;
  state.versions = ofVariants(state.weights, { ...state.versions, ...batch.versions });
  state.configErrors += batch.configErrors;
  state.lost += batch.lost;
  if (batch.sinks !== undefined) forgetTrouble(state.sinks, batch.sinks);
  for (const [name, { lost, ...rest }] of Object.entries(batch.sinks ?? {})) {
    const known = state.sinks.get(name);
    // The latest word on what troubles it is one isolate's: the others have the same endpoint.
    if (known !== undefined || state.sinks.size < MAX_SINKS)
      state.sinks.set(name, { ...rest, lost: (known?.lost ?? 0) + lost });
  }
  state.problems = batch.problems;
  state.updatedAt = now;
  return true;
}

/** Of a variant that is gone nothing is kept. */
function ofVariants(
  variants: Readonly<Record<string, unknown>>,
  versions: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(versions).filter(([variant]) => Object.hasOwn(variants, variant)));
}

/** A sink that is no longer written to troubles nobody; what it lost stays lost. */
function forgetTrouble(sinks: Map<string, SinkHealth>, reported: Readonly<Record<string, SinkHealth>>): void {
  for (const [name, { lost }] of sinks) if (!Object.hasOwn(reported, name)) sinks.set(name, { lost });
}

/** Forgets isolates that have been silent for an hour. @returns their ids */
export function forgetSilentIsolates(state: HubState, now: number): string[] {
  const silent = [...state.sequences]
    .filter(([, { at }]) => now - at > REMEMBER_ISOLATES_MS)
    .map(([isolate]) => isolate);
  for (const isolate of silent) state.sequences.delete(isolate);
  return silent;
}

const ACTIVE_MS = 60_000;

/** Isolates with a batch in the last minute. */
export function activeIsolates(state: HubState, now: number): number {
  let active = 0;
  for (const { at } of state.sequences.values()) if (now - at <= ACTIVE_MS) active++;
  return active;
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
