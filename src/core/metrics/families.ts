/**
 * What /metrics shows. Names and labels are the Contract's; every rollout and variant shows all its
 * series from the first scrape on, so that a rate never starts from nothing.
 */
import { OF_CONTROLLERS } from './controller-families.ts';
import { emptyCounts, toRecord, type CountsRecord } from './counts.ts';
import { decisionSamples } from './decisions.ts';
import { OF_FLAGS } from './flag-families.ts';
import { byLabel, histogramSamples, type Family, type FamilyOf, type Labels } from './family.ts';
import { CODES, ERROR_KINDS, FAILOVER_RESULTS, FAULT_KINDS } from './outcome.ts';
import type { Snapshot } from './snapshot.ts';

/** What one scrape found out. */
export interface Scrape {
  readonly snapshots: readonly Snapshot[];
  /** The hubs that were asked, and whether they answered in time. */
  readonly hubs: readonly { readonly rollout: string; readonly isUp: boolean }[];
}

/** One variant's counts: of its requests, and of the copies that were sent to it. */
interface Row {
  readonly labels: Labels;
  readonly requests: CountsRecord;
  readonly mirrored: CountsRecord;
}

const NONE = toRecord(emptyCounts());

export function families({ snapshots, hubs }: Scrape): Family[] {
  const rows = snapshots.flatMap(rowsOf);
  return [
    ...OF_VARIANTS.map(family => filled(family, rows)),
    ...OF_ROLLOUTS.map(family => filled(family, snapshots)),
    ...OF_FLAGS.map(family => filled(family, snapshots)),
    ...OF_CONTROLLERS.map(family => filled(family, snapshots)),
    ...OF_HUBS.map(family => filled(family, hubs)),
  ];
}

function filled<Subject>(family: FamilyOf<Subject>, subjects: readonly Subject[]): Family {
  return { ...family, samples: subjects.flatMap(subject => family.samples(subject)) };
}

function rowsOf({ rollout, totals, mirrors = {} }: Snapshot): Row[] {
  // A copy may have been sent to a variant that has had no request of its own yet.
  const variants = new Set([...Object.keys(totals), ...Object.keys(mirrors)]);
  return [...variants].map(variant => ({
    labels: variantLabels(rollout, variant),
    requests: ownRecord(totals, variant),
    mirrored: ownRecord(mirrors, variant),
  }));
}

/** A variant may be named like something that every object has (`constructor`). */
function ownRecord(records: Readonly<Record<string, CountsRecord>>, variant: string): CountsRecord {
  return (Object.hasOwn(records, variant) ? records[variant] : undefined) ?? NONE;
}

function variantLabels(rollout: string, variant: string): Labels {
  return [
    ['rollout', rollout],
    ['variant', variant],
  ];
}

/** A counter with one series for each variant; what an older version did not count is 0. */
function counter(
  name: `${string}_total`,
  help: string,
  value: (row: Row) => number | undefined,
): FamilyOf<Row> {
  return { name, type: 'counter', help, samples: row => [{ labels: row.labels, value: value(row) ?? 0 }] };
}

const OF_VARIANTS: readonly FamilyOf<Row>[] = [
  {
    name: 'weir_requests_total',
    type: 'counter',
    help: 'Proxied requests by status class of the answer; none is no answer.',
    samples: ({ labels, requests }) => byLabel(labels, 'code', CODES, requests.codes),
  },
  {
    name: 'weir_errors_total',
    type: 'counter',
    help: 'Requests that ended in a 5xx answer or in none, by kind.',
    samples: ({ labels, requests }) => byLabel(labels, 'kind', ERROR_KINDS, requests.errors),
  },
  {
    name: 'weir_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time to response headers.',
    samples: ({ labels, requests }) => histogramSamples(labels, requests.duration),
  },
  counter(
    'weir_assignments_total',
    'Visitors without a cookie who were drawn a variant.',
    ({ requests }) => requests.assignments,
  ),
  {
    name: 'weir_decisions_total',
    type: 'counter',
    help: 'How visitors got their variant.',
    samples: ({ labels, requests }) => decisionSamples(labels, requests.decisions),
  },
  counter('weir_cached_total', "Answers from Cloudflare's cache.", ({ requests }) => requests.cached),
  {
    name: 'weir_failovers_total',
    type: 'counter',
    help: 'Failed requests that were sent once more, to stable; ok is an answer below 500.',
    samples: ({ labels, requests }) => byLabel(labels, 'result', FAILOVER_RESULTS, requests.failovers),
  },
  counter(
    'weir_diverted_total',
    'Requests that the breaker sent to stable.',
    ({ requests }) => requests.diverted,
  ),
  counter(
    'weir_breaker_open_total',
    'How often the breaker of an isolate opened.',
    ({ requests }) => requests.breakerOpen,
  ),
  {
    name: 'weir_faults_total',
    type: 'counter',
    help: 'Requests with a rehearsed failure, by kind.',
    samples: ({ labels, requests }) => byLabel(labels, 'kind', FAULT_KINDS, requests.faults),
  },
  {
    name: 'weir_goals_total',
    type: 'counter',
    help: 'Requests that reached a goal of the document.',
    samples: ({ labels, requests }) =>
      (requests.goals ?? []).map(([goal, value]) => ({ labels: [...labels, ['goal', goal]], value })),
  },
  counter('weir_mirrored_total', 'Copies of requests that were sent to the variant.', ({ mirrored }) =>
    mirrored.codes.reduce((sum, count) => sum + count, 0),
  ),
  {
    name: 'weir_mirrored_errors_total',
    type: 'counter',
    help: 'Copies that ended in a 5xx answer or in none, by kind.',
    samples: ({ labels, mirrored }) => byLabel(labels, 'kind', ERROR_KINDS, mirrored.errors),
  },
  {
    name: 'weir_mirrored_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time to response headers of copies.',
    samples: ({ labels, mirrored }) => histogramSamples(labels, mirrored.duration),
  },
];

const OF_ROLLOUTS: readonly FamilyOf<Snapshot>[] = [
  {
    name: 'weir_weight_percent',
    type: 'gauge',
    unit: 'percent',
    help: 'Share of visitors that each variant gets.',
    samples: ({ rollout, weights }) =>
      Object.entries(weights).map(([variant, share]) => ({
        labels: variantLabels(rollout, variant),
        value: share / 1000,
      })),
  },
  {
    name: 'weir_config_errors_total',
    type: 'counter',
    help: 'Config readings that were refused; the last good one stayed in force.',
    samples: ({ rollout, configErrors }) => [{ labels: [['rollout', rollout]], value: configErrors }],
  },
  {
    name: 'weir_lost_outcomes_total',
    type: 'counter',
    help: 'Outcomes that were dropped because the hub could not be reached.',
    samples: ({ rollout, lost }) => [{ labels: [['rollout', rollout]], value: lost }],
  },
  {
    name: 'weir_sink_lost_outcomes_total',
    type: 'counter',
    help: 'Outcomes that a sink beside the hub did not take; the hub has them.',
    samples: ({ rollout, sinks = {} }) =>
      Object.entries(sinks).map(([sink, { lost }]) => ({
        labels: [
          ['rollout', rollout],
          ['sink', sink],
        ],
        value: lost,
      })),
  },
];

const OF_HUBS: readonly FamilyOf<Scrape['hubs'][number]>[] = [
  {
    name: 'weir_hub_up',
    type: 'gauge',
    help: 'Whether the hub of the rollout answered; while it is 0 the other series of the rollout are absent.',
    samples: ({ rollout, isUp }) => [{ labels: [['rollout', rollout]], value: isUp ? 1 : 0 }],
  },
];
