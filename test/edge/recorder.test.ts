import { describe, expect, it } from 'vitest';
import { fromSparse, countOf } from '../../src/core/analysis/histogram.ts';
import type { JudgedArm, Stratum } from '../../src/core/analysis/interval.ts';
import { addStratum, MAX_FAILURES, toStratum, type Strata } from '../../src/core/metrics/strata.ts';
import type { Active } from '../../src/core/rollout/active.ts';
import { NO_CAP } from '../../src/core/rollout/cap.ts';
import type { Decision } from '../../src/core/rollout/decide.ts';
import { OVERDUE_MS } from '../../src/edge/open-requests.ts';
import { Recorder, type Counted, type Outcome } from '../../src/edge/recorder.ts';
import { documentText, rolloutOf, splitOf } from '../support/documents.ts';

const text = documentText({
  rules: [
    { name: 'staff', if: { 'header.x-team': 'web' }, serve: 'canary' },
    { name: 'nz', if: { country: 'NZ' }, weights: 50 },
  ],
});
const rollout = rolloutOf(text);
const active: Active = {
  rollout,
  split: splitOf(rollout, 50, text),
  document: { text },
  weight: { text: '50' },
  cap: NO_CAP,
};
const [stable, canary] = rollout.variants;
const BUCKET = 0x1234_5675;
const split: Decision = {
  variant: canary!,
  reason: 'split',
  randomised: true,
  coin: 'split',
  bucket: BUCKET,
};
const byRule: Decision = { ...split, reason: 'rule', rule: 'nz', coin: 'rule:nz' };
const served: Decision = { ...byRule, rule: 'staff', coin: 'serve:staff', randomised: false };
const forced: Decision = { variant: canary!, reason: 'override', randomised: false, bucket: 0 };
const START = 1_700_000_000_000;
const outcome: Outcome = {
  decision: split,
  status: 200,
  error: undefined,
  ms: 10,
  start: START,
  isCached: false,
  goals: [],
};

/** As a hub that heard of nothing else would have it; named failures are still named. */
function strataOf({ strata = [] }: Counted): Stratum[] {
  const sum: Strata = new Map();
  for (const record of strata) addStratum(sum, record);
  return [...sum.values()].map(toStratum);
}

function canaryOf(counted: Counted): JudgedArm {
  return strataOf(counted)[0]!.arms['canary']!;
}

const latencies = ({ latency }: JudgedArm): number => countOf(fromSparse(latency));

function visit(recorder: Recorder, change: Partial<Outcome> = {}, isNew = false): void {
  const whole = { ...outcome, ...change };
  recorder.started(active, whole.decision, isNew, whole.start);
  recorder.record(active, whole);
}

describe('the recorder', () => {
  it('has a diverted request in the comparison as an error, and nowhere as a latency', () => {
    const recorder = new Recorder();
    visit(recorder, { status: 0, error: 'breaker', ms: undefined });
    const counted = recorder.drain();
    const none = { buckets: [], sumMs: 0 };
    expect(canaryOf(counted)).toMatchObject({ started: 1, requests: 1, errors: 1, latency: none });
    expect(counted.totals['canary']).toMatchObject({
      codes: [1, 0, 0, 0, 0, 0],
      diverted: 1,
      duration: none,
    });
  });

  it('keeps failovers, openings, faults and copies out of the comparison and out of the requests', () => {
    const recorder = new Recorder();
    recorder.failedOver('canary', 'failed');
    recorder.breakerOpened('canary');
    recorder.faulted('canary', 'status');
    recorder.mirrored('canary', 500, 'http_5xx', 10);
    const { totals, mirrors, strata } = recorder.drain();
    expect(strata).toEqual([]);
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
    for (const decision of [split, byRule, byRule]) visit(recorder, { decision }, true);
    const counted = recorder.drain();
    expect(counted.totals['canary']).toMatchObject({
      assignments: 1,
      decisions: { plain: [0, 0, 1, 0], rules: [['nz', 2]] },
    });
    expect(canaryOf(counted)).toMatchObject({ requests: 1, draws: 1 });
  });

  it('shows every variant from the first request on', () => {
    const recorder = new Recorder();
    recorder.started(active, split, false, START);
    expect(Object.keys(recorder.drain().totals)).toEqual(['stable', 'canary']);
  });
});

