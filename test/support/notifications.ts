/** Notifications for tests: one with everything in it, to be changed. */
import type { Notification } from '../../src/core/delivery/notification.ts';

export const EVIDENCE: Notification['evidence'][number] = {
  criterion: 'errors',
  direction: 'rollback',
  logE: Math.log(2500),
  threshold: null,
  isDecided: true,
  observed: {
    canary: { count: 41, requests: 1490 },
    stable: { count: 412, requests: 29_940 },
    expected: 18.34,
  },
  margin: '1.1 × stable + 0.01 %',
  text: '41 first failures on canary; 18.3 expected had it behaved as stable in the same intervals (412 in all, 29,940 requests)',
};

export function notificationOf(change: Partial<Notification> = {}): Notification {
  return {
    id: 'shop.example:7:rolled-back',
    event: 'rolled-back',
    rollout: 'shop.example',
    at: Date.UTC(2026, 10, 23, 2, 14, 5, 250),
    phase: 'rolled-back',
    text: 'Rolled back by errors: the canary fails more than 1.1 × stable + 0.01 %.',
    advice: 'find the cause, then weir start with a new version',
    run: { id: 7, attempt: 1, candidate: 'canary', version: '2026-11-23.1', step: 2, steps: 5 },
    shares: { canary: 5000 },
    waitingFor: null,
    verdict: { kind: 'fail', criterion: 'errors', text: 'errors: 41 first failures, 18.3 expected' },
    evidence: [EVIDENCE],
    actor: null,
    reason: null,
    path: '/__weir/#/shop.example',
    ...change,
  };
}
