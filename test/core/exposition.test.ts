import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMetricsText, prometheusText } from '../../src/core/metrics/exposition.ts';
import { families } from '../../src/core/metrics/families.ts';
import type { Family } from '../../src/core/metrics/family.ts';
import type { Snapshot } from '../../src/core/metrics/snapshot.ts';
import { batchOf } from '../support/batches.ts';

function snapshotOf(statuses: readonly number[], change: Partial<Snapshot> = {}): Snapshot {
  const { totals, weights } = batchOf(statuses);
  return {
    rollout: 'shop.example',
    totals,
    weights,
    configErrors: 0,
    lost: 0,
    problems: [],
    updatedAt: 0,
    ...change,
  };
}

function familiesOf(...snapshots: readonly Snapshot[]): Family[] {
  return families({
    snapshots,
    hubs: snapshots.map(({ rollout }) => ({ rollout, isUp: true })),
  });
}

const textOf = (snapshot: Snapshot): string => prometheusText(familiesOf(snapshot));

/** Names and labels of all series: what a server stores them under. */
const seriesIn = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.slice(0, line.lastIndexOf(' ')));

describe('the Prometheus text', () => {
  const text = textOf(snapshotOf([200, 200, 404, 500, 522]));

  it.each([
    'weir_requests_total{rollout="shop.example",variant="stable",code="2xx"} 2',
    'weir_requests_total{rollout="shop.example",variant="stable",code="none"} 0',
    'weir_errors_total{rollout="shop.example",variant="stable",kind="http_5xx"} 1',
    'weir_errors_total{rollout="shop.example",variant="stable",kind="timeout"} 1',
    'weir_request_duration_seconds_bucket{rollout="shop.example",variant="stable",le="0.0078125"} 0',
    'weir_request_duration_seconds_bucket{rollout="shop.example",variant="stable",le="0.015625"} 5',
    'weir_request_duration_seconds_bucket{rollout="shop.example",variant="stable",le="64.0"} 5',
    'weir_request_duration_seconds_bucket{rollout="shop.example",variant="stable",le="+Inf"} 5',
    'weir_request_duration_seconds_sum{rollout="shop.example",variant="stable"} 0.05',
    'weir_request_duration_seconds_count{rollout="shop.example",variant="stable"} 5',
    'weir_failovers_total{rollout="shop.example",variant="stable",result="ok"} 0',
    'weir_failovers_total{rollout="shop.example",variant="stable",result="failed"} 0',
    'weir_diverted_total{rollout="shop.example",variant="stable"} 0',
    'weir_breaker_open_total{rollout="shop.example",variant="stable"} 0',
    'weir_faults_total{rollout="shop.example",variant="stable",kind="delay"} 0',
    'weir_faults_total{rollout="shop.example",variant="stable",kind="status"} 0',
    'weir_mirrored_total{rollout="shop.example",variant="stable"} 0',
    'weir_mirrored_errors_total{rollout="shop.example",variant="stable",kind="connect"} 0',
    'weir_mirrored_duration_seconds_count{rollout="shop.example",variant="stable"} 0',
    'weir_decisions_total{rollout="shop.example",variant="stable",reason="split",rule=""} 0',
    'weir_decisions_total{rollout="shop.example",variant="stable",reason="override",rule=""} 0',
    'weir_weight_percent{rollout="shop.example",variant="stable"} 100',
    'weir_config_errors_total{rollout="shop.example"} 0',
    'weir_hub_up{rollout="shop.example"} 1',
  ])('has %s', line => {
    expect(text.split('\n')).toContain(line);
  });

  it('shows what an older version kept, and what it did not count yet as 0', () => {
    const old = {
      codes: [0, 0, 7],
      errors: [],
      assignments: 1,
      cached: 0,
      duration: { buckets: [], sumMs: 0 },
    };
    const lines = textOf(snapshotOf([], { totals: { canary: old } })).split('\n');
    const labels = 'rollout="shop.example",variant="canary"';
    expect(lines).toContain(`weir_requests_total{${labels},code="2xx"} 7`);
    expect(lines).toContain(`weir_failovers_total{${labels},result="ok"} 0`);
    expect(lines).toContain(`weir_decisions_total{${labels},reason="default",rule=""} 0`);
  });

  it('shows copies beside the requests, also of a variant that has had none', () => {
    const { totals } = batchOf([200, 503]);
    const lines = textOf(snapshotOf([200], { mirrors: { canary: totals['stable']! } })).split('\n');
    const labels = 'rollout="shop.example",variant="canary"';
    expect(lines).toContain(`weir_mirrored_total{${labels}} 2`);
    expect(lines).toContain(`weir_mirrored_errors_total{${labels},kind="http_5xx"} 1`);
    expect(lines).toContain(`weir_requests_total{${labels},code="2xx"} 0`);
  });

  it('has HELP and TYPE once for each metric, before its samples, and ends with a line feed', () => {
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(match => match[1]);
    expect(new Set(names).size).toBe(names.length);
    expect([...text.matchAll(/^# HELP (\S+) /gm)].map(match => match[1])).toEqual(names);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('escapes label values so that each comes back as it was, in one line', () => {
    const unescape = (text: string): string =>
      text.replaceAll(/\\(.)/gs, (_, character: string) => (character === 'n' ? '\n' : character));
    const odd = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '}', ' ', 'ü', '\u{1F600}') });
    fc.assert(
      fc.property(odd, value => {
        const family: Family = {
          name: 'weir_x',
          type: 'gauge',
          help: value,
          samples: [{ labels: [['rollout', value]], value: 1 }],
        };
        for (const text of [prometheusText([family]), openMetricsText([family])]) {
          const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
          expect(lines).toHaveLength(1);
          const [, label] = /^weir_x\{rollout="((?:[^"\\\n]|\\.)*)"\} 1$/.exec(lines[0]!) ?? [];
          expect(unescape(label!)).toBe(value);
        }
      }),
    );
  });

  it('shows of a rollout whose hub does not answer only that: an older total would look like a restart', () => {
    const text = prometheusText(
      families({ snapshots: [], hubs: [{ rollout: 'away.example', isUp: false }] }),
    );
    expect(seriesIn(text)).toEqual(['weir_hub_up{rollout="away.example"}']);
  });
});