describe('for the judge, the recorder', () => {
  it('keeps each coin apart, with the weights that it was drawn with, and overrides outside', () => {
    const recorder = new Recorder();
    for (const decision of [split, byRule, served, served, forced]) visit(recorder, { decision });
    expect(
      strataOf(recorder.drain()).map(({ coin, weights, arms }) => [coin, weights, arms['canary']?.requests]),
    ).toEqual([
      ['split', { stable: 50_000, canary: 50_000 }, 1],
      ['rule:nz', { stable: 50_000, canary: 50_000 }, 1],
      ['serve:staff', { stable: 0, canary: 100_000 }, 2],
    ]);
  });

  it("has stable's requests by the low bits of the visitor's bucket, and their sum", () => {
    const recorder = new Recorder();
    for (const bucket of [0x11, 0x21, 0xfff2])
      visit(recorder, { decision: { ...split, variant: stable, bucket } });
    const [{ lanes, arms }] = strataOf(recorder.drain()) as [Stratum];
    expect(lanes.map(({ requests }) => requests)).toEqual([0, 2, 1, ...new Array<number>(13).fill(0)]);
    expect(arms['stable']).toMatchObject({ requests: 3, started: 3 });
  });

  it('leaves a cached answer out of everything but what was started', () => {
    const recorder = new Recorder();
    visit(recorder, { isCached: true, status: 404 });
    const arm = canaryOf(recorder.drain());
    expect(arm).toMatchObject({ started: 1, requests: 0, status4xx: 0 });
    expect(latencies(arm)).toBe(0);
  });

  it('has successes and timeouts as latencies, at most 5 s each, and no fast failure', () => {
    const recorder = new Recorder();
    visit(recorder, { ms: 60_000 });
    visit(recorder, { ms: 30_000, status: 0, error: 'timeout' });
    visit(recorder, { ms: 3, status: 0, error: 'connect' });
    const arm = canaryOf(recorder.drain());
    expect(arm).toMatchObject({ requests: 3, errors: 2, latency: { sumMs: 2 * OVERDUE_MS } });
    expect(latencies(arm)).toBe(2);
  });

  it('enters a request that hangs once, when it has been open for 5 s, also if it ends after all', () => {
    const recorder = new Recorder();
    recorder.started(active, split, false, START);
    recorder.drain();
    recorder.giveUpOverdue(START + OVERDUE_MS - 1);
    expect(recorder.isEmpty).toBe(true);
    recorder.giveUpOverdue(START + OVERDUE_MS + 1000);
    const late = canaryOf(recorder.drain());
    expect([late.requests, latencies(late)]).toEqual([0, 1]);
    recorder.record(active, { ...outcome, ms: 7000 });
    const ended = canaryOf(recorder.drain());
    expect([ended.requests, latencies(ended)]).toEqual([1, 0]);
  });

  it("counts what stable's simulated breaker keeps back as an error, while the totals have its answer", () => {
    const recorder = new Recorder();
    const decision = { ...split, variant: stable };
    recorder.started(active, decision, false, START);
    recorder.keptBack(active, decision, START);
    recorder.record(active, { ...outcome, decision, judgedAs: 'counted' });
    const counted = recorder.drain();
    expect(strataOf(counted)[0]!.arms['stable']).toMatchObject({ started: 1, requests: 1, errors: 1 });
    expect(counted.totals['stable']).toMatchObject({ codes: [0, 0, 1, 0, 0, 0], errors: [0, 0, 0, 0, 0] });
  });

  it('names a failing visitor once in ten minutes, by variant and kind, and a 304 is no redirect', () => {
    const recorder = new Recorder();
    for (const status of [500, 500, 404, 302, 304, 200])
      visit(recorder, { status, error: status === 500 ? 'http_5xx' : undefined });
    visit(recorder, { status: 500, error: 'http_5xx', decision: { ...split, variant: stable } });
    const again = { status: 500, error: 'http_5xx' } as const;
    visit(recorder, { ...again, start: START + 600_000 });
    visit(recorder, { ...again, start: START + 660_000 });
    const counted = recorder.drain();
    expect(counted.strata?.[0]?.failures).toEqual([
      [BUCKET, 'canary', 'errors'],
      [BUCKET, 'canary', '4xx'],
      [BUCKET, 'canary', '3xx'],
      [BUCKET, 'stable', 'errors'],
      [BUCKET, 'canary', 'errors'],
    ]);
    expect(canaryOf(counted)).toMatchObject({ errors: 4, status4xx: 1, status3xx: 1 });
  });

  it('counts those who find no room in the list without telling them apart', () => {
    const recorder = new Recorder();
    for (let bucket = 0; bucket < MAX_FAILURES + 5; bucket++)
      visit(recorder, { status: 404, decision: { ...split, bucket } });
    const [stratum] = recorder.drain().strata!;
    expect(stratum?.failures).toHaveLength(MAX_FAILURES);
    expect(stratum?.candidates['canary']?.firsts).toEqual({ '4xx': [5, 5] });
  });

  it('counts a goal with every request that reaches it, and names the visitor once', () => {
    const recorder = new Recorder();
    const goal = { name: 'purchase', index: 0, holds: () => true };
    for (let i = 0; i < 2; i++) visit(recorder, { goals: [goal] });
    const { totals, strata } = recorder.drain();
    expect(totals['canary']?.goals).toEqual([['purchase', 2]]);
    expect(strata?.[0]?.failures).toEqual([[BUCKET, 'canary', 'goal:purchase']]);
  });

  it('marks the same visitor once, whatever the isolate', () => {
    const [here, there] = [new Recorder(), new Recorder()];
    for (const recorder of [here, there]) visit(recorder);
    const sum: Strata = new Map();
    for (const recorder of [here, there]) for (const each of recorder.drain().strata!) addStratum(sum, each);
    const [{ arms }] = [...sum.values()].map(toStratum) as [Stratum];
    expect(arms['canary']?.visitors).toMatch(/^[0-9a-f]{64}$/);
    const bits = BigInt(`0x${arms['canary']!.visitors}`).toString(2);
    expect(bits.replaceAll('0', '')).toBe('1');
  });

  it('tells no more than 32 coins apart, and the totals have all of them', () => {
    const recorder = new Recorder();
    for (let n = 0; n < 40; n++) visit(recorder, { decision: { ...byRule, coin: `rule:${n}` } });
    const { totals, strata } = recorder.drain();
    expect(strata).toHaveLength(32);
    expect(totals['canary']?.codes).toEqual([0, 0, 40, 0, 0, 0]);
  });
});
