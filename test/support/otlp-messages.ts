/**
 * Decodes OTLP/JSON with OpenTelemetry's own message definitions (as its JavaScript exporter carries
 * them), and strictly: a field that they don't know, a wrong type, an enum by name or a 64-bit integer
 * as a number is a fault, where a lenient receiver would overlook it.
 */
import { createRequire } from 'node:module';

interface MessageType {
  fromObject(json: object): unknown;
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: object): unknown;
}

const { opentelemetry } = createRequire(import.meta.url)(
  '@opentelemetry/otlp-transformer/build/src/generated/root.js',
) as {
  opentelemetry: {
    proto: { collector: { metrics: { v1: { ExportMetricsServiceRequest: MessageType } } } };
  };
};
const REQUEST = opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;

interface Points<Point> {
  readonly dataPoints: readonly (Point & { readonly attributes: readonly KeyValue[] })[];
  /** 1 is delta. */
  readonly aggregationTemporality: number;
  readonly isMonotonic: boolean;
}
interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}
interface Span {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

/** A metric as it was decoded; what was not sent has its default. */
export interface DecodedMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: Points<Span & { readonly asInt: string }>;
  readonly gauge?: Points<{ readonly timeUnixNano: string; readonly asDouble: number }>;
  readonly exponentialHistogram?: Points<
    Span & {
      readonly count: string;
      readonly sum: number;
      readonly scale: number;
      readonly zeroCount: string;
      readonly zeroThreshold: number;
      readonly positive: { readonly offset: number; readonly bucketCounts: readonly string[] } | null;
      readonly min?: number;
      readonly max?: number;
    }
  >;
}

export interface DecodedRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly DecodedMetric[];
      readonly schemaUrl: string;
    }[];
    readonly schemaUrl: string;
  }[];
}

/** @throws with the path of everything that is not as the definitions have it */
export function decodeStrictly(json: unknown): DecodedRequest {
  if (typeof json !== 'object' || json === null) throw new Error('$: expected an object');
  const message = REQUEST.fromObject(json);
  // By way of the bytes: what does not fit into its field's type comes back as something else.
  const plain = REQUEST.toObject(REQUEST.decode(REQUEST.encode(message).finish()), {
    longs: String,
    enums: Number,
    defaults: true,
  });
  const faults = differences(json, plain, '$');
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return plain as DecodedRequest;
}

/** Where something that was sent is not the same in what was decoded. */
function differences(sent: unknown, decoded: unknown, path: string): string[] {
  if (Array.isArray(sent)) {
    if (!Array.isArray(decoded) || decoded.length !== sent.length)
      return [`${path}: expected no list of this length`];
    return sent.flatMap((item, i) => differences(item, decoded[i], `${path}[${i}]`));
  }
  if (typeof sent === 'object' && sent !== null) {
    if (typeof decoded !== 'object' || decoded === null) return [`${path}: expected no object`];
    const record = decoded as Record<string, unknown>;
    return Object.entries(sent).flatMap(([key, value]) =>
      Object.hasOwn(record, key)
        ? differences(value, record[key], `${path}.${key}`)
        : [`${path}.${key}: unknown field`],
    );
  }
  return Object.is(sent, decoded)
    ? []
    : [`${path}: ${JSON.stringify(sent)} was decoded as ${JSON.stringify(decoded)}`];
}

export function metricsIn(request: DecodedRequest): DecodedMetric[] {
  return request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  );
}

export function attributesOf(attributes: readonly KeyValue[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}

/** All points of the sums with a name, as `[attributes, count]`, over any number of requests. */
export function countsIn(
  requests: readonly DecodedRequest[],
  name: string,
): [Record<string, string>, number][] {
  return requests
    .flatMap(metricsIn)
    .filter(metric => metric.name === name)
    .flatMap(metric => metric.sum?.dataPoints ?? [])
    .map(point => [attributesOf(point.attributes), Number(point.asInt)]);
}
