/**
 * From a decision to the visitor's answer: one exchange with the decided variant and one outcome, and
 * whatever keeps a bad candidate from the visitor. Counting, breaker, faults and copies are beside the
 * way: if one of them throws, the visitor gets their page all the same.
 */
import type { Active } from '../core/rollout/active.ts';
import type { Rollout, Variant } from '../core/rollout/compile.ts';
import type { Rehearsal } from '../core/rollout/faults.ts';
import type { Decision } from '../core/rollout/decide.ts';
import type { HostMemory } from '../edge/config-cache.ts';
import type { Delivery } from '../edge/delivery.ts';
import { NOTHING_SEEN, publicResponse, responseFacts, type ResponseFacts } from '../edge/public-response.ts';
import { isNavigation } from '../edge/request-facts.ts';
import {
  hasForeignCache,
  setCookie,
  stampAfterForeignPage,
  type Stamp,
  type Visitor,
} from '../edge/sticky-cookie.ts';
import type { UpstreamResult } from '../edge/upstream.ts';
import { failOver, isFailure, mayFailOver, type Exchanged } from './failover.ts';
import { mirrorLater } from './mirroring.ts';
import { askOrigin, hasBody, timeoutFor, type Passage } from './passage.ts';
import { errorOfResult, isShowable, noAnswer } from './proxy-answers.ts';
import { drawRehearsal, rehearse } from './rehearsal.ts';
import { settle, UNWATCHED, watch, type Watch } from './watch.ts';

/** Who asks, and what was decided for them. */
export interface Visit {
  readonly decision: Decision;
  readonly visitor: Visitor | undefined;
  /** The id that goes into the cookie; undefined for a request that gets none. */
  readonly cookieId: string | undefined;
  readonly stamp: Stamp | undefined;
  /** The visitor had no valid cookie and was drawn. */
  readonly isNew: boolean;
  /** Value of x-weir-reason, if it is to be told. */
  readonly reason: string | undefined;
  readonly start: number;
  readonly today: number;
}

export async function answerFor(
  passage: Passage,
  host: HostMemory,
  active: Active,
  visit: Visit,
): Promise<Response> {
  const { env, ctx, isolate } = passage;
  const { rollout } = active;
  const delivery = isolate.delivery(host.rollout.name);
  const course = setOut(passage, active, visit, delivery);
  // Now, so that a canary that hangs is heard of. After its answer for an upload: with work pending, the
  // runtime ends one that breaks off as if it were whole.
  if (!hasBody(passage)) isolate.scheduleFlush(host.rollout, delivery, env, ctx, visit.start);

  const first = await ask(passage, rollout, visit, course);
  const end = Date.now();
  const seen = factsOf(first);
  count(active, visit, course, first, seen, end, delivery);

  const { variant, canFailOver } = course;
  let given: Exchanged = { variant, result: first };
  if (canFailOver && isFailure(first)) given = await failOver(passage, rollout, given, delivery.recorder);
  else if (isToBeCopied(rollout, visit, first)) copy(passage, host, rollout, delivery);
  isolate.config.refreshIfDue(host, env, ctx, end);
  isolate.scheduleFlush(host.rollout, delivery, env, ctx, end);
  return publish(passage, rollout, visit, given, given.result === first ? seen : factsOf(given.result));
}

/** How a request is handled beyond its decision. */
interface Course {
  /** Who is asked: the decided variant, or stable in its place. */
  readonly variant: Variant;
  readonly canFailOver: boolean;
  readonly watch: Watch;
  readonly rehearsal: Rehearsal | undefined;
}

function setOut(passage: Passage, active: Active, visit: Visit, { recorder }: Delivery): Course {
  const { rollout } = active;
  const { decision, start } = visit;
  const { variant } = decision;
  const canFailOver = mayFailOver(passage, rollout, decision);
  try {
    recorder.started(active, decision, visit.isNew);
    const watching = watch(passage.isolate, rollout, decision, canFailOver, start);
    if (watching.kind === 'diverted') {
      return { variant: rollout.variants[0], canFailOver: false, watch: watching, rehearsal: undefined };
    }
    const rehearsal = variant.faults.length === 0 ? undefined : drawRehearsal(variant, recorder);
    return { variant, canFailOver, watch: watching, rehearsal };
  } catch (error) {
    logDefect('setting out', error);
    return { variant, canFailOver, watch: UNWATCHED, rehearsal: undefined };
  }
}

