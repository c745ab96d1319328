/**
 * Prometheus text exposition format 0.0.4. Names and labels are the Contract's; every rollout and
 * variant shows all its series from the first scrape on, so that a rate never starts from nothing.
 */
import { CLASSIC_BOUNDS, countOf, countUpTo, fromSparse } from '../analysis/histogram.ts';
import type { CountsRecord } from './counts.ts';
import { CODES, ERROR_KINDS } from './outcome.ts';
import type { Snapshot } from './snapshot.ts';

type Labels = readonly (readonly [name: string, value: string])[];
type Sample = { readonly suffix?: string; readonly labels: Labels; readonly value: number };

export function exposition(snapshots: readonly Snapshot[]): string {
  const perVariant = (samples: (labels: Labels, record: CountsRecord) => Sample[]): Sample[] =>
    snapshots.flatMap(snapshot =>
      Object.entries(snapshot.totals).flatMap(([variant, record]) =>
        samples(
          [
            ['rollout', snapshot.rollout],
            ['variant', variant],
          ],
          record,
        ),
      ),
    );
  const perRollout = (value: (snapshot: Snapshot) => number): Sample[] =>
    snapshots.map(snapshot => ({ labels: [['rollout', snapshot.rollout]], value: value(snapshot) }));

  return [
    family(
      'weir_requests_total',
      'counter',
      'Proxied requests by status class of the answer; none is no answer.',
      perVariant((labels, record) =>
        CODES.map((code, i) => ({ labels: [...labels, ['code', code]], value: record.codes[i] ?? 0 })),
      ),
    ),
    family(
      'weir_errors_total',
      'counter',
      'Requests that ended in a 5xx answer or in none, by kind.',
      perVariant((labels, record) =>
        ERROR_KINDS.map((kind, i) => ({ labels: [...labels, ['kind', kind]], value: record.errors[i] ?? 0 })),
      ),
    ),
    family(
      'weir_request_duration_seconds',
      'histogram',
      'Time to response headers.',
      perVariant(histogramSamples),
    ),
    family(
      'weir_assignments_total',
      'counter',
      'Visitors without a cookie who were drawn a variant.',
      perVariant((labels, record) => [{ labels, value: record.assignments }]),
    ),
    family(
      'weir_cached_total',
      'counter',
      "Answers from Cloudflare's cache.",
      perVariant((labels, record) => [{ labels, value: record.cached }]),
    ),
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
  ].join('');
}

function histogramSamples(labels: Labels, record: CountsRecord): Sample[] {
  const histogram = fromSparse(record.duration);
  const count = countOf(histogram);
  return [
    ...CLASSIC_BOUNDS.map(bound => ({
      suffix: '_bucket',
      labels: [...labels, ['le', String(bound)] as const],
      value: countUpTo(histogram, Math.log2(bound)),
    })),
    { suffix: '_bucket', labels: [...labels, ['le', '+Inf']], value: count },
    { suffix: '_sum', labels, value: histogram.sumMs / 1000 },
    { suffix: '_count', labels, value: count },
  ];
}

function family(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(sample => {
    const labels = sample.labels.map(([label, value]) => `${label}="${escapeLabel(value)}"`).join(',');
    return `${name}${sample.suffix ?? ''}{${labels}} ${sample.value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
