/** One run: the same traffic before everyone who looks, until all have rolled back or the time is up. */
import { stageAt, type Stage } from './circumstances.ts';
import type { World } from './coin-world.ts';
import type { Watcher } from './watcher.ts';

export interface Course {
  readonly stages: readonly Stage[];
  /** How long, in seconds. */
  readonly seconds: number;
  /** Seconds between two looks; divides a minute. */
  readonly tick: number;
}

export interface Outcome {
  /** Seconds from the start until it rolled back; Infinity if it did not. */
  readonly at: number;
  /** Requests that the canary failed until then. */
  readonly errors: number;
  /** Requests that the canary served until then. */
  readonly requests: number;
  /** Visitors whom it failed until then: the first failure of each, in a day. */
  readonly visitors: number;
}

/** @returns by watcher, in their order */
export function runTrial(world: World, watchers: readonly Watcher[], course: Course): Outcome[] {
  const outcomes = watchers.map((): Outcome | undefined => undefined);
  let [errors, requests, visitors] = [0, 0, 0];
  for (let now = 0; now < course.seconds; now += course.tick) {
    const tick = world.advance(course.tick, stageAt(course.stages, now).weight);
    errors += tick.canary.errors;
    requests += tick.canary.requests;
    visitors += tick.canary.firstErrors[0];
    watchers.forEach((watcher, i) => {
      if (outcomes[i] !== undefined || !watcher.see(tick)) return;
      outcomes[i] = { at: now + course.tick, errors, requests, visitors };
    });
    if (outcomes.every(outcome => outcome !== undefined)) break;
  }
  return outcomes.map(outcome => outcome ?? { at: Infinity, errors, requests, visitors });
}
