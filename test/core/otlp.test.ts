import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST, type SparseHistogram } from '../../src/core/analysis/histogram.ts';
import { dataPointsOf, exportRequestOf } from '../../src/core/metrics/otlp.ts';
import { CODES, ERROR_KINDS } from '../../src/core/metrics/outcome.ts';
import { VERSION } from '../../src/core/version.ts';
import { anyBatch, durations, histogramOf } from '../support/any-batch.ts';
import { batchOf } from '../support/batches.ts';
import {
  attributesOf,
  countsIn,
  decodeStrictly,
  metricsIn,
  type DecodedMetric,
  type DecodedRequest,
} from '../support/otlp-messages.ts';

/** Over the text, as a receiver gets it. */
const sent = (batch: Parameters<typeof exportRequestOf>[0]): DecodedRequest =>
  decodeStrictly(JSON.parse(JSON.stringify(exportRequestOf(batch))));

type HistogramPoint = NonNullable<DecodedMetric['exponentialHistogram']>['dataPoints'][number];

/** Back from OpenTelemetry's layout to the hub's. */
function bucketsOf({ positive, zeroCount, sum }: HistogramPoint): SparseHistogram {
  const counts =
    positive?.bucketCounts.map((count, i): [number, number] => [positive.offset + i, Number(count)]) ?? [];
  const buckets: [number, number][] = [[FIRST, Number(zeroCount)], ...counts];
  return { buckets: buckets.filter(([, count]) => count > 0), sumMs: Math.round(sum * 1000) };
}

function histogramIn(request: DecodedRequest, name: string): HistogramPoint | undefined {
  return metricsIn(request).find(metric => metric.name === name)?.exponentialHistogram?.dataPoints[0];
}

