/**
 * The messages of OTLP/JSON that Weir sends (opentelemetry-proto, collector/metrics/v1), in the JSON
 * mapping that the OTLP specification prescribes ("JSON Protobuf Encoding"): names in lowerCamelCase,
 * 64-bit integers as decimal strings, enums as integers.
 */
import { FIRST, fromSparse, toSparse, type SparseHistogram } from '../analysis/histogram.ts';

export interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

/** When the counts of a point were made: after `startTimeUnixNano`, up to `timeUnixNano`. */
export interface Span {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

interface Point {
  readonly attributes: readonly Attribute[];
}
export interface CountPoint extends Point, Span {
  readonly asInt: string;
}
export interface GaugePoint extends Point {
  readonly timeUnixNano: string;
  readonly asDouble: number;
}
export interface HistogramPoint extends Point, Span {
  readonly count: string;
  readonly sum: number;
  readonly scale: number;
  readonly zeroCount: string;
  readonly zeroThreshold: number;
  readonly positive?: { readonly offset: number; readonly bucketCounts: readonly string[] };
}

interface Named {
  readonly name: string;
  readonly description: string;
  /** UCUM (The Unified Code for Units of Measure). */
  readonly unit: string;
}
export type Metric = Named &
  (
    | {
        readonly sum: {
          readonly aggregationTemporality: typeof DELTA;
          readonly isMonotonic: true;
          readonly dataPoints: readonly CountPoint[];
        };
      }
    | { readonly gauge: { readonly dataPoints: readonly GaugePoint[] } }
    | {
        readonly exponentialHistogram: {
          readonly aggregationTemporality: typeof DELTA;
          readonly dataPoints: readonly HistogramPoint[];
        };
      }
  );

export interface ExportMetricsServiceRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly Metric[];
      readonly schemaUrl: string;
    }[];
    readonly schemaUrl: string;
  }[];
}

/** AGGREGATION_TEMPORALITY_DELTA. */
const DELTA = 1;

/** Buckets are bounded by powers of 2^(2^-3), which is the hub's own layout. */
const SCALE = 3;

/**
 * Everything up to here is in the zero bucket: 2^-10 s, the upper bound of the hub's first bucket.
 * Durations are whole milliseconds, so what is in it took 0 ms.
 */
const ZERO_THRESHOLD = 2 ** ((FIRST + 1) / 2 ** SCALE);

/** A lone surrogate, which a rule's name may hold, becomes U+FFFD: protobuf's strings are UTF-8. */
export function attribute(key: string, value: string): Attribute {
  return { key, value: { stringValue: value.toWellFormed() } };
}

/** @param ms whole milliseconds since 1970 @returns nanoseconds, more digits than a number holds */
export function nanoseconds(ms: number): string {
  return String(BigInt(ms) * 1_000_000n);
}

export function sumOf(named: Named, dataPoints: readonly CountPoint[]): Metric {
  return { ...named, sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints } };
}

export function gaugeOf(named: Named, dataPoints: readonly GaugePoint[]): Metric {
  return { ...named, gauge: { dataPoints } };
}

export function histogramOf(named: Named, dataPoints: readonly HistogramPoint[]): Metric {
  return { ...named, exponentialHistogram: { aggregationTemporality: DELTA, dataPoints } };
}

/**
 * Neither minimum nor maximum: the hub has none. The last bucket (index 80, from 2^10 s) also holds
 * everything above it.
 */
export function histogramPoint(
  attributes: readonly Attribute[],
  span: Span,
  duration: SparseHistogram,
): HistogramPoint {
  const histogram = fromSparse(duration);
  const [zeroCount = 0, ...positive] = histogram.counts;
  const filled = toSparse(histogram)
    .buckets.map(([bucket]) => bucket)
    .filter(bucket => bucket > FIRST);
  const [from, to] = [filled[0], filled.at(-1)];
  const buckets =
    from === undefined || to === undefined
      ? {}
      : {
          positive: {
            offset: from,
            bucketCounts: positive.slice(from - FIRST - 1, to - FIRST).map(String),
          },
        };
  return {
    attributes,
    ...span,
    count: String(histogram.counts.reduce((sum, count) => sum + count, 0)),
    sum: histogram.sumMs / 1000,
    scale: SCALE,
    zeroCount: String(zeroCount),
    zeroThreshold: ZERO_THRESHOLD,
    ...buckets,
  };
}
