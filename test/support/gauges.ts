/** What a controller says of itself while its second step waits for evidence. */
import type { ControllerGauges } from '../../src/core/metrics/gauges.ts';

export const GAUGES: ControllerGauges = {
  phase: 'progressing',
  verdict: 'inconclusive',
  evidence: [
    { criterion: 'all', direction: 'rollback', logE: -Math.LN10 },
    { criterion: 'errors', direction: 'rollback', logE: 0.5 * Math.LN10 },
    { criterion: 'errors', direction: 'advance', logE: 1.5 * Math.LN10 },
    { criterion: 'latency', direction: 'rollback', logE: 0 },
  ],
  waitingFor: 'evidence:errors',
  isDistrusted: false,
  lastTick: Date.UTC(2026, 10, 23, 12),
};
