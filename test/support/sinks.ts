/** A Weir that writes to every sink, what each of them got, and ways to make each fail. */
import { CLASSIC_BOUNDS } from '../../src/core/analysis/histogram.ts';
import { ROW_POWERS } from '../../src/core/metrics/analytics-row.ts';
import { scrape, sum } from './figures.ts';
import { startFrailWeir, type FrailWeir, type HubBehaviour } from './frail-hub.ts';
import { bodyOf, startOrigin } from './origin.ts';
import { attributesOf, countsIn, metricsIn, type DecodedRequest } from './otlp-messages.ts';
import { startOtlpReceiver, type OtlpAnswer } from './otlp-receiver.ts';

/** What a sink knows of one variant, in the terms that all of them share. */
export interface Received {
  readonly requests: number;
  readonly errors: number;
  /** Requests that took at most so many seconds. */
  readonly upTo: Readonly<Record<number, number>>;
}

export interface SinkUnderTest {
  received(rollout: string, variant: string): Promise<Received>;
  /** Ways to fail, by what the sink then does. */
  readonly failures: Readonly<
    Record<string, { readonly fail: () => Promise<void>; readonly heal: () => Promise<void> }>
  >;
}

export interface SinkStage {
  readonly weir: FrailWeir;
  readonly sinks: Readonly<Record<'hub' | 'analytics-engine' | 'otlp', SinkUnderTest>>;
  close(): Promise<void>;
}

/** Bounds in seconds that every sink can tell. */
const BOUNDS = CLASSIC_BOUNDS.filter(bound => ROW_POWERS.some(power => 2 ** power === bound));

export async function startSinkStage(): Promise<SinkStage> {
  const receiver = await startOtlpReceiver();
  const dataset = await startDataset();
  const weir = await startFrailWeir(
    { SINKS: 'hub, analytics-engine,otlp', OTLP_ENDPOINT: receiver.url, OTLP_HEADERS: 'x-key=secret' },
    { analyticsEngine: { script: DATASET, target: dataset.url } },
  );

  const hub = (behaviour: HubBehaviour) => ({
    fail: () => weir.hub(behaviour),
    heal: () => weir.hub('ok'),
  });
  const acknowledged: DecodedRequest[] = [];
  const otlp = (answer: OtlpAnswer) => ({
    fail() {
      acknowledged.push(...receiver.requests.splice(0));
      receiver.answer = answer;
      return Promise.resolve();
    },
    heal() {
      // Not acknowledged: it has to come again.
      receiver.requests.length = 0;
      receiver.answer = { kind: 'taken' };
      return Promise.resolve();
    },
  });
  const otlpRequests = (): readonly DecodedRequest[] =>
    receiver.answer.kind === 'taken' ? [...acknowledged, ...receiver.requests] : acknowledged;
  return {
    weir,
    sinks: {
      hub: {
        received: async (rollout, variant) => hubFigures(weir, rollout, variant),
        failures: { throws: hub('throws'), hangs: hub('hangs') },
      },
      'analytics-engine': {
        received: (rollout, variant) => Promise.resolve(rowFigures(dataset.rows, rollout, variant)),
        failures: { throws: { fail: () => dataset.say('throw'), heal: () => dataset.say('write') } },
      },
      otlp: {
        received: (rollout, variant) => Promise.resolve(otlpFigures(otlpRequests(), rollout, variant)),
        failures: {
          hangs: otlp({ kind: 'hang' }),
          'closes the connection': otlp({ kind: 'reset' }),
          'answers 503': otlp({ kind: 'status', status: 503 }),
        },
      },
    },
    async close() {
      await weir.stop();
      if (receiver.faults.length > 0) throw new Error(receiver.faults.join('\n'));
      await receiver.close();
      await dataset.close();
    },
  };
}

async function hubFigures(weir: FrailWeir, rollout: string, variant: string): Promise<Received> {
  const samples = await scrape(weir);
  const of = (metric: string, more: Readonly<Record<string, string>> = {}): number =>
    sum(samples, metric, { rollout, variant, ...more });
  return {
    requests: of('weir_requests_total'),
    errors: of('weir_errors_total'),
    upTo: Object.fromEntries(
      BOUNDS.map(bound => [
        bound,
        of('weir_request_duration_seconds_bucket', { le: bound < 1 ? String(bound) : `${bound}.0` }),
      ]),
    ),
  };
}

interface Row {
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

function rowFigures(rows: readonly Row[], rollout: string, variant: string): Received {
  const own = rows.filter(({ blobs }) => blobs[1] === rollout && blobs[2] === variant);
  const total = (column: number): number => own.reduce((sum, { doubles }) => sum + doubles[column - 1]!, 0);
  return {
    requests: total(1),
    errors: total(2),
    upTo: Object.fromEntries(
      BOUNDS.map(bound => [bound, total(11 + ROW_POWERS.findIndex(power => 2 ** power === bound))]),
    ),
  };
}

function otlpFigures(requests: readonly DecodedRequest[], rollout: string, variant: string): Received {
  const isOwn = (attributes: Readonly<Record<string, string>>): boolean =>
    attributes['weir.rollout'] === rollout && attributes['weir.variant'] === variant;
  const total = (name: string): number =>
    countsIn(requests, name)
      .filter(([attributes]) => isOwn(attributes))
      .reduce((sum, [, count]) => sum + count, 0);
  const points = requests
    .flatMap(metricsIn)
    .filter(({ name }) => name === 'weir.request.duration')
    .flatMap(({ exponentialHistogram }) => exponentialHistogram?.dataPoints ?? [])
    .filter(({ attributes }) => isOwn(attributesOf(attributes)));
  return {
    requests: total('weir.requests'),
    errors: total('weir.errors'),
    upTo: Object.fromEntries(
      BOUNDS.map(bound => [bound, points.reduce((sum, point) => sum + countUpTo(point, bound), 0)]),
    ),
  };
}

type HistogramPoint = NonNullable<
  ReturnType<typeof metricsIn>[number]['exponentialHistogram']
>['dataPoints'][number];

/** Bucket i of the OpenTelemetry layout holds (base^(offset+i), base^(offset+i+1)]. */
function countUpTo({ scale, zeroCount, positive }: HistogramPoint, seconds: number): number {
  const { offset, bucketCounts } = positive ?? { offset: 0, bucketCounts: [] };
  return bucketCounts
    .filter((_, i) => (offset + i + 1) * 2 ** -scale <= Math.log2(seconds))
    .reduce((sum, count) => sum + Number(count), Number(zeroCount));
}

/**
 * Analytics Engine's binding is synchronous and says nothing; so is this one, which passes rows on. It
 * throws while its target, when last asked, said so.
 */
const DATASET = `
let isThrowing = false;
export default env => ({
  writeDataPoint(point) {
    fetch(env.TARGET, { method: 'POST', body: isThrowing ? '' : JSON.stringify(point) })
      .then(response => response.text())
      .then(mode => (isThrowing = mode === 'throw'));
    if (isThrowing) throw new Error('the dataset is away');
  },
});`;

async function startDataset() {
  const rows: Row[] = [];
  let mode = 'write';
  const origin = await startOrigin((request, response) => {
    void bodyOf(request).then(body => {
      if (body.length > 0) rows.push(JSON.parse(body.toString('utf8')) as Row);
      response.end(mode);
    });
  });
  return {
    url: origin.url,
    rows,
    say: (next: 'write' | 'throw') => Promise.resolve(void (mode = next)),
    close: () => origin.close(),
  };
}
