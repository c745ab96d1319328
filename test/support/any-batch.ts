/** Batches of every shape, for laws. */
import fc from 'fast-check';
import {
  emptyHistogram,
  observe,
  toSparse,
  type SparseHistogram,
} from '../../src/core/analysis/histogram.ts';
import type { Batch } from '../../src/core/metrics/batch.ts';
import type { UnitName } from '../../src/core/flags/unit-names.ts';
import type { FlagDelta } from '../../src/core/metrics/flag-delta.ts';
import type { CountsRecord } from '../../src/core/metrics/counts.ts';
import { CODES, ERROR_KINDS, FAILOVER_RESULTS, FAULT_KINDS } from '../../src/core/metrics/outcome.ts';

const count = fc.nat(1_000_000_000);
const countsFor = (names: readonly string[]): fc.Arbitrary<number[]> =>
  fc.array(count, { minLength: names.length, maxLength: names.length });

/** Whole milliseconds, as the runtime's clock gives them: none, some, a week. */
export const durations = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 604_800_000 })),
  { maxLength: 50 },
);

export function histogramOf(ms: readonly number[]): SparseHistogram {
  const histogram = emptyHistogram();
  for (const each of ms) observe(histogram, each);
  return toSparse(histogram);
}

export const anyCounts: fc.Arbitrary<CountsRecord> = fc.record({
  codes: countsFor(CODES),
  errors: countsFor(ERROR_KINDS),
  assignments: count,
  cached: count,
  decisions: fc.record({
    plain: countsFor(['disabled', 'override', 'split', 'default']),
    rules: fc.uniqueArray(fc.tuple(fc.string({ maxLength: 30 }), count), {
      maxLength: 5,
      selector: ([name]) => name,
    }),
  }),
  failovers: countsFor(FAILOVER_RESULTS),
  diverted: count,
  breakerOpen: count,
  faults: countsFor(FAULT_KINDS),
  goals: fc.uniqueArray(fc.tuple(fc.string({ maxLength: 30 }), count), {
    maxLength: 5,
    selector: ([name]) => name,
  }),
  duration: durations.map(histogramOf),
});

/** Anything that is a string: empty, long, of several bytes a character, with lone surrogates. */
export const anyText = fc.oneof(
  fc.constantFrom('default', 'www.example.com', '__proto__', 'constructor', ''),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    maxLength: 30,
    unit: fc.integer({ min: 0, max: 0xffff }).map(code => String.fromCharCode(code)),
  }),
  fc
    .tuple(fc.constantFrom('a', 'ü', '漢', '😀', '\ud800'), fc.integer({ min: 0, max: 9000 }))
    .map(([c, n]) => c.repeat(n)),
);

const variant = fc.constantFrom('stable', 'canary', 'canary-b', '__proto__', 'constructor');

export function anyBatchWith(names: fc.Arbitrary<string>): fc.Arbitrary<Batch> {
  const perVariant = <V>(value: fc.Arbitrary<V>): fc.Arbitrary<Record<string, V>> =>
    fc
      .uniqueArray(fc.tuple(names, value), { maxLength: 30, size: 'small', selector: ([name]) => name })
      .map(entries => Object.fromEntries(entries));
  return fc.record({
    rollout: anyText,
    isolate: anyText,
    sequence: fc.nat(),
    since: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    until: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    totals: perVariant(anyCounts),
    mirrors: perVariant(anyCounts),
    weights: perVariant(fc.nat(100_000)),
    configErrors: count,
    problems: fc.constant([]),
    lost: count,
  });
}

const label = fc.oneof(fc.constantFrom('banner', 'on', 'constructor'), fc.string({ maxLength: 60 }));

/** A unit has one variant of a coin, whatever else is said of it. */
const anyNames = fc.record({
  flag: label,
  draw: fc.constant('rule-1'),
  coin: fc.constantFrom('half', 'tenth'),
  weights: fc.constant({ on: 50_000, off: 50_000 }),
  halvings: fc.nat(3),
  names: fc.array(
    fc
      .tuple(fc.nat(2 ** 53 - 1), fc.constantFrom('', 'bought', 'constructor'))
      .map(([unit, goal]): UnitName => [unit, unit % 2 === 0 ? 'on' : 'off', goal]),
    { maxLength: 60 },
  ),
});

/** What came of flags in an isolate, of every shape. */
export const anyFlagDelta: fc.Arbitrary<FlagDelta> = fc.record({
  exposures: fc.array(
    fc.tuple(
      fc.tuple(label, label).map(names => names.join('=')),
      count,
    ),
    { maxLength: 30 },
  ),
  experiments: fc.array(label, { maxLength: 8 }),
  named: fc.array(anyNames, { maxLength: 20 }),
});

export const anyBatch = anyBatchWith(variant);
