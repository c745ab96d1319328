/** Latency in words: the quantile that speaks loudest, and how slow a canary may be before it counts. */
import { duration, figure, ratio } from './figures.ts';
import { forgivenBuckets } from './latency-test.ts';
import { REFERENCE_REQUESTS, ratioOfBuckets, secondsAt } from './latency-scale.ts';
import { scaleOf } from './reference.ts';
import type { LatencyMember, Member } from './members.ts';
import { NOTHING_OBSERVED, type Observed } from './observed.ts';
import { loudest } from './portfolio.ts';
import type { JudgeSettings, Moment } from './settings.ts';
import type { JudgeState } from './state.ts';
import { VISITORS, hasVisitors } from './step.ts';

export function latencyEvidence(
  state: JudgeState,
  members: readonly Member[],
  settings: JudgeSettings,
  moment: Moment,
): { readonly margin: string; readonly observed: Observed; readonly text: string } {
  const says = loudest(
    state.portfolio,
    members.filter(member => member.kind === 'latency'),
  )!;
  const observed = state.observed[says.id] ?? NOTHING_OBSERVED;
  const scale = scaleOf(state, settings);
  const waits = notJudged(state, settings, moment);
  if (scale === null) {
    const text = `not judged before ${figure(REFERENCE_REQUESTS)} requests on stable say what is slow`;
    return { margin: marginOf(says.ratio, null), observed, text };
  }
  const context = { scale, spread: settings.sticky ? state.spread : null };
  const canary = moment.weight / 100;
  const weights = { canary, stable: Math.max(1 - canary, 0.01) };
  const buckets = forgivenBuckets(context, says.score, says.ratio, weights);
  const margin = marginOf(says.ratio, buckets);
  const text = `${counted(says, observed, scale, buckets, settings.candidate)}; margin ${margin}${waits}`;
  return { margin, observed, text };
}

function marginOf(tolerance: number, buckets: number | null): string {
  if (buckets === null) return `${ratio(tolerance)} × stable; visitors differ too much to tell`;
  return `${ratio(ratioOfBuckets(buckets))} × stable (tolerance ${ratio(tolerance)})`;
}

function counted(
  { score }: LatencyMember,
  observed: Observed,
  { thresholds }: NonNullable<ReturnType<typeof scaleOf>>,
  buckets: number | null,
  candidate: string,
): string {
  const { canary, canaryRequests, stable, stableRequests, expected } = observed;
  if (score === 'ranks') {
    const mean = (sum: number, n: number) => ratio(n > 0 ? sum / n : 0.5);
    return (
      `mean rank ${mean(canary, canaryRequests)} of ${figure(canaryRequests)} requests on ${candidate} ` +
      `after its margin, ${mean(stable, stableRequests)} of ${figure(stableRequests)} on stable`
    );
  }
  const slow = secondsAt(thresholds[score]);
  return (
    `${figure(canary)} of ${figure(canaryRequests)} requests on ${candidate} slower than ` +
    `${duration(slow * ratioOfBuckets(buckets ?? 0))}; ${figure(expected)} expected had it behaved as stable, of which ` +
    `${figure(stable)} of ${figure(stableRequests)} were slower than ${duration(slow)} (its ${score})`
  );
}

/** Why nothing is added just now. */
function notJudged({ step }: JudgeState, { sticky, warmupMs }: JudgeSettings, moment: Moment): string {
  if (moment.raisedAt !== null && moment.now < moment.raisedAt + warmupMs)
    return '; warming up, not judged yet';
  if (sticky && (step === null || !hasVisitors(step)))
    return `; not judged below ${VISITORS} visitors of either`;
  return '';
}
