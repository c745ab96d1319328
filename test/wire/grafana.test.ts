import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { GAUGES } from '../support/gauges.ts';
import { queriesOf, type Dashboard, type Panel } from '../support/grafana.ts';
import { startObjects } from '../support/objects.ts';
import { HAS_PROMETHEUS, startPrometheus, type Prometheus } from '../support/prometheus.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, type TestWeir } from '../support/weir.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../grafana/${name}`, import.meta.url));
const dashboard = JSON.parse(readFileSync(path('weir.json'), 'utf8')) as Dashboard;
const recorded = [
  ...readFileSync(path('prometheus-rules.yml'), 'utf8').matchAll(/^ +- record: (\S+)$/gm),
].map(([, name = '']) => name);

/** As Grafana fills them in for two chosen rollouts, a data source scraped every second, and the last five minutes. */
const VALUES = { job: 'weir', rollout: '(default|shop.example)', __rate_interval: '4s', __range: '300s' };
const RANGE_SECONDS = 300;

function panelOf(title: string): Panel {
  return dashboard.panels.find(panel => panel.title === title)!;
}

describe('the Grafana dashboard', () => {
  const panels = dashboard.panels;

  it('fills rows of 24 columns, and no panel covers another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
    expect(cells.length).toBe(24 * height);
  });

  it('says of each panel what it shows, and asks the chosen data source only', () => {
    for (const { type, title, description, targets = [] } of panels.filter(panel => panel.type !== 'row')) {
      expect([title, (description ?? '').length > 20, targets.length > 0]).toEqual([title, true, true]);
      expect([type, targets.map(({ datasource }) => datasource.uid)]).toEqual([
        type,
        targets.map(() => '${datasource}'),
      ]);
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe.skipIf(!HAS_PROMETHEUS)('against the real data of a running Weir (needs prometheus)', () => {
  let variants: Variants;
  let weir: TestWeir;
  let prometheus: Prometheus;
  const stop = new AbortController();
  let traffic: Promise<void>;

  beforeAll(async () => {
    variants = await startVariants();
    const objects = await startObjects();
    weir = objects.weir;
    // A rollout that moves itself, beside one with traffic.
    await objects.hub('shop.example', 'setGauges', 'shop.example', { ...GAUGES, lastTick: Date.now() });
    await objects.hub('shop.example', 'pushedSnapshot');
    await weir.putKv('rollout:default', variants.document());
    await weir.putKv('weight:default', '40');
    traffic = visit();
    prometheus = await startPrometheus({
      scrape: weir.url,
      token: ADMIN_TOKEN,
      rules: [path('prometheus-rules.yml')],
    });
    await eventually(
      'the first weight',
      async () => (await prometheus.value('weir_weight_percent{variant="canary"}')) === 40,
    );
    await weir.putKv('weight:default', '60');
    await eventually(
      'the second weight',
      async () => (await prometheus.value('weir_weight_percent{variant="canary"}')) === 60,
    );
  });
  afterAll(async () => {
    stop.abort();
    await traffic;
    await weir.stop();
    await variants.close();
    await prometheus.stop();
  });

  /** Visitors without an end, some of whom the origins fail. */
  async function visit(): Promise<void> {
    for (let i = 0; !stop.signal.aborted; i++)
      await new Visitor().visit(`${weir.url}/?delay=${i % 20}&status=${i % 5 === 0 ? 503 : 200}`);
  }

  it.each(queriesOf(dashboard, VALUES))('$of has series', async ({ expression, kind }) => {
    const series = await eventually(
      expression,
      async () => {
        const found = await (kind === 'instant'
          ? prometheus.query(expression)
          : prometheus.queryRange(expression, RANGE_SECONDS));
        return found.length > 0 && found;
      },
      20_000,
    );
    expect(series.every(({ value }) => Number.isFinite(value))).toBe(true);
  });

  it.each(['stable', 'canary'])('shows what happens to %s, not just noughts', async variant => {
    for (const [query, least] of [
      [`job_rollout_variant:weir_requests:rate5m{variant="${variant}"}`, 0.1],
      [`job_rollout_variant:weir_errors_per_request:ratio_rate5m{variant="${variant}"}`, 0.01],
    ] as const)
      await eventually(query, async () => ((await prometheus.value(query)) ?? 0) > least);
  });

  it('marks the change of the weight with the new weight', async () => {
    const [query] = queriesOf({ ...dashboard, panels: [], templating: { list: [] } }, VALUES);
    const marks = await prometheus.queryRange(query!.expression, RANGE_SECONDS);
    expect(marks.map(({ labels }) => labels)).toContainEqual({
      rollout: 'default',
      variant: 'canary',
      weight: '60',
    });
  });

  it('names the phase of a rollout and the verdict on its candidate', async () => {
    const panel = panelOf('Phase and verdict');
    const names = panel.fieldConfig.defaults.mappings[0]!.options;
    const shown = queriesOf({ panels: [panel], annotations: { list: [] }, templating: { list: [] } }, VALUES);
    const values = await eventually('both of them', async () => {
      const found = await Promise.all(shown.map(({ expression }) => prometheus.query(expression)));
      const own = found.map(
        series => series.find(({ labels }) => labels['rollout'] === 'shop.example')?.value,
      );
      return !own.includes(undefined) && own;
    });
    expect(values.map(value => names[String(value)]?.text)).toEqual([GAUGES.phase, GAUGES.verdict]);
  });

  it('shows evidence as powers of ten, below the line at which it decides', async () => {
    const panel = panelOf('Evidence against the candidate');
    const [query] = queriesOf(
      { panels: [panel], annotations: { list: [] }, templating: { list: [] } },
      VALUES,
    );
    const series = await prometheus.query(query!.expression);
    expect(Object.fromEntries(series.map(({ labels, value }) => [labels['criterion'], value]))).toEqual({
      all: -1,
      errors: 0.5,
      latency: 0,
    });
    const line = panel.fieldConfig.defaults.thresholds.steps.at(-1)!.value!;
    expect(10 ** line).toBeCloseTo(1 / 0.01, 9);
  });

  it.each(recorded)('%s is recorded', async name => {
    await eventually(name, async () => (await prometheus.query(name)).length > 0, 20_000);
  });
});
