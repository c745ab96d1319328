/** A rollout's state as people and programs are shown it. */
import { marginText } from '../analysis/evidence.ts';
import { criterionName, type Criterion } from '../analysis/settings.ts';
import { unreachable } from '../result.ts';
import type { Sticky } from '../rollout/compile.ts';
import { adviceFor } from './advice.ts';
import { elapsed } from './clock.ts';
import type { DeliveryStatus, PlanStatus, RunStatus } from './delivery-status.ts';
import type { Look } from './event.ts';
import { frozen, type Frozen } from './freeze.ts';
import type { Plan } from './plan.ts';
import { openRun } from './run.ts';
import type { DeliveryState, Run } from './state.ts';
import { durationText, timeText } from './words.ts';

/** What the state doesn't hold, because it changes with every look. */
export interface LastLook {
  /** Of the run under way, or the last one; null where there was none. */
  readonly look: Look | null;
  /** Milliseconds since 1970; null while nothing is open. */
  readonly at: number | null;
}

/**
 * @param now milliseconds since 1970
 * @param stickyBy how the document in force tells visitors apart
 */
export function deliveryStatus(
  state: DeliveryState,
  last: LastLook,
  now: number,
  stickyBy: Sticky['by'] = 'cookie',
): DeliveryStatus {
  const { phase, document, run } = state;
  const open = openRun(state);
  const plan = document?.plan ?? null;
  const freeze = frozen(state.freeze, (open?.plan ?? plan)?.freeze ?? [], now);
  return {
    phase,
    since: state.since === null ? null : timeText(state.since),
    advice: adviceFor(state, now),
    plan: plan === null ? null : planStatus(plan),
    run: run === null ? null : runStatus(state, run, last.look, freeze, now),
    caps: Object.fromEntries(
      Object.entries(state.cap.limits).map(([name, { share, isBarred }]) => [
        name,
        { percent: share / 1000, isBarred },
      ]),
    ),
    waitingFor: open?.waitingFor ?? null,
    waitingSince: open === null || open.waitingFor === null ? null : timeText(open.waitingSince),
    verdict: run === null ? null : (last.look?.verdict ?? null),
    evidence: run === null ? [] : (last.look?.evidence ?? []),
    freeze: freeze === null ? null : { until: timeText(freeze.until), reason: freeze.reason },
    distrust: open === null ? null : (last.look?.distrust ?? null),
    untestable: open === null && plan === null ? null : untestableBy(stickyBy),
    lastTick: last.at === null ? null : timeText(last.at),
  };
}

/** Only a cookie tells a draw from a visitor who was drawn before (judging.md, section 3). */
function untestableBy(stickyBy: Sticky['by']): string | null {
  if (stickyBy === 'cookie') return null;
  return `Whether visitors really get the weights cannot be tested (no \`mismatch\`): they are told apart by ${stickyBy === 'ip' ? 'address' : 'header'}, and only a cookie shows who was drawn anew.`;
}

function planStatus(plan: Plan): PlanStatus {
  const { candidate, falseRollbackRate, falsePromotionRate } = plan;
  return {
    candidate,
    steps: stepsOf(plan),
    criteria: plan.criteria.map(one => ({ name: criterionName(one), margin: criterionMargin(one) })),
    falseRollbackRate,
    falsePromotionRate,
  };
}

function stepsOf(plan: Plan): PlanStatus['steps'] {
  return plan.steps.map(({ share, holdMs, approval }) => ({
    weight: share / 1000,
    holdSeconds: holdMs / 1000,
    approval: approval !== 'none',
  }));
}

function runStatus(
  state: DeliveryState,
  run: Run,
  look: Look | null,
  freeze: Frozen | null,
  now: number,
): RunStatus {
  const isOpen = run.endedAt === null;
  return {
    id: run.id,
    attempt: run.attempt,
    candidate: run.candidate,
    version: run.version,
    startedAt: timeText(run.startedAt),
    startedBy: run.startedBy,
    endedAt: run.endedAt === null ? null : timeText(run.endedAt),
    step: run.step,
    steps: stepsOf(run.plan),
    weight: (state.shares[run.candidate] ?? 0) / 1000,
    stepSince: timeText(run.stepSince),
    heldSeconds: Math.floor(elapsed(run.hold, now) / 1000),
    nextStepAt: isOpen ? nextStepAt(run, freeze, now) : null,
    estimate: isOpen ? estimateOf(run, look, now) : null,
    reason: run.reason,
  };
}

/** The earliest, where time alone is waited for. */
function nextStepAt(run: Run, freeze: Frozen | null, now: number): string | null {
  if (run.waitingFor === 'freeze' && freeze !== null) return timeText(freeze.until);
  return run.waitingFor === 'hold' ? timeText(now + holdLeft(run, now)) : null;
}

function holdLeft(run: Run, now: number): number {
  return Math.max(0, (run.plan.steps[run.step]?.holdMs ?? 0) - elapsed(run.hold, now));
}

function estimateOf(run: Run, look: Look | null, now: number): string | null {
  const progress = look?.progress ?? null;
  if (run.waitingFor !== 'hold') return progress;
  const left = `${durationText(holdLeft(run, now))} of the hold to go`;
  return progress === null ? left : `${left}; ${progress}`;
}

/** For people: "1.1 × stable + 0.01 %". */
export function criterionMargin(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'tolerance':
      return marginText(criterion.ratio, criterion.absolute);
    case 'latency':
      return marginText(criterion.ratio, 0);
    case 'goal':
      return `${criterion.direction === 'higher' ? 'at least' : 'at most'} ${marginText(criterion.ratio, 0)}`;
    case 'limit':
      return `at most ${Number((criterion.limit * 100).toPrecision(4))} % of the requests`;
    case 'latency-limit':
      return `${Number((criterion.quantile * 100).toPrecision(4))} % within ${criterion.limitMs} ms`;
    default:
      return unreachable(criterion);
  }
}
