/**
 * What /metrics shows. Names and labels are the Contract's; every rollout and variant shows all its
 * series from the first scrape on, so that a rate never starts from nothing.
 */
import { emptyCounts, toRecord, type CountsRecord } from './counts.ts';
import { decisionSamples } from './decisions.ts';
import { CODES, ERROR_KINDS, FAILOVER_RESULTS, FAULT_KINDS } from './outcome.ts';
import { byLabel, family, histogramSamples, type Labels, type Sample } from './prometheus.ts';
import type { Snapshot } from './snapshot.ts';

/** One variant's counts: of its requests, and of the copies that were sent to it. */
interface Row {
  readonly labels: Labels;
  readonly requests: CountsRecord;
  readonly mirrored: CountsRecord;
}

const NONE = toRecord(emptyCounts());

export function exposition(snapshots: readonly Snapshot[]): string {
  const rows = snapshots.flatMap(rowsOf);
  return [
    ...requestFamilies(rows),
    ...shieldFamilies(rows),
    ...mirrorFamilies(rows),
    ...rolloutFamilies(snapshots),
  ].join('');
}

function rowsOf({ rollout, totals, mirrors = {} }: Snapshot): Row[] {
  // A copy may have been sent to a variant that has had no request of its own yet.
  const variants = new Set([...Object.keys(totals), ...Object.keys(mirrors)]);
  return [...variants].map(variant => ({
    labels: [
      ['rollout', rollout],
      ['variant', variant],
    ],
    requests: ownRecord(totals, variant),
    mirrored: ownRecord(mirrors, variant),
  }));
}

/** A variant may be named like something that every object has (`constructor`). */
function ownRecord(records: Readonly<Record<string, CountsRecord>>, variant: string): CountsRecord {
  return (Object.hasOwn(records, variant) ? records[variant] : undefined) ?? NONE;
}

function counter(
  rows: readonly Row[],
  name: string,
  help: string,
  value: (requests: CountsRecord) => number | undefined,
): string {
  const samples = rows.map(({ labels, requests }) => ({ labels, value: value(requests) ?? 0 }));
  return family(name, 'counter', help, samples);
}

function requestFamilies(rows: readonly Row[]): string[] {
  return [
    family(
      'weir_requests_total',
      'counter',
      'Proxied requests by status class of the answer; none is no answer.',
      rows.flatMap(({ labels, requests }) => byLabel(labels, 'code', CODES, requests.codes)),
    ),
    family(
      'weir_errors_total',
      'counter',
      'Requests that ended in a 5xx answer or in none, by kind.',
      rows.flatMap(({ labels, requests }) => byLabel(labels, 'kind', ERROR_KINDS, requests.errors)),
    ),
    family(
      'weir_request_duration_seconds',
      'histogram',
      'Time to response headers.',
      rows.flatMap(({ labels, requests }) => histogramSamples(labels, requests.duration)),
    ),
    counter(
      rows,
      'weir_assignments_total',
      'Visitors without a cookie who were drawn a variant.',
      requests => requests.assignments,
    ),
    family(
      'weir_decisions_total',
      'counter',
      'How visitors got their variant.',
      rows.flatMap(({ labels, requests }) => decisionSamples(labels, requests.decisions)),
    ),
    counter(rows, 'weir_cached_total', "Answers from Cloudflare's cache.", requests => requests.cached),
  ];
}

/** What keeps visitors from a bad candidate, and what rehearses one. */
function shieldFamilies(rows: readonly Row[]): string[] {
  return [
    family(
      'weir_failovers_total',
      'counter',
      'Failed requests that were sent once more, to stable; ok is an answer below 500.',
      rows.flatMap(({ labels, requests }) => byLabel(labels, 'result', FAILOVER_RESULTS, requests.failovers)),
    ),
    counter(
      rows,
      'weir_diverted_total',
      'Requests that the breaker sent to stable.',
      requests => requests.diverted,
    ),
    counter(
      rows,
      'weir_breaker_open_total',
      'How often the breaker of an isolate opened.',
      requests => requests.breakerOpen,
    ),
    family(
      'weir_faults_total',
      'counter',
      'Requests with a rehearsed failure, by kind.',
      rows.flatMap(({ labels, requests }) => byLabel(labels, 'kind', FAULT_KINDS, requests.faults)),
    ),
  ];
}

function mirrorFamilies(rows: readonly Row[]): string[] {
  return [
    family(
      'weir_mirrored_total',
      'counter',
      'Copies of requests that were sent to the variant.',
      rows.map(({ labels, mirrored }) => ({ labels, value: mirrored.codes.reduce((sum, n) => sum + n, 0) })),
    ),
    family(
      'weir_mirrored_errors_total',
      'counter',
      'Copies that ended in a 5xx answer or in none, by kind.',
      rows.flatMap(({ labels, mirrored }) => byLabel(labels, 'kind', ERROR_KINDS, mirrored.errors)),
    ),
    family(
      'weir_mirrored_duration_seconds',
      'histogram',
      'Time to response headers of copies.',
      rows.flatMap(({ labels, mirrored }) => histogramSamples(labels, mirrored.duration)),
    ),
  ];
}

function rolloutFamilies(snapshots: readonly Snapshot[]): string[] {
  const perRollout = (value: (snapshot: Snapshot) => number): Sample[] =>
    snapshots.map(snapshot => ({ labels: [['rollout', snapshot.rollout]], value: value(snapshot) }));
  return [
    family(
      'weir_weight_percent',
      'gauge',
      'Share of visitors that each variant gets.',
      snapshots.flatMap(snapshot =>
        Object.entries(snapshot.weights).map(([variant, share]) => ({
          labels: [
            ['rollout', snapshot.rollout],
            ['variant', variant],
          ] as const,
          value: share / 1000,
        })),
      ),
    ),
    family(
      'weir_config_errors_total',
      'counter',
      'Config readings that were refused; the last good one stayed in force.',
      perRollout(snapshot => snapshot.configErrors),
    ),
    family(
      'weir_lost_outcomes_total',
      'counter',
      'Outcomes that were dropped because the hub could not be reached.',
      perRollout(snapshot => snapshot.lost),
    ),
  ];
}