describe('OpenMetrics', () => {
  const shown = familiesOf(snapshotOf([200, 500]), snapshotOf([200], { rollout: 'a"b\\c\nd' }));
  const text = openMetricsText(shown);

  it('has the same series as the Prometheus text, so that a change of format starts no new ones', () => {
    expect(seriesIn(text)).toEqual(seriesIn(prometheusText(shown)));
  });

  it('names the family of a counter without _total, and says units that the name ends in', () => {
    expect(text).toContain('# TYPE weir_requests counter\n# HELP weir_requests Proxied requests');
    expect(text).toContain(
      '# TYPE weir_request_duration_seconds histogram\n# UNIT weir_request_duration_seconds seconds\n',
    );
    for (const [, name = '', unit = ''] of text.matchAll(/^# UNIT (\S+) (\S+)$/gm))
      expect(name.endsWith(`_${unit}`)).toBe(true);
  });

  it('gives the bounds of buckets as floats, in rising order', () => {
    const bounds = [
      ...text.matchAll(/^weir_request_duration_seconds_bucket\{rollout="shop.*le="(.*)"\}/gm),
    ].map(([, bound = '']) => bound);
    expect(bounds.slice(-3)).toEqual(['32.0', '64.0', '+Inf']);
    expect(bounds.every(bound => bound === '+Inf' || bound.includes('.'))).toBe(true);
    const numbers = bounds.map(bound => Number(bound.replace('+Inf', 'Infinity')));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('ends with # EOF and a line feed', () => {
    expect(text.endsWith('\n# EOF\n')).toBe(true);
  });

  it('escapes quotation marks in help, which the other format leaves alone', () => {
    const family: Family = { name: 'weir_x', type: 'gauge', help: 'a "b" \\ \n c', samples: [] };
    expect(openMetricsText([family])).toContain('# HELP weir_x a \\"b\\" \\\\ \\n c\n');
    expect(prometheusText([family])).toContain('# HELP weir_x a "b" \\\\ \\n c\n');
  });
});
