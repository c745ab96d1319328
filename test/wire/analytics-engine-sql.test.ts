import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EVERY_MINUTE,
  errorRatio,
  latencyQuantile,
  requestsPerSecond,
  weight,
} from '../../grafana/analytics-engine-sql.ts';
import { ROW_POWERS, rowsOf, toDataPoint } from '../../src/core/metrics/analytics-row.ts';
import { addOutcome, emptyCounts, toRecord } from '../../src/core/metrics/counts.ts';
import { codeOf, errorOf } from '../../src/core/metrics/outcome.ts';
import { batchOf } from '../support/batches.ts';
import {
  HAS_CLICKHOUSE,
  startClickHouse,
  type ClickHouse,
  type Row,
  type StoredPoint,
} from '../support/clickhouse.ts';

interface Request {
  readonly status: number;
  readonly ms: number;
}
/** What happened to one variant in one minute. */
interface Truth {
  readonly t: number;
  readonly variant: string;
  readonly requests: readonly Request[];
  readonly weight: number;
}

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** Ten minutes ago, at the start of a minute. */
const START = Math.floor(Date.now() / 60_000) * 60 - 600;
const STATUSES = [200, 200, 200, 204, 301, 404, 500, 200, 522, 200, 503];
const SLOW = [3, 12, 18, 40, 77, 125, 260, 300, 700, 1500, 3100, 7000, 9000];
const FAST = [0, 5, 15, 16, 20, 31, 33, 90];

/** Batches of one isolate each, some of them standing for many. */
const BATCHES = [0, 1, 2].flatMap(minute =>
  (['stable', 'canary'] as const).flatMap((variant, v) =>
    [1, 7, 100].map(sampleInterval => ({
      t: START + minute * 60,
      variant,
      sampleInterval,
      weight: variant === 'canary' ? 10 + minute * 5 : 90 - minute * 5,
      requests: Array.from({ length: 30 + minute * 11 + sampleInterval + v }, (_, i): Request => ({
        status: STATUSES[(i * (v + 1) + minute) % (v === 0 ? 6 : STATUSES.length)]!,
        ms: v === 0 ? FAST[(i + minute) % FAST.length]! : SLOW[(i * 5 + minute) % SLOW.length]!,
      })),
    })),
  ),
);

function pointsOf(rollout = 'default'): StoredPoint[] {
  return BATCHES.flatMap(({ t, variant, sampleInterval, weight, requests }, i) => {
    const counts = emptyCounts();
    for (const { status, ms } of requests) addOutcome(counts, codeOf(status), errorOf(status), ms);
    const totals = { [variant]: toRecord(counts) };
    const batch = batchOf([], { rollout, totals, weights: { [variant]: weight * 1000 } });
    return rowsOf(batch).map(row => ({ ...toDataPoint(row), timestamp: t + i, sampleInterval }));
  });
}

const TRUTHS: Truth[] = [0, 1, 2].flatMap(minute =>
  ['canary', 'stable'].map(variant => {
    const t = START + minute * 60;
    const batches = BATCHES.filter(batch => batch.t === t && batch.variant === variant);
    const requests = batches.flatMap(batch =>
      Array.from({ length: batch.sampleInterval }, () => batch.requests).flat(),
    );
    return { t, variant, requests, weight: batches[0]!.weight };
  }),
);

const share = (requests: readonly Request[], holds: (request: Request) => boolean): number =>
  requests.filter(holds).length / requests.length;

type Check = (value: number, truth: Truth) => void;
const isClose = (expected: (truth: Truth) => number): Check => {
  return (value, truth) => expect(value).toBeCloseTo(expected(truth), 9);
};

/** In the bucket of the exact quantile of the nearest rank; above the last bound it is the last bound. */
const isQuantile = (q: number): Check => {
  return (value, { requests }) => {
    const sorted = requests.map(({ ms }) => ms / 1000).sort((a, b) => a - b);
    const exact = sorted[Math.ceil(q * sorted.length - 1e-9) - 1]!;
    const bounds = [0, ...ROW_POWERS.map(power => 2 ** power)];
    const above = bounds.findIndex(bound => bound >= exact);
    if (above === -1) expect(value).toBe(bounds.at(-1));
    else {
      expect(value).toBeGreaterThanOrEqual(bounds[above - 1] ?? 0);
      expect(value).toBeLessThanOrEqual(bounds[above]! * (1 + 1e-9));
    }
  };
};

const CHECKS: Readonly<Record<string, Check>> = {
  Weight: isClose(truth => truth.weight),
  'Requests per second': isClose(truth => truth.requests.length / 60),
  'Error ratio': isClose(truth => share(truth.requests, ({ status }) => status >= 500)),
  'No answer': isClose(truth => share(truth.requests, ({ status }) => status === 522)),
  'Latency p50': isQuantile(0.5),
  'Latency p95': isQuantile(0.95),
  'Latency p99': isQuantile(0.99),
};

