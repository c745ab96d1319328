/** The course of a request that is decided: who is asked, how, and what becomes of a failure. */
import type { Active } from '../core/rollout/active.ts';
import type { Rollout, Variant } from '../core/rollout/compile.ts';
import type { Decision } from '../core/rollout/decide.ts';
import type { Rehearsal } from '../core/rollout/faults.ts';
import { NO_GOALS } from '../core/rollout/goals.ts';
import type { Delivery } from '../edge/delivery.ts';
import { hasForeignCache, type Stamp, type Visitor } from '../edge/sticky-cookie.ts';
import type { UpstreamResult } from '../edge/upstream.ts';
import type { VisitorFacts } from '../edge/visitor-facts.ts';
import { logDefect } from './counting.ts';
import { couldFailOver, mayFailOver } from './failover.ts';
import { askOrigin, timeoutFor, type Passage } from './passage.ts';
import { drawRehearsal, rehearse } from './rehearsal.ts';
import { UNWATCHED, watch, type Watch } from './watch.ts';

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
  /** What goals ask of the request. */
  readonly facts: VisitorFacts;
}

/** How a request is handled beyond its decision. */
export interface Course {
  /** Who is asked: the decided variant, or stable in its place. */
  readonly variant: Variant;
  readonly canFailOver: boolean;
  readonly watch: Watch;
  readonly rehearsal: Rehearsal | undefined;
}

const DIVERTED = { status: 0, error: 'breaker', ms: undefined, isCached: false, goals: NO_GOALS } as const;

export function setOut(passage: Passage, active: Active, visit: Visit, { recorder }: Delivery): Course {
  const { rollout } = active;
  const { decision, start } = visit;
  const { variant } = decision;
  const canFailOver = mayFailOver(passage, rollout, decision);
  try {
    recorder.started(active, decision, visit.isNew, start);
    const canRepeat = canFailOver || (variant.index === 0 && couldFailOver(passage, rollout));
    const watching = watch(passage.isolate, active, decision, canRepeat, start);
    if (watching.kind === 'simulated' && watching.ticket === undefined)
      recorder.keptBack(active, decision, start);
    if (watching.kind === 'diverted') {
      // Now, not with stable's answer: a slow stable must not look like a candidate that hangs.
      recorder.record(active, { ...DIVERTED, decision, start });
      return { variant: rollout.variants[0], canFailOver: false, watch: watching, rehearsal: undefined };
    }
    const rehearsal = variant.faults.length === 0 ? undefined : drawRehearsal(variant, recorder);
    return { variant, canFailOver, watch: watching, rehearsal };
  } catch (error) {
    logDefect('setting out', error);
    return { variant, canFailOver, watch: UNWATCHED, rehearsal: undefined };
  }
}

export function ask(
  passage: Passage,
  rollout: Rollout,
  visit: Visit,
  course: Course,
): Promise<UpstreamResult> {
  const { variant, canFailOver, watch, rehearsal } = course;
  const { timeoutMs, failoverAfterMs } = rollout.proxy;
  const asking = {
    dropConditional: watch.kind === 'diverted' || hasForeignCache(visit.visitor, visit.stamp, visit.today),
    isRepeat: false,
    timeoutMs: canFailOver ? (failoverAfterMs ?? timeoutMs) : timeoutFor(passage, rollout),
  };
  return rehearsal === undefined
    ? askOrigin(variant, passage, asking)
    : rehearse(rehearsal, variant, passage, asking);
}
