import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryStatus } from '../../src/core/delivery/delivery-status.ts';
import { PHASES } from '../../src/core/delivery/phase.ts';
import { openMetricsText, prometheusText } from '../../src/core/metrics/exposition.ts';
import { families } from '../../src/core/metrics/families.ts';
import { bounded, gaugesOf, MAX_CRITERIA, type ControllerGauges } from '../../src/core/metrics/gauges.ts';
import { emptySnapshot, type Snapshot } from '../../src/core/metrics/snapshot.ts';
import { GAUGES } from '../support/gauges.ts';

const shown = (change: Partial<Snapshot>) =>
  families({ snapshots: [{ ...emptySnapshot('shop'), ...change }], hubs: [] });
const linesOf = (change: Partial<Snapshot>): string[] => prometheusText(shown(change)).split('\n');
const seriesOf = (change: Partial<Snapshot>, name: string): string[] =>
  linesOf(change).filter(line => line.startsWith(`${name}{`));
const gauges = (change: Partial<ControllerGauges> = {}): Partial<Snapshot> => ({
  gauges: { ...GAUGES, ...change },
});

describe('the metrics of a rollout that moves itself', () => {
  it.each([
    'weir_phase{rollout="shop",phase="progressing"} 1',
    'weir_phase{rollout="shop",phase="rolled-back"} 0',
    'weir_verdict{rollout="shop",verdict="inconclusive"} 1',
    'weir_verdict{rollout="shop",verdict="fail"} 0',
    'weir_evidence{rollout="shop",criterion="all",direction="rollback"} -1',
    'weir_evidence{rollout="shop",criterion="errors",direction="advance"} 1.5',
    'weir_waiting{rollout="shop",for="evidence:errors"} 1',
    'weir_waiting{rollout="shop",for="approval"} 0',
    'weir_distrust{rollout="shop"} 0',
    'weir_controller_last_tick_seconds{rollout="shop"} 1795435200',
  ])('have %s', line => {
    expect(linesOf(gauges())).toContain(line);
  });

  it.each(PHASES)('say of %s that it is the only phase', phase => {
    const current = seriesOf(gauges({ phase }), 'weir_phase').filter(line => line.endsWith(' 1'));
    expect(current).toEqual([`weir_phase{rollout="shop",phase="${phase}"} 1`]);
  });

  it('show what is waited for and no verdict where there is none', () => {
    const none = gauges({ waitingFor: null, verdict: null, lastTick: null });
    for (const name of ['weir_waiting', 'weir_verdict'])
      expect(seriesOf(none, name).every(line => line.endsWith(' 0'))).toBe(true);
    expect(seriesOf(none, 'weir_controller_last_tick_seconds')).toEqual([]);
    expect(
      seriesOf(gauges({ waitingFor: 'approval' }), 'weir_waiting').filter(line => line.endsWith(' 1')),
    ).toEqual(['weir_waiting{rollout="shop",for="approval"} 1']);
  });

  it.each([undefined, null])('are not there without a plan (%s)', none => {
    const without = shown({ ...(none === undefined ? {} : { gauges: none }), weights: { stable: 100_000 } });
    const own = without.filter(({ name }) =>
      /^weir_(?:phase|verdict|evidence|waiting|distrust|controller_.*)$/.test(name),
    );
    expect(own.map(({ samples }) => samples.length)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('show the cap of every candidate, 100 where nothing holds it back', () => {
    const weights = { stable: 85_000, canary: 10_000, 'canary-b': 5000 };
    const limit = { candidate: '1a2b3c4d', share: 5000, isBarred: false };
    expect(
      seriesOf({ weights, cap: { sequence: 3, limits: { canary: limit } } }, 'weir_cap_percent'),
    ).toEqual([
      'weir_cap_percent{rollout="shop",variant="canary"} 5',
      'weir_cap_percent{rollout="shop",variant="canary-b"} 100',
    ]);
    expect(
      seriesOf({ weights: {}, cap: { sequence: 3, limits: { canary: limit } } }, 'weir_cap_percent'),
    ).toHaveLength(1);
    expect(seriesOf({ weights, cap: null }, 'weir_cap_percent')).toHaveLength(2);
  });

  it('say their units in OpenMetrics', () => {
    const text = openMetricsText(shown(gauges()));
    expect(text).toContain('# UNIT weir_controller_last_tick_seconds seconds\n');
    expect(text).toContain('# TYPE weir_phase gauge\n# HELP weir_phase ');
  });

  it('are bounded and finite, and no series comes twice, whatever the controller says', () => {
    const evidence = fc.record({
      criterion: fc.oneof(
        fc.string(),
        fc.nat(200).map(n => `goal:${n}`),
        fc.constant('x'.repeat(300)),
      ),
      direction: fc.constantFrom('rollback', 'advance'),
      logE: fc.double(),
    });
    fc.assert(
      fc.property(fc.array(evidence, { maxLength: 300 }), list => {
        const { samples } = shown({ gauges: bounded({ ...GAUGES, evidence: list }) }).find(
          ({ name }) => name === 'weir_evidence',
        )!;
        expect(samples.length).toBeLessThanOrEqual(2 * MAX_CRITERIA);
        expect(samples.every(({ value }) => Number.isFinite(value))).toBe(true);
        expect(new Set(samples.map(({ labels }) => JSON.stringify(labels))).size).toBe(samples.length);
      }),
    );
  });

  it('are read off the status', () => {
    const status: DeliveryStatus = {
      phase: 'paused',
      since: null,
      advice: '',
      plan: null,
      run: null,
      caps: {},
      waitingFor: 'gate:ci.example.com',
      waitingSince: null,
      verdict: { kind: 'mismatch', text: 'draws' },
      evidence: [
        {
          criterion: 'errors',
          direction: 'rollback',
          logE: 1,
          threshold: null,
          isDecided: false,
          observed: null,
          margin: '',
          text: '',
        },
      ],
      freeze: null,
      distrust: 'lane 3 fails',
      untestable: null,
      lastTick: '2026-11-23T12:00:00.000Z',
    };
    expect(gaugesOf(status)).toEqual({
      phase: 'paused',
      verdict: 'mismatch',
      evidence: [{ criterion: 'errors', direction: 'rollback', logE: 1 }],
      waitingFor: 'gate:ci.example.com',
      isDistrusted: true,
      lastTick: Date.UTC(2026, 10, 23, 12),
    });
    expect(gaugesOf({ ...status, verdict: null, distrust: null, lastTick: null })).toMatchObject({
      verdict: null,
      isDistrusted: false,
      lastTick: null,
    });
  });
});
