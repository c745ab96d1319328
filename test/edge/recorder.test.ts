import { describe, expect, it } from 'vitest';
import type { Active } from '../../src/core/rollout/active.ts';
import { NO_CAP } from '../../src/core/rollout/cap.ts';
import type { Decision } from '../../src/core/rollout/decide.ts';
import { Recorder, type Outcome } from '../../src/edge/recorder.ts';
import { documentText, rolloutOf, splitOf } from '../support/documents.ts';

const rollout = rolloutOf();
const active: Active = {
  rollout,
  split: splitOf(rollout, 50),
  document: { text: documentText() },
  weight: { text: '50' },
  cap: NO_CAP,
};
const split: Decision = { variant: rollout.variants[1]!, reason: 'split', randomised: true };
const byRule: Decision = { ...split, reason: 'rule', rule: 'staff', randomised: false };
const outcome: Outcome = { decision: split, status: 200, error: undefined, ms: 10, isCached: false };

describe('the recorder', () => {
  it('has a diverted request in the comparison as an error, and nowhere as a latency', () => {
    const recorder = new Recorder();
    recorder.started(active, split, false);
    recorder.record(active, { ...outcome, status: 0, error: 'breaker', ms: undefined });
    const { totals, intervals } = recorder.drain();
    const none = { buckets: [], sumMs: 0 };
    expect(intervals[0]?.arms['canary']).toEqual({ started: 1, requests: 1, errors: 1, duration: none });
    expect(totals['canary']).toMatchObject({ codes: [1, 0, 0, 0, 0, 0], diverted: 1, duration: none });
  });

  it('keeps failovers, openings, faults and copies out of the comparison and out of the requests', () => {
    const recorder = new Recorder();
    recorder.failedOver('canary', 'failed');
    recorder.breakerOpened('canary');
    recorder.faulted('canary', 'status');
    recorder.mirrored('canary', 500, 'http_5xx', 10);
    const { totals, mirrors, intervals } = recorder.drain();
    expect(intervals).toEqual([]);
    const noRequests = { codes: [0, 0, 0, 0, 0, 0], errors: [0, 0, 0, 0, 0] };
    expect(totals['canary']).toMatchObject({
      ...noRequests,
      failovers: [0, 1],
      breakerOpen: 1,
      faults: [0, 1],
    });
    expect(mirrors?.['canary']).toMatchObject({ codes: [0, 0, 0, 0, 0, 1], errors: [1, 0, 0, 0, 0] });
  });

  it('has something to deliver when all that happened is a copy', () => {
    const recorder = new Recorder();
    recorder.mirrored('canary', 200, undefined, 10);
    expect(recorder.isEmpty).toBe(false);
    recorder.drain();
    expect(recorder.isEmpty).toBe(true);
  });

  it('tells how visitors got their variant, and calls only a draw of the main split an assignment', () => {
    const recorder = new Recorder();
    for (const decision of [split, byRule, byRule]) {
      recorder.started(active, decision, true);
      recorder.record(active, { ...outcome, decision });
    }
    const { totals, intervals } = recorder.drain();
    expect(totals['canary']).toMatchObject({
      assignments: 1,
      decisions: { plain: [0, 0, 1, 0], rules: [['staff', 2]] },
    });
    expect(intervals[0]?.arms['canary']?.requests).toBe(1);
  });

  it('shows every variant from the first request on', () => {
    const recorder = new Recorder();
    recorder.started(active, split, false);
    expect(Object.keys(recorder.drain().totals)).toEqual(['stable', 'canary']);
  });
});