describe('an OTLP request', () => {
  it('is as the official definitions have it, for any batch', () => {
    fc.assert(
      fc.property(anyBatch, batch => void sent(batch)),
      { numRuns: 50 },
    );
  });

  it("carries the hub's histogram, bucket by bucket, for any observations", () => {
    fc.assert(
      fc.property(durations, ms => {
        const duration = histogramOf(ms);
        const { stable } = batchOf([]).totals;
        const point = histogramIn(
          sent(batchOf([], { totals: { stable: { ...stable!, duration } } })),
          'weir.request.duration',
        );
        if (ms.length === 0) expect(point).toBeUndefined();
        else {
          expect(bucketsOf(point!)).toEqual(duration);
          expect([point?.count, point?.scale]).toEqual([String(ms.length), 3]);
        }
      }),
    );
  });

  it('has every positive bucket where its observations are: above its lower bound, up to its upper', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), ms => {
        const { stable } = batchOf([]).totals;
        const totals = { stable: { ...stable!, duration: histogramOf([ms]) } };
        const point = histogramIn(sent(batchOf([], { totals })), 'weir.request.duration');
        // OpenTelemetry data model: bucket i is (base^i, base^(i+1)], base 2^(2^-scale).
        const { offset, bucketCounts } = point!.positive!;
        expect(bucketCounts).toEqual(['1']);
        expect(ms / 1000).toBeGreaterThan(2 ** (offset / 8));
        expect(ms / 1000).toBeLessThanOrEqual(2 ** ((offset + 1) / 8) * (1 + Number.EPSILON));
      }),
    );
  });

  it('holds 0 ms in the zero bucket, and nothing that took a millisecond', () => {
    const { stable } = batchOf([]).totals;
    const totals = { stable: { ...stable!, duration: histogramOf([0, 0, 1]) } };
    const point = histogramIn(sent(batchOf([], { totals })), 'weir.request.duration');
    expect(point).toMatchObject({ zeroCount: '2', zeroThreshold: 2 ** -10, count: '3' });
    expect(point?.min).toBeUndefined();
    expect(point?.max).toBeUndefined();
  });

  it('has the sums of the batch, variant by variant', () => {
    fc.assert(
      fc.property(anyBatch, batch => {
        const request = sent(batch);
        for (const [variant, counts] of Object.entries(batch.totals)) {
          const of = (name: string, key: string, value: string): number =>
            countsIn([request], name)
              .filter(([attributes]) => attributes['weir.variant'] === variant && attributes[key] === value)
              .reduce((sum, [, count]) => sum + count, 0);
          expect(CODES.map(code => of('weir.requests', 'weir.response.class', code))).toEqual(counts.codes);
          expect(ERROR_KINDS.map(kind => of('weir.errors', 'error.type', kind))).toEqual(counts.errors);
          expect(of('weir.assignments', 'weir.variant', variant)).toBe(counts.assignments);
          expect(of('weir.decisions', 'weir.reason', 'rule')).toBe(
            counts.decisions?.rules.reduce((sum, [, count]) => sum + count, 0),
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is a delta over the stretch of time of the batch, to the nanosecond', () => {
    const since = 1_795_448_760_123;
    const request = sent(batchOf([200], { since, until: since + 1000 }));
    const [requests] = metricsIn(request);
    expect(requests).toMatchObject({
      name: 'weir.requests',
      unit: '{request}',
      sum: {
        aggregationTemporality: 1,
        isMonotonic: true,
        dataPoints: [
          { startTimeUnixNano: '1795448760123000000', timeUnixNano: '1795448761123000000', asInt: '1' },
        ],
      },
    });
  });

  it('says who counted, by semantic conventions, and in which names', () => {
    const [metrics] = sent(batchOf([200])).resourceMetrics;
    expect(attributesOf(metrics?.resource.attributes ?? [])).toEqual({
      'service.name': 'weir',
      'service.version': VERSION,
      'service.instance.id': 'isolate-1',
      'cloud.provider': 'cloudflare',
      'cloud.platform': 'cloudflare.workers',
    });
    expect(metrics?.schemaUrl).toMatch(/^https:\/\/opentelemetry\.io\/schemas\/1\./);
    expect(metrics?.scopeMetrics[0]).toMatchObject({
      scope: { name: 'weir', version: VERSION },
      schemaUrl: metrics?.schemaUrl,
    });
  });

  it('has the weights in percent, also of a variant that nobody came to', () => {
    const request = sent(batchOf([200], { weights: { stable: 99_750, canary: 250 } }));
    const weight = metricsIn(request).find(({ name }) => name === 'weir.weight');
    const points = weight?.gauge?.dataPoints.map(point => [
      attributesOf(point.attributes)['weir.variant'],
      point.asDouble,
    ]);
    expect([weight?.unit, points]).toEqual([
      '%',
      [
        ['stable', 99.75],
        ['canary', 0.25],
      ],
    ]);
  });

  it('sends nothing that is 0', () => {
    const request = exportRequestOf(batchOf([200, 200]));
    expect(metricsIn(sent(batchOf([200, 200]))).map(({ name }) => name)).toEqual([
      'weir.requests',
      'weir.request.duration',
      'weir.weight',
    ]);
    expect(dataPointsOf(request)).toBe(3);
  });
});

describe('the version', () => {
  it('is that of package.json', () => {
    const text = readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8');
    expect(VERSION).toBe((JSON.parse(text) as { version: string }).version);
  });
});

describe('the strict decoder of these tests', () => {
  const metric = (change: object) => ({ resourceMetrics: [{ scopeMetrics: [{ metrics: [change] }] }] });
  it.each([
    ['an unknown field', metric({ nom: 'a' })],
    ['a name in snake case', { resource_metrics: [] }],
    ['a number where a text belongs', metric({ name: 1 })],
    ['a 64-bit integer as a number', metric({ sum: { dataPoints: [{ asInt: 1 }] } })],
    ['an enum by its name', metric({ sum: { aggregationTemporality: 'AGGREGATION_TEMPORALITY_DELTA' } })],
    [
      'a fraction where an integer belongs',
      metric({ exponentialHistogram: { dataPoints: [{ scale: 1.5 }] } }),
    ],
    ['an object where a list belongs', { resourceMetrics: {} }],
  ])('refuses %s', (_, json) => {
    expect(() => decodeStrictly(json)).toThrow();
  });
});
