/** What a visitor's request came to, for metrics and breaker. Beside the way: nothing here throws. */
import type { BreakerOutcome } from '../core/rollout/breaker.ts';
import type { ErrorKind, FailoverResult } from '../core/metrics/outcome.ts';
import type { Active } from '../core/rollout/active.ts';
import type { Rollout, Variant } from '../core/rollout/compile.ts';
import type { Decision } from '../core/rollout/decide.ts';
import { NO_GOALS, reached, type Goal } from '../core/rollout/goals.ts';
import type { Delivery } from '../edge/delivery.ts';
import type { ResponseFacts } from '../edge/public-response.ts';
import type { UpstreamResult } from '../edge/upstream.ts';
import type { VisitorFacts } from '../edge/visitor-facts.ts';
import type { Course, Visit } from './course.ts';
import { couldFailOver } from './failover.ts';
import { countExperiments } from './flag-visit.ts';
import { mayHaveLeft, type Passage } from './passage.ts';
import { errorOfResult } from './proxy-answers.ts';
import { settle } from './watch.ts';

/** Once for each request, against the variant that it was assigned to. */
export function count(
  active: Active,
  { decision, start, facts }: Pick<Visit, 'decision' | 'start' | 'facts'>,
  { watch }: Pick<Course, 'watch'>,
  result: UpstreamResult,
  { isCached }: ResponseFacts,
  passage: Passage,
  end: number,
  { recorder, versions }: Delivery,
): void {
  try {
    // Counted when it was diverted.
    if (watch.kind === 'diverted') return;
    const { rollout } = active;
    const { name, versionHeader } = decision.variant;
    if (versionHeader !== '' && result.kind === 'answer' && !isCached)
      versions.see(name, result.response.headers.get(versionHeader));
    const ms = end - start;
    const tooLate = tooLateToJudge(rollout, decision, passage, ms);
    const goals = goalsOf(rollout, facts, result);
    if (passage.flags !== undefined && result.kind === 'answer') countExperiments(passage.flags, goals);
    recorder.record(active, {
      decision,
      status: result.kind === 'answer' ? result.response.status : 0,
      error: errorOfResult(result),
      ms,
      start,
      isCached,
      goals,
      judgedAs: watch.kind === 'simulated' && watch.ticket === undefined ? 'counted' : tooLate,
    });
    const outcome = tooLate === undefined || isCached ? outcomeOf(result, isCached, passage) : 'error';
    if (settle(watch, outcome, end)) recorder.breakerOpened(decision.variant.name);
  } catch (error) {
    logDefect('counting', error);
  }
}

/** A candidate that takes so long has failed such a request: stable is judged by the same measure. */
function tooLateToJudge(
  rollout: Rollout,
  { variant, coin }: Decision,
  passage: Passage,
  ms: number,
): { readonly error: ErrorKind; readonly ms: number } | undefined {
  const { failoverAfterMs } = rollout.proxy;
  if (variant.index !== 0 || coin === undefined || failoverAfterMs === null || ms < failoverAfterMs)
    return undefined;
  return couldFailOver(passage, rollout) ? { error: 'timeout', ms: failoverAfterMs } : undefined;
}

function goalsOf({ goals }: Rollout, facts: VisitorFacts, result: UpstreamResult): readonly Goal[] {
  if (goals.length === 0 || result.kind !== 'answer') return NO_GOALS;
  facts.answeredWith(result.response);
  return reached(goals, facts);
}

function outcomeOf(result: UpstreamResult, isCached: boolean, passage: Passage): BreakerOutcome {
  if (isCached) return 'unknown';
  if (errorOfResult(result) === undefined) return 'success';
  return result.kind === 'connect' && mayHaveLeft(passage) ? 'unclear' : 'error';
}

export function countFailover(variant: Variant, result: FailoverResult, { recorder }: Delivery): void {
  try {
    recorder.failedOver(variant.name, result);
  } catch (error) {
    logDefect('counting', error);
  }
}

export function logDefect(what: string, error: unknown): void {
  console.error(JSON.stringify({ message: `${what} failed`, error: String(error) }));
}
