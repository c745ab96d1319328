/** The whole way of a figure: `npm start`, the traffic generator, and the real Prometheus asked in PromQL. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../demo/visitors.ts';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { npmStart, type Started } from '../support/npm-start.ts';
import { HAS_PROMETHEUS, startPrometheus, type Prometheus } from '../support/prometheus.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const VARIANTS = ['stable', 'canary'] as const;
/** Between what an idle demo origin takes and what the delayed canary takes; a bound of the histogram. */
const BOUND_SECONDS = 2 ** -3;
const CANARY_DELAY_MS = 150;

const npmRun = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('npm', ['run', '--silent', ...args], { cwd: root })).stdout;

describe.skipIf(!HAS_PROMETHEUS)('figures in Prometheus (needs prometheus)', () => {
  let stateDir: string;
  let weir: Started;
  let prometheus: Prometheus;
  /** What the generator saw. */
  let seen: Summary;
  /** When it began, in seconds since 1970: everything from before is taken off. */
  let begin: number;

  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'weir-figures-'));
    weir = await npmStart({ STATE_DIR: stateDir, VIEWER_TOKEN: 'viewer' });
    await eventually('npm start is up', () => weir.output().includes('Ctrl-C stops everything'), 40_000);
    await misbehave();
    prometheus = await startPrometheus({ scrape: weir.url, token: 'viewer' });
    await warmUp();
    begin = Date.now() / 1000;
    const json = await npmRun(
      'demo:traffic',
      '--',
      ...['--url', weir.url, '--rps', '60', '--visitors', '60', '--duration', '8s', '--json'],
    );
    seen = JSON.parse(json) as Summary;
    await eventually(
      'the last batch',
      async () => (await total(`sum(${since('weir_requests_total')})`)) === seen.requests,
      15_000,
    );
  }, 120_000);
  afterAll(async () => {
    weir.kill();
    rmSync(stateDir, { recursive: true });
    await prometheus.stop();
  });

  /** A slow and failing canary and a stable that fails a little, shown to visitors as they are. */
  async function misbehave(): Promise<void> {
    const variants = Object.fromEntries(
      VARIANTS.map(variant => [
        variant,
        { origin: new RegExp(`^ +${variant} +(http://\\S+)$`, 'm').exec(weir.output())![1]! },
      ]),
    );
    for (const [variant, { origin }] of Object.entries(variants))
      await npmRun(
        'demo',
        '--',
        ...[variant, '--port', new URL(origin).port],
        ...(variant === 'canary'
          ? ['--error-rate', '0.3', '--delay', `${CANARY_DELAY_MS}ms`]
          : ['--error-rate', '0.1']),
      );
    await put('default', { variants, proxy: { failover: false, breaker: null } });
    await put('default/weight', 30);
  }

  async function put(path: string, value: unknown): Promise<void> {
    const response = await fetch(`${weir.url}/__weir/api/rollouts/${path}`, {
      method: 'PUT',
      headers: { authorization: 'Bearer token' },
      body: JSON.stringify(value),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }

  /** Until both variants answer under the weight that was put, and nothing of it is still on the way. */
  async function warmUp(): Promise<void> {
    await eventually(
      'the weight in force, and both variants asked',
      async () => {
        await new Visitor().visit(weir.url);
        return (
          (await total('weir_weight_percent{variant="canary"}')) === 30 &&
          (await total('count(sum by (variant) (weir_requests_total) > 0)')) === 2
        );
      },
      30_000,
    );
    // Batches arrive in order: when this one is there, all from before are. It is refused, whatever the error rate.
    await new Visitor().visit(`${weir.url}/__demo/behaviour`);
    await eventually('the last one', async () => (await total('sum(weir_requests_total{code="4xx"})')) === 1);
  }

  const total = async (expression: string): Promise<number> => (await prometheus.value(expression)) ?? 0;

  /** What was added since the generator began: raw counters, so that it is exact. */
  const since = (selector: string): string => `(${selector} - ${selector} @ ${begin})`;

  const of = (metric: string, variant: string, more = ''): Promise<number> =>
    total(`sum(${since(`${metric}{rollout="default",variant="${variant}"${more}}`)})`);

  it('are of traffic that is worth a comparison', () => {
    expect(seen).toMatchObject({ failures: 0, flips: 0 });
    for (const variant of VARIANTS) {
      expect(seen.byVariant[variant]!.requests).toBeGreaterThan(50);
      expect(seen.byVariant[variant]!.statuses['500']).toBeGreaterThan(0);
    }
  });

  it.each(VARIANTS)('equal what the generator saw of %s, to the request and to the error', async variant => {
    const { requests, statuses } = seen.byVariant[variant]!;
    expect(await of('weir_requests_total', variant)).toBe(requests);
    expect(await of('weir_requests_total', variant, ',code="2xx"')).toBe(statuses['200']);
    expect(await of('weir_requests_total', variant, ',code="5xx"')).toBe(statuses['500']);
    expect(await of('weir_errors_total', variant, ',kind="http_5xx"')).toBe(statuses['500']);
    expect(await of('weir_errors_total', variant)).toBe(statuses['500']);
    expect(await of('weir_request_duration_seconds_count', variant)).toBe(requests);
  });

  it('have every request of the delayed canary above the bound, as the generator has', async () => {
    const bucket = `,le="${BOUND_SECONDS}"`;
    expect(await of('weir_request_duration_seconds_bucket', 'canary', bucket)).toBe(upTo('canary'));
    expect(upTo('canary')).toBe(0);
    // The generator waits for the whole answer too, so it may see a slow one where Weir does not.
    const stable = await of('weir_request_duration_seconds_bucket', 'stable', bucket);
    expect(stable).toBeGreaterThanOrEqual(upTo('stable'));
    expect(upTo('stable')).toBeGreaterThan(seen.byVariant['stable']!.requests * 0.9);
  });

  /** Answers within the bound, by the generator's clock. */
  const upTo = (variant: string): number =>
    seen.byVariant[variant]!.latency.upTo.find(({ ms }) => ms === BOUND_SECONDS * 1000)!.answers;

  it.each(VARIANTS)(
    'have the mean latency of %s that the generator saw, less the way to it',
    async variant => {
      const { requests, latency } = seen.byVariant[variant]!;
      const mean = ((await of('weir_request_duration_seconds_sum', variant)) / requests) * 1000;
      // Whole milliseconds may round up.
      expect(mean).toBeLessThanOrEqual(latency.mean + 1);
      // On a machine that is busy with other tests the way takes its time.
      expect(mean).toBeGreaterThanOrEqual(latency.mean - 250);
      if (variant === 'canary') expect(mean).toBeGreaterThanOrEqual(CANARY_DELAY_MS - 1);
    },
  );

  it.each(VARIANTS)(
    'have quantiles of %s in the power of two that holds what the generator saw',
    async variant => {
      const { latency } = seen.byVariant[variant]!;
      const buckets = since(`weir_request_duration_seconds_bucket{variant="${variant}"}`);
      for (const [q, ms] of [
        [0.5, latency.p50],
        [0.95, latency.p95],
      ] as const) {
        const quantile = await total(`histogram_quantile(${q}, sum by (le) (${buckets}))`);
        expect(quantile).toBeLessThanOrEqual(2 ** Math.ceil(Math.log2(ms / 1000)));
        if (variant === 'canary') expect(quantile).toBeGreaterThan(BOUND_SECONDS);
      }
    },
  );
});
