/**
 * A batch as OpenTelemetry metrics. Names follow OpenTelemetry's habits and are chosen so that its
 * rules for Prometheus (specification, "Prometheus and OpenMetrics Compatibility") turn them into the
 * Contract's: `weir.request.duration` in `s` is `weir_request_duration_seconds`.
 *
 * Counts are deltas. What is 0 is not sent: with deltas it says nothing.
 */
import { VERSION } from '../version.ts';
import type { Batch } from './batch.ts';
import { fromRecord, requestsOf, toRecord, type Counts, type CountsRecord } from './counts.ts';
import { PLAIN_REASONS } from './decisions.ts';
import { CODES, ERROR_KINDS, FAILOVER_RESULTS, FAULT_KINDS } from './outcome.ts';
import { flagCounters } from './otlp-flags.ts';
import {
  attribute,
  gaugeOf,
  histogramOf,
  histogramPoint,
  nanoseconds,
  sumOf,
  type Attribute,
  type CountPoint,
  type ExportMetricsServiceRequest,
  type Metric,
  type Span,
} from './otlp-message.ts';

/** The version of the semantic conventions that the attributes' names are from. */
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0';

const REQUESTS = '{request}';

interface Variant {
  readonly attributes: readonly Attribute[];
  readonly counts: Counts;
}
/** One point: what it is told apart by, and how often it happened. */
type Counted = readonly [attributes: readonly Attribute[], count: number];

export function exportRequestOf(batch: Batch): ExportMetricsServiceRequest {
  const span = { startTimeUnixNano: nanoseconds(batch.since), timeUnixNano: nanoseconds(batch.until) };
  const metrics = [...counterMetrics(batch, span), ...durationMetrics(batch, span), weights(batch, span)];
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            attribute('service.name', 'weir'),
            attribute('service.version', VERSION),
            attribute('service.instance.id', batch.isolate),
            // The conventions list neither; Cloudflare's own traces carry these values.
            attribute('cloud.provider', 'cloudflare'),
            attribute('cloud.platform', 'cloudflare.workers'),
          ],
        },
        scopeMetrics: [
          {
            scope: { name: 'weir', version: VERSION },
            metrics: metrics.filter(metric => pointsOf(metric) > 0),
            schemaUrl: SCHEMA_URL,
          },
        ],
        schemaUrl: SCHEMA_URL,
      },
    ],
  };
}

/** Data points in a request: what a receiver's partial success counts in. */
export function dataPointsOf(request: ExportMetricsServiceRequest): number {
  return request.resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .reduce((sum, metric) => sum + pointsOf(metric), 0);
}

function pointsOf(metric: Metric): number {
  if ('sum' in metric) return metric.sum.dataPoints.length;
  if ('gauge' in metric) return metric.gauge.dataPoints.length;
  return metric.exponentialHistogram.dataPoints.length;
}

