/** A rollout with a plan as the API answers it, with whatever a test is about laid over it. */
import type { DeliveryStatus, Evidence, RunStatus } from '../../dashboard/types.ts';
import { NOW } from './status.ts';

const LINE = Math.log(100);

export const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

const STEPS = [
  { weight: 1, holdSeconds: 300, approval: false },
  { weight: 5, holdSeconds: 600, approval: false },
  { weight: 25, holdSeconds: 1800, approval: true },
  { weight: 100, holdSeconds: 3600, approval: false },
];

export function runOf(change: Partial<RunStatus> = {}): RunStatus {
  return {
    id: 3,
    attempt: 1,
    candidate: 'canary',
    version: '7',
    startedAt: ago(900),
    startedBy: 'olga',
    endedAt: null,
    step: 1,
    steps: STEPS,
    weight: 5,
    stepSince: ago(360),
    heldSeconds: 360,
    nextStepAt: ago(-240),
    estimate: null,
    reason: null,
    ...change,
  };
}

export function deliveryOf(change: Partial<DeliveryStatus> = {}): DeliveryStatus {
  return {
    phase: 'progressing',
    since: ago(900),
    advice: 'what to do',
    plan: {
      candidate: 'canary',
      steps: STEPS,
      criteria: [],
      falseRollbackRate: 0.01,
      falsePromotionRate: 0.05,
    },
    run: runOf(),
    caps: { canary: { percent: 5, isBarred: false } },
    waitingFor: 'hold',
    waitingSince: ago(360),
    verdict: { kind: 'pass', text: 'It does as stable does.' },
    evidence: [],
    freeze: null,
    distrust: null,
    untestable: null,
    lastTick: ago(1),
    ...change,
  };
}

/** @param e the e-value */
export function evidenceOf(
  criterion: string,
  direction: Evidence['direction'],
  e: number,
  change: Partial<Evidence> = {},
): Evidence {
  return {
    criterion,
    direction,
    logE: Math.log(e),
    threshold: criterion === 'all' ? LINE : direction === 'advance' ? Math.log(20) : null,
    isDecided: false,
    observed: null,
    margin: criterion === 'all' ? '' : '1.1 × stable',
    text: `${criterion} ${direction}`,
    ...change,
  };
}
