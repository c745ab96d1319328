/** What a hub has taken for the judge since its last commit, and which generations it has heard of. */
import type { Batch } from './batch.ts';
import type { FirstFailure } from './first-failures.ts';
import { addCounts, countFailure, keyOf, tallyFor, type Strata, type StratumTally } from './strata.ts';

/** A named failure, and where it counts if it is the first under this coin. */
export interface Named {
  readonly failure: FirstFailure;
  readonly tally: StratumTally;
}

export interface JudgedState {
  readonly strata: Strata;
  /** By stratum, visitor, variant and kind: whoever is named twice in a second is one visitor. */
  readonly named: Map<string, Named>;
  /** Outcomes that were dropped on the way. */
  lost: number;
  /** When the first of this came; undefined as long as there is nothing to write. */
  since: number | undefined;
  /** When each generation was last reported, the latest last. Kept over commits. */
  readonly generations: Map<string, number>;
}

/** Each of them is looked up in a table: more in one second are counted without being told apart. */
export const MAX_NAMED = 2000;
export const MAX_GENERATIONS = 64;

export function emptyJudged(): JudgedState {
  return { strata: new Map(), named: new Map(), lost: 0, since: undefined, generations: new Map() };
}

/** @param now milliseconds since 1970 */
export function ingestJudged(state: JudgedState, batch: Batch, now: number): void {
  const { strata = [], generation, lost } = batch;
  for (const record of strata) {
    noteGeneration(state, record.generation, now);
    const tally = tallyFor(state.strata, record);
    if (tally === undefined) continue;
    addCounts(tally, record);
    for (const failure of record.failures ?? []) name(state, failure, tally);
  }
  if (generation !== undefined) noteGeneration(state, generation, now);
  state.lost += lost;
  if (strata.length > 0 || lost > 0) state.since ??= now;
}

function name({ named }: JudgedState, failure: FirstFailure, tally: StratumTally): void {
  const key = `${keyOf(tally)} ${failure.join(' ')}`;
  if (named.has(key)) return;
  if (named.size < MAX_NAMED) named.set(key, { failure, tally });
  else countFailure(tally, failure, 1, 1);
}

function noteGeneration({ generations }: JudgedState, generation: string, now: number): void {
  // Set anew, so that the one that was silent for longest stands first.
  generations.delete(generation);
  generations.set(generation, now);
  if (generations.size > MAX_GENERATIONS) {
    const oldest = generations.keys().next();
    if (oldest.done !== true) generations.delete(oldest.value);
  }
}

/** After a commit: everything but the generations has been written. */
export function clearJudged(state: JudgedState): void {
  state.strata.clear();
  state.named.clear();
  state.lost = 0;
  state.since = undefined;
}
