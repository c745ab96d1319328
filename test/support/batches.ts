import { emptyArm, toArmRecord, type Batch } from '../../src/core/metrics/batch.ts';
import { addOutcome, emptyCounts, toRecord } from '../../src/core/metrics/counts.ts';
import { codeOf, errorOf } from '../../src/core/metrics/outcome.ts';

/** A batch with one request per status on stable; `change` overrides its fields. */
export function batchOf(statuses: readonly number[], change: Partial<Batch> = {}): Batch {
  const counts = emptyCounts();
  const arm = emptyArm();
  for (const status of statuses) {
    addOutcome(counts, codeOf(status), errorOf(status), 10);
    arm.started++;
    arm.requests++;
  }
  return {
    rollout: 'default',
    isolate: 'isolate-1',
    sequence: 1,
    since: 0,
    until: 1000,
    totals: { stable: toRecord(counts) },
    intervals: [{ generation: 'g1', weights: { stable: 100_000 }, arms: { stable: toArmRecord(arm) } }],
    weights: { stable: 100_000 },
    configErrors: 0,
    problems: [],
    lost: 0,
    ...change,
  };
}
