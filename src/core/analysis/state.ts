/** Everything the judge remembers between looks: a few kB of plain JSON. */
import { advanceTestsOf, type AdvanceState } from './advance.ts';
import { startDispersion, type DispersionState } from './dispersion.ts';
import type { FeedState } from './feed.ts';
import { LANES } from './interval.ts';
import { isLimit, startLimit, type LimitState } from './limits.ts';
import { membersOf } from './members.ts';
import { MISMATCH_GRID } from './mismatch.ts';
import { startMixture, type MixtureState } from './mixture.ts';
import type { Observed } from './observed.ts';
import type { Pair } from './pairs.ts';
import { startPortfolio, type PortfolioState } from './portfolio.ts';
import { criterionName, type CountMetric, type JudgeSettings } from './settings.ts';
import { startRaw, type RawState } from './raw-share.ts';
import { startSpread, type SpreadState } from './spread.ts';
import type { StepState } from './step.ts';

export interface JudgeState {
  /** Begin of the first interval that was judged; milliseconds since 1970, as all times here. */
  readonly since: number | null;
  /** Null before the first evaluation. */
  readonly evaluatedAt: number | null;
  /** Too little to be judged yet. */
  readonly pending: { readonly since: number; readonly pairs: readonly Pair[] } | null;
  readonly portfolio: PortfolioState;
  /** The same tests on one of stable's lanes: the built-in A/A test. */
  readonly pseudo: PortfolioState;
  /** Criteria that found a difference there. */
  readonly distrusted: readonly string[];
  readonly dispersion: Readonly<Partial<Record<CountMetric, DispersionState>>>;
  /** Stable's latencies of this run by position and count, where there was no baseline. */
  readonly reference: readonly (readonly [position: number, count: number])[];
  readonly spread: SpreadState;
  readonly raw: RawState;
  readonly mismatch: MixtureState;
  readonly advance: AdvanceState;
  /** By name of the limit. */
  readonly limits: Readonly<Record<string, LimitState>>;
  /** By member, `<metric>/raw` and `draws`. */
  readonly observed: Readonly<Record<string, Observed>>;
  readonly step: StepState | null;
  readonly feed: FeedState | null;
  /** Latched: nothing that comes later makes a fail undone. */
  readonly failed: { readonly criterion: string; readonly text: string; readonly at: number } | null;
}

/** At `start`, and at every `start --again`: the rate is spent anew. */
export function startJudging(settings: JudgeSettings): JudgeState {
  const members = membersOf(settings);
  return {
    since: null,
    evaluatedAt: null,
    pending: null,
    portfolio: startPortfolio(members),
    pseudo: startPortfolio(members.filter(({ kind }) => kind !== 'absence')),
    distrusted: [],
    dispersion: Object.fromEntries(measuredMetrics(settings).map(metric => [metric, startDispersion(LANES)])),
    reference: [],
    spread: startSpread(),
    raw: startRaw(),
    mismatch: startMixture(MISMATCH_GRID.length),
    advance: {},
    limits: Object.fromEntries(
      settings.criteria.filter(isLimit).map(limit => [criterionName(limit), startLimit()]),
    ),
    observed: {},
    step: null,
    feed: null,
    failed: null,
  };
}

/** Of an edited plan: what was proved for an advance was proved of another plan; what speaks against stays. */
export function restartAdvance(state: JudgeState): JudgeState {
  return { ...state, advance: {} };
}

/** Metrics whose failures may come in clusters, since visitors keep their variant. */
function measuredMetrics(settings: JudgeSettings): CountMetric[] {
  if (!settings.sticky) return [];
  const tested = [...membersOf(settings), ...advanceTestsOf(settings)];
  return [...new Set(tested.flatMap(test => (test.kind === 'count' ? [test.metric] : [])))];
}
