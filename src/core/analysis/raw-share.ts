/**
 * The tests of sticky visitors count a visitor's failures once, so a canary that fails a few of them
 * over and over would look well. What is promised is a share of requests: before an advance the raw
 * shares may not contradict it, beyond what a few broken clients on either side explain.
 */
import { advanceMargin, type AdvanceTest } from './advance.ts';
import { figure, part, percent } from './figures.ts';
import { LANES } from './interval.ts';
import type { Observed } from './observed.ts';
import type { Pair } from './pairs.ts';
import type { JudgeSettings, Moment } from './settings.ts';
import { FORGIVEN, betweenLanes } from './spread.ts';

/** Since the start, by stable's lane. Plain JSON. */
export interface RawState {
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  /** Stable's largest weight so far, in [0, 1]. */
  readonly weight: number;
}

export function startRaw(): RawState {
  return { requests: new Array<number>(LANES).fill(0), errors: new Array<number>(LANES).fill(0), weight: 0 };
}

export function addToRaw(state: RawState, pairs: readonly Pair[]): RawState {
  const sum = (of: 'requests' | 'errors') =>
    state[of].map((count, lane) => pairs.reduce((all, { lanes }) => all + lanes[lane]![of], count));
  const weight = pairs.reduce((most, { weights }) => Math.max(most, weights.stable), state.weight);
  return { requests: sum('requests'), errors: sum('errors'), weight };
}

/** Why the raw figures forbid an advance, in a sentence; null if they don't. */
export function rawContradiction(
  state: RawState,
  raw: Observed,
  test: Extract<AdvanceTest, { kind: 'count' }>,
  { blastRadius, candidate }: JudgeSettings,
  { weight, nextWeight }: Moment,
): string | null {
  if (nextWeight === null || !(raw.canaryRequests > 0)) return null;
  const margin = advanceMargin(test.absolute, blastRadius, nextWeight);
  const canary = Math.min(weight / 100, 0.99);
  const arms = (state.weight / LANES) * (1 / canary + 1 / (1 - canary));
  const between = betweenLanes(state.errors, state.requests)?.variance ?? 0;
  const most =
    (test.ratio * raw.expected) / raw.canaryRequests + margin + FORGIVEN * Math.sqrt(between * arms);
  if (raw.canary <= most * raw.canaryRequests) return null;
  return (
    `raw: ${part(raw.canary, raw.canaryRequests)} requests failed on ${candidate}, where ` +
    `${figure(raw.expected)} were expected as on stable and ${percent(most)} is the most for ${figure(nextWeight)} %`
  );
}