/** One row for each variant and minute, in that order, each with the figure that is true. */
function agree(rows: readonly Row[], check: Check, unit: number): void {
  expect(rows.map(({ t, variant }) => [Number(t) / unit, variant])).toEqual(
    TRUTHS.map(({ t, variant }) => [t, variant]),
  );
  for (const [i, row] of rows.entries()) {
    const [figure] = Object.keys(row).filter(column => column !== 't' && column !== 'variant');
    check(Number(row[figure!]), TRUTHS[i]!);
  }
}

const [section = ''] = read('docs/metrics.md').split('## Analytics Engine').slice(1);
const documented = [...section.matchAll(/```sql\n(.*?)\n```/gs)].map(([, sql]) => sql ?? '');

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly query: string }[];
}
const dashboard = JSON.parse(read('grafana/weir-analytics-engine.json')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
};

/** As Altinity's plugin does it before it asks. */
function expanded(query: string): string {
  return query
    .replaceAll('$timeSeries', '(intDiv(toUInt32(timestamp), 60) * 60) * 1000')
    .replaceAll(
      '$timeFilter',
      `timestamp >= toDateTime(${START}) AND timestamp <= toDateTime(${START + 600})`,
    )
    .replaceAll('$interval', '60')
    .replaceAll('${rollout:raw}', 'default');
}

/** Of those that Analytics Engine's SQL reference names, those in use. */
const DOCUMENTED_FUNCTIONS = ['sum', 'if', 'pow', 'intDiv', 'toUInt32', 'toDateTime', 'NOW'];

describe('every query', () => {
  it("keeps to the functions of Analytics Engine's SQL reference", () => {
    const queries = [
      ...documented,
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ query }) => expanded(query))),
    ];
    const functions = queries.flatMap(query => [...query.matchAll(/\b(\w+)\(/g)].map(([, name]) => name));
    expect(functions.filter(name => !DOCUMENTED_FUNCTIONS.includes(name!))).toEqual([]);
    expect(queries.filter(query => /\b(JOIN|UNION|WITH|ARRAY|OVER|CASE|DISTINCT)\b/i.test(query))).toEqual(
      [],
    );
  });
});

describe('the queries of docs/metrics.md', () => {
  it('are those that are tested', () => {
    const asked = [requestsPerSecond, errorRatio, weight].map(question => question(EVERY_MINUTE));
    expect(documented).toEqual([...asked, latencyQuantile(EVERY_MINUTE, 0.95)]);
  });
});

describe.skipIf(!HAS_CLICKHOUSE)(
  'against a real ClickHouse (skipped where /usr/sbin/clickhouse-server is absent)',
  () => {
    let clickhouse: ClickHouse;
    beforeAll(async () => {
      clickhouse = await startClickHouse();
      const points = pointsOf();
      await clickhouse.store(points);
      // What must not be mixed in: another rollout, and rows of another schema.
      await clickhouse.store(pointsOf('other.example'));
      await clickhouse.store(points.map(point => ({ ...point, blobs: ['weir.0', ...point.blobs.slice(1)] })));
    });
    afterAll(() => clickhouse.stop());

    it.each([
      ['Requests per second', 0],
      ['Error ratio', 1],
      ['Weight', 2],
      ['Latency p95', 3],
    ])('docs/metrics.md: %s per variant and minute is the truth, sampled rows or not', async (title, i) => {
      agree(await clickhouse.query(documented[i]!), CHECKS[title]!, 1);
    });

    it.each(dashboard.panels.map(({ title, targets }) => [title, targets] as const))(
      'the dashboard: %s per variant is the truth, sampled rows or not',
      async (title, targets) => {
        for (const { query } of targets) agree(await clickhouse.query(expanded(query)), CHECKS[title]!, 1000);
      },
    );

    it('the dashboard offers the rollouts that there are', async () => {
      const rollouts = dashboard.templating.list.find(({ name }) => name === 'rollout');
      expect(await clickhouse.query(rollouts!.query)).toEqual([
        { rollout: 'default' },
        { rollout: 'other.example' },
      ]);
    });

    it('quantiles: a value exactly on a bound, with empty buckets above it, stays there', async () => {
      const counts = emptyCounts();
      for (const ms of [125, 125, 125, 4000]) addOutcome(counts, codeOf(200), undefined, ms);
      const batch = batchOf([], { rollout: 'bounds', totals: { stable: toRecord(counts) } });
      const timestamp = START;
      await clickhouse.store(
        rowsOf(batch).map(row => ({ ...toDataPoint(row), timestamp, sampleInterval: 1 })),
      );
      const asked = { ...EVERY_MINUTE, where: "blob2 = 'bounds'" };
      const [row] = await clickhouse.query(latencyQuantile(asked, 0.75));
      expect(row?.['seconds']).toBeCloseTo(0.125, 12);
    });
  },
);
