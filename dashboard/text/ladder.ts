/** The steps of a plan: what is done, where it is, what comes. */
import type { DeliveryStatus, PlanStatus, RunStatus } from '../types.ts';
import { isOpen } from './delivery.ts';
import { duration } from './format.ts';

export interface Rung {
  readonly weight: number;
  readonly state: 'done' | 'now' | 'stopped' | 'next';
  /** Of the hold, 0 to 1. */
  readonly progress: number;
  /** `4 min left`, `10 min`, `held` */
  readonly time: string;
  /** Before this step's weight is set; null where nobody is asked. */
  readonly approval: 'given' | 'awaited' | 'needed' | null;
}

/** Those of the run under way or the last one; before any, those of the plan. */
export function rungsOf({ phase, plan, run, waitingFor }: DeliveryStatus): Rung[] {
  const isShown = run !== null && phase !== 'idle';
  const steps: PlanStatus['steps'] = isShown ? run.steps : (plan?.steps ?? []);
  return steps.map((step, i) => ({
    weight: step.weight,
    ...(isShown ? placeOf(step, i, run, phase) : ahead(step)),
    approval: !step.approval
      ? null
      : isShown && i <= run.step
        ? 'given'
        : isShown && i === run.step + 1 && waitingFor === 'approval'
          ? 'awaited'
          : 'needed',
  }));
}

type Place = Pick<Rung, 'state' | 'progress' | 'time'>;

function placeOf(
  step: PlanStatus['steps'][number],
  position: number,
  run: RunStatus,
  phase: DeliveryStatus['phase'],
): Place {
  const isOver = phase === 'completed' || phase === 'adopting';
  if (isOver || position < run.step) return { state: 'done', progress: 1, time: 'done' };
  if (position > run.step) return isOpen(phase) ? ahead(step) : { ...ahead(step), time: 'not reached' };
  const { holdSeconds } = step;
  const progress = holdSeconds === 0 ? 1 : Math.min(1, run.heldSeconds / holdSeconds);
  if (!isOpen(phase)) return { state: 'stopped', progress, time: 'stopped here' };
  const left = Math.max(0, holdSeconds - run.heldSeconds);
  return { state: 'now', progress, time: left === 0 ? 'held' : `${duration(left * 1000)} left` };
}

function ahead({ holdSeconds }: PlanStatus['steps'][number]): Place {
  return { state: 'next', progress: 0, time: `hold ${duration(holdSeconds * 1000)}` };
}

/** Seconds that the holds still take, if nothing else is waited for; null when it is over. */
export function leastToGo({ phase, run }: DeliveryStatus): number | null {
  if (run === null || !isOpen(phase)) return null;
  const ahead = run.steps.slice(run.step).reduce((sum, { holdSeconds }) => sum + holdSeconds, 0);
  return Math.max(0, ahead - Math.min(run.heldSeconds, run.steps[run.step]?.holdSeconds ?? 0));
}
