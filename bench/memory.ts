/**
 * What one more rollout costs an isolate. The heap of the runtime can't be read from outside, so this
 * is the same objects in Node, which runs the same engine.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Active } from '../src/core/rollout/active.ts';
import { decide } from '../src/core/rollout/decide.ts';
import { facts } from '../test/support/facts.ts';
import { Recorder } from '../src/edge/recorder.ts';
import { atMost, type Section } from './figures.ts';
import { activeRollout } from './rollouts.ts';

const ROLLOUTS = 1000;

export function measureMemory(rounds: number): Section {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  // The first one also pays for compiled code.
  weigh(collectGarbage);
  const weights = Array.from({ length: rounds }, () => weigh(collectGarbage));
  return {
    title: 'Memory per rollout',
    note: `Heap in Node for ${ROLLOUTS} typical documents with two variants: an estimate, the runtime's own heap is not visible.`,
    figures: [
      { name: 'configuration', unit: 'KB', values: weights.map(({ configuration }) => configuration) },
      {
        name: 'configuration and undelivered counts',
        unit: 'KB',
        values: weights.map(({ withCounts }) => withCounts),
        target: atMost(64),
      },
    ],
  };
}

/** A function of its own: what it made is garbage when it has returned, and not before. */
function weigh(collectGarbage: () => void): { readonly configuration: number; readonly withCounts: number } {
  const empty = heapKilobytes(collectGarbage);
  const rollouts = Array.from({ length: ROLLOUTS }, (_, number) => activeRollout(number));
  const compiled = heapKilobytes(collectGarbage);
  const recorders = rollouts.map(recorderWithTraffic);
  const counting = heapKilobytes(collectGarbage);
  // Both are read after they were weighed: an engine may free what nobody will read again.
  if (rollouts.length !== recorders.length) throw new Error('not every rollout has its counts');
  return { configuration: (compiled - empty) / ROLLOUTS, withCounts: (counting - empty) / ROLLOUTS };
}

function recorderWithTraffic(active: Active): Recorder {
  const recorder = new Recorder();
  const decision = decide(active.rollout, active.split, 'visitor', facts());
  recorder.started(active, decision, true, 0);
  recorder.record(active, {
    decision,
    status: 200,
    error: undefined,
    ms: 12,
    start: 0,
    isCached: false,
    goals: [],
  });
  return recorder;
}

function heapKilobytes(collectGarbage: () => void): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024;
}
