/** A rollout that was never started. */
import type { DeliveryStatus } from '../../src/core/delivery/delivery-status.ts';

export const IDLE_DELIVERY: DeliveryStatus = {
  phase: 'idle',
  since: null,
  advice: '',
  plan: null,
  run: null,
  caps: {},
  waitingFor: null,
  waitingSince: null,
  verdict: null,
  evidence: [],
  freeze: null,
  distrust: null,
  untestable: null,
  lastTick: null,
};
