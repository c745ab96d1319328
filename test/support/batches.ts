import { observe } from '../../src/core/analysis/histogram.ts';
import { LANES } from '../../src/core/analysis/interval.ts';
import type { Batch } from '../../src/core/metrics/batch.ts';
import { emptyCell, ERRORS, REQUESTS, STARTED, toCellRecord } from '../../src/core/metrics/judged-cell.ts';
import type { StratumRecord } from '../../src/core/metrics/strata.ts';
import { addOutcome, emptyCounts, toRecord } from '../../src/core/metrics/counts.ts';
import { codeOf, errorOf } from '../../src/core/metrics/outcome.ts';

/** A batch with one request per status on stable; `change` overrides its fields. */
export function batchOf(statuses: readonly number[], change: Partial<Batch> = {}): Batch {
  const counts = emptyCounts();
  for (const status of statuses) {
    addOutcome(counts, codeOf(status), errorOf(status), 10);
  }
  return {
    rollout: 'default',
    isolate: 'isolate-1',
    sequence: 1,
    since: 0,
    until: 1000,
    totals: { stable: toRecord(counts) },
    strata: [stratumOf(statuses)],
    generation: 'g1',
    weights: { stable: 100_000 },
    configErrors: 0,
    problems: [],
    lost: 0,
    ...change,
  };
}

/** A stratum with one request per status on stable, all in lane 3; `change` overrides its fields. */
export function stratumOf(statuses: readonly number[], change: Partial<StratumRecord> = {}): StratumRecord {
  const cell = emptyCell();
  for (const status of statuses) {
    cell.counts[STARTED]! += 1;
    cell.counts[REQUESTS]! += 1;
    if (errorOf(status) === undefined) observe(cell.latency, 10);
    else cell.counts[ERRORS]! += 1;
  }
  return {
    generation: 'g1',
    coin: 'split',
    weights: { stable: 100_000 },
    lanes: Array.from({ length: LANES }, (_, lane) => (lane === 3 ? toCellRecord(cell) : { counts: [] })),
    candidates: {},
    draws: {},
    visitors: {},
    ...change,
  };
}