function counterMetrics(batch: Batch, span: Span): Metric[] {
  const variants = variantsOf(batch, batch.totals);
  const mirrors = variantsOf(batch, batch.mirrors ?? {});
  const counter = (name: string, unit: string, description: string, counted: readonly Counted[]): Metric => {
    const points = counted.map(([attributes, count]): CountPoint => ({
      attributes,
      ...span,
      asInt: String(count),
    }));
    return sumOf(
      { name, description, unit },
      points.filter(({ asInt }) => asInt !== '0'),
    );
  };
  const rollout = [attribute('weir.rollout', batch.rollout)];
  return [
    counter(
      'weir.requests',
      REQUESTS,
      'Proxied requests by status class of the answer; none is no answer.',
      by(variants, 'weir.response.class', CODES, counts => counts.codes),
    ),
    counter(
      'weir.errors',
      REQUESTS,
      'Requests that ended in a 5xx answer or in none, by kind.',
      by(variants, 'error.type', ERROR_KINDS, counts => counts.errors),
    ),
    counter(
      'weir.assignments',
      '{visitor}',
      'Visitors without a cookie who were drawn a variant.',
      each(variants, counts => counts.assignments),
    ),
    counter('weir.decisions', REQUESTS, 'How visitors got their variant.', variants.flatMap(decisions)),
    counter(
      'weir.cached',
      REQUESTS,
      "Answers from Cloudflare's cache.",
      each(variants, counts => counts.cached),
    ),
    counter(
      'weir.failovers',
      REQUESTS,
      'Failed requests that were sent once more, to stable; ok is an answer below 500.',
      by(variants, 'weir.result', FAILOVER_RESULTS, counts => counts.failovers),
    ),
    counter(
      'weir.diverted',
      REQUESTS,
      'Requests that the breaker sent to stable.',
      each(variants, counts => counts.diverted),
    ),
    counter(
      'weir.breaker.open',
      '{opening}',
      'How often the breaker of an isolate opened.',
      each(variants, counts => counts.breakerOpen),
    ),
    counter(
      'weir.faults',
      REQUESTS,
      'Requests with a rehearsed failure, by kind.',
      by(variants, 'weir.fault', FAULT_KINDS, counts => counts.faults),
    ),
    counter('weir.goals', REQUESTS, 'Requests that reached a goal of the document.', variants.flatMap(goals)),
    counter(
      'weir.mirrored',
      REQUESTS,
      'Copies of requests that were sent to the variant.',
      each(mirrors, requestsOf),
    ),
    counter(
      'weir.mirrored_errors',
      REQUESTS,
      'Copies that ended in a 5xx answer or in none, by kind.',
      by(mirrors, 'error.type', ERROR_KINDS, counts => counts.errors),
    ),
    counter(
      'weir.config.errors',
      '{reading}',
      'Config readings that were refused; the last good one stayed in force.',
      [[rollout, batch.configErrors]],
    ),
    counter(
      'weir.lost_outcomes',
      REQUESTS,
      'Outcomes that were dropped because this receiver did not take them.',
      [[rollout, batch.lost]],
    ),
    ...flagCounters(batch).map(({ name, unit, description, points }) =>
      counter(name, unit, description, points),
    ),
  ];
}

function durationMetrics(batch: Batch, span: Span): Metric[] {
  const metric = (name: string, description: string, variants: readonly Variant[]): Metric => {
    const points = variants.map(({ attributes, counts }) =>
      histogramPoint(attributes, span, toRecord(counts).duration),
    );
    return histogramOf(
      { name, description, unit: 's' },
      points.filter(({ count }) => count !== '0'),
    );
  };
  return [
    metric('weir.request.duration', 'Time to response headers.', variantsOf(batch, batch.totals)),
    metric(
      'weir.mirrored_duration',
      'Time to response headers of copies.',
      variantsOf(batch, batch.mirrors ?? {}),
    ),
  ];
}

function weights(batch: Batch, { timeUnixNano }: Span): Metric {
  return gaugeOf(
    { name: 'weir.weight', description: 'Share of visitors that each variant gets.', unit: '%' },
    Object.entries(batch.weights).map(([variant, share]) => ({
      attributes: attributesOf(batch, variant),
      timeUnixNano,
      asDouble: share / 1000,
    })),
  );
}

function variantsOf(batch: Batch, records: Readonly<Record<string, CountsRecord>>): Variant[] {
  return Object.entries(records).map(([variant, record]) => ({
    attributes: attributesOf(batch, variant),
    counts: fromRecord(record),
  }));
}

function attributesOf(batch: Batch, variant: string): Attribute[] {
  return [attribute('weir.rollout', batch.rollout), attribute('weir.variant', variant)];
}

function each(variants: readonly Variant[], count: (counts: Counts) => number): Counted[] {
  return variants.map(({ attributes, counts }) => [attributes, count(counts)]);
}

function by(
  variants: readonly Variant[],
  key: string,
  values: readonly string[],
  count: (counts: Counts) => readonly number[],
): Counted[] {
  return variants.flatMap(({ attributes, counts }) =>
    values.map((value, i): Counted => [[...attributes, attribute(key, value)], count(counts)[i] ?? 0]),
  );
}

function goals({ attributes, counts }: Variant): Counted[] {
  return [...counts.goals].map(([goal, count]) => [[...attributes, attribute('weir.goal', goal)], count]);
}

function decisions({ attributes, counts: { decisions } }: Variant): Counted[] {
  const reason = (value: string): Attribute => attribute('weir.reason', value);
  return [
    ...PLAIN_REASONS.map((plain, i): Counted => [[...attributes, reason(plain)], decisions.plain[i] ?? 0]),
    ...[...decisions.rules].map(([rule, count]): Counted => [
      [...attributes, reason('rule'), attribute('weir.rule', rule)],
      count,
    ]),
  ];
}
