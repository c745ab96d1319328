/** Rehearsed failures: what of a variant's declared faults befalls one request. */
import type { Fault } from './proxy-options.ts';

export interface Rehearsal {
  /** Waited before the origin is asked, or before the status is answered. */
  readonly delayMs: number;
  /** Answered in the origin's place. */
  readonly status: number | undefined;
}

/**
 * Every fault is drawn by itself, so that each shows at its own rate. Delays add up; of several
 * statuses the first one drawn is answered.
 * @param random uniform in [0, 1)
 * @returns undefined if nothing befalls it
 */
export function drawFaults(faults: readonly Fault[], random: () => number): Rehearsal | undefined {
  let delayMs = 0;
  let status: number | undefined;
  for (const fault of faults) {
    if (random() * 100 >= fault.percent) continue;
    switch (fault.kind) {
      case 'delay':
        delayMs += fault.ms;
        break;
      case 'status':
        status ??= fault.status;
        break;
    }
  }
  return delayMs === 0 && status === undefined ? undefined : { delayMs, status };
}
