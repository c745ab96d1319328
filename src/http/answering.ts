/**
 * From a decision to the visitor's answer: one exchange with the decided variant and one outcome, and
 * whatever keeps a bad candidate from the visitor. Counting, breaker, faults and copies are beside the
 * way: if one of them throws, the visitor gets their page all the same.
 */
import type { Active } from '../core/rollout/active.ts';
import type { Rollout } from '../core/rollout/compile.ts';
import type { HostMemory } from '../edge/host-book.ts';
import type { Delivery } from '../edge/delivery.ts';
import type { RolloutMemory } from '../edge/rollout-memory.ts';
import { NOTHING_SEEN, publicResponse, responseFacts, type ResponseFacts } from '../edge/public-response.ts';
import { isNavigation } from '../edge/request-facts.ts';
import { setCookie, stampAfterForeignPage } from '../edge/sticky-cookie.ts';
import type { UpstreamResult } from '../edge/upstream.ts';
import { count, countFailover, logDefect } from './counting.ts';
import { ask, setOut, type Visit } from './course.ts';
import { countingOf } from './flag-visit.ts';
import { failOver, failoverResult, isFailure, type Exchanged } from './failover.ts';
import { mirrorLater } from './mirroring.ts';
import { hasBody, type Passage } from './passage.ts';
import { errorOfResult, isShowable, noAnswer } from './proxy-answers.ts';

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
  count(active, visit, course, first, seen, passage, end, delivery);

  const { variant, canFailOver } = course;
  let given: Exchanged = { variant, result: first };
  if (canFailOver && isFailure(first)) {
    given = await failOver(passage, rollout, given);
    countFailover(variant, failoverResult(given), delivery);
  } else if (isToBeCopied(rollout, visit, first)) copy(passage, host, rollout, delivery);
  isolate.config.refreshIfDue(host, env, ctx, end);
  isolate.scheduleFlush(host.rollout, delivery, env, ctx, end);
  if (countingOf(host) !== host.rollout) flushFlags(passage, countingOf(host), end);
  return publish(passage, rollout, visit, given, given.result === first ? seen : factsOf(given.result));
}

/** Flags of a host without a rollout of its own are counted apart from the rollout that serves it. */
function flushFlags({ env, ctx, isolate, flags }: Passage, counting: RolloutMemory, now: number): void {
  const delivery = isolate.delivery(counting.name);
  // Rules and goals may have asked for flags that add nothing to the request.
  if (flags !== undefined || !delivery.recorder.flags.isEmpty)
    isolate.scheduleFlush(counting, delivery, env, ctx, now);
}

/** Of stable's own answers to its own visitors. */
function isToBeCopied({ proxy, enabled }: Rollout, { decision }: Visit, result: UpstreamResult): boolean {
  return proxy.mirror !== null && enabled && decision.variant.index === 0 && isShowable(result);
}

function copy(passage: Passage, host: HostMemory, rollout: Rollout, delivery: Delivery): void {
  const { env, ctx, isolate } = passage;
  const { mirror } = rollout.proxy;
  if (mirror === null) return;
  try {
    mirrorLater(mirror, passage, rollout, delivery, () =>
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