function ask(passage: Passage, rollout: Rollout, visit: Visit, course: Course): Promise<UpstreamResult> {
  const { variant, canFailOver, watch, rehearsal } = course;
  const { timeoutMs, failoverAfterMs } = rollout.proxy;
  const asking = {
    dropConditional: watch.kind === 'diverted' || hasForeignCache(visit.visitor, visit.stamp, visit.today),
    isRepeat: false,
    timeoutMs: canFailOver ? Math.min(failoverAfterMs ?? timeoutMs, timeoutMs) : timeoutFor(passage, rollout),
  };
  return rehearsal === undefined
    ? askOrigin(variant, passage, asking)
    : rehearse(rehearsal, variant, passage, asking);
}

/** Once for each request, against the variant that it was assigned to. */
function count(
  active: Active,
  { decision, start }: Visit,
  { watch }: Course,
  result: UpstreamResult,
  { isCached }: ResponseFacts,
  end: number,
  { recorder }: Delivery,
): void {
  try {
    if (watch.kind === 'diverted') {
      recorder.record(active, { decision, status: 0, error: 'breaker', ms: undefined, isCached: false });
      return;
    }
    const status = result.kind === 'answer' ? result.response.status : 0;
    const error = errorOfResult(result);
    recorder.record(active, { decision, status, error, ms: end - start, isCached });
    const outcome = isCached ? 'unknown' : error === undefined ? 'success' : 'error';
    if (settle(watch, outcome, end)) recorder.breakerOpened(decision.variant.name);
  } catch (error) {
    logDefect('counting', error);
  }
}

/** Of stable's own answers to its own visitors. */
function isToBeCopied({ proxy, enabled }: Rollout, { decision }: Visit, result: UpstreamResult): boolean {
  return proxy.mirror !== null && enabled && decision.variant.index === 0 && result.kind === 'answer';
}

function copy(passage: Passage, host: HostMemory, { proxy }: Rollout, delivery: Delivery): void {
  const { env, ctx, isolate } = passage;
  if (proxy.mirror === null) return;
  try {
    mirrorLater(proxy.mirror, passage, proxy.timeoutMs, delivery, () =>
      isolate.scheduleFlush(host.rollout, delivery, env, ctx, Date.now()),
    );
  } catch (error) {
    logDefect('copying', error);
  }
}

function factsOf(result: UpstreamResult): ResponseFacts {
  return result.kind === 'answer' ? responseFacts(result.response.headers) : NOTHING_SEEN;
}

function publish(
  passage: Passage,
  rollout: Rollout,
  visit: Visit,
  { variant, result }: Exchanged,
  seen: ResponseFacts,
): Response {
  const { request, target } = passage;
  const { decision, visitor, cookieId, today } = visit;
  const isForeign = variant !== decision.variant && isShowable(result);
  const stamp =
    isForeign && cookieId !== undefined
      ? stampAfterForeignPage(visitor, decision.variant, today)
      : visit.stamp;
  return publicResponse(
    isShowable(result) ? result.response : noAnswer(errorOfResult(result)),
    isShowable(result) ? seen : NOTHING_SEEN,
    variant,
    target,
    {
      cookie:
        stamp === undefined || cookieId === undefined
          ? undefined
          : setCookie(rollout, target.isHttps, cookieId, stamp, today),
      isNavigation: stamp !== undefined && isNavigation(request.headers),
      exposedVariant: rollout.proxy.exposeVariant ? variant.name : undefined,
      reason: visit.reason,
    },
  );
}

function logDefect(what: string, error: unknown): void {
  console.error(JSON.stringify({ message: `${what} failed`, error: String(error) }));
}
