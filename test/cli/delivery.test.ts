import { describe, expect, it } from 'vitest';
import { returnsToOldStable } from '../../cli/scaled-up.ts';
import { deliveryLines, ladder } from '../../cli/text/delivery.ts';
import { byNeed } from '../../cli/text/status.ts';
import { endOf } from '../../cli/wait.ts';
import type { DeliveryStatus, RunStatus } from '../../src/core/delivery/delivery-status.ts';
import { PHASES } from '../../src/core/delivery/phase.ts';
import { statusOf } from '../dashboard/status.ts';
import { IDLE_DELIVERY } from '../support/idle-delivery.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const RUN: RunStatus = {
  id: 7,
  attempt: 2,
  candidate: 'canary',
  version: '2026-11-23.1',
  startedAt: '2026-11-23T11:00:00Z',
  startedBy: 'ada',
  endedAt: null,
  step: 1,
  steps: [
    { weight: 1, holdSeconds: 300, approval: false },
    { weight: 5, holdSeconds: 600, approval: false },
    { weight: 25, holdSeconds: 1800, approval: true },
    { weight: 100, holdSeconds: 3600, approval: false },
  ],
  weight: 5,
  stepSince: '2026-11-23T11:50:00Z',
  heldSeconds: 420,
  nextStepAt: '2026-11-23T12:03:00Z',
  estimate: 'about 12 min to go',
  reason: null,
};
const PROGRESSING: DeliveryStatus = {
  ...IDLE_DELIVERY,
  phase: 'progressing',
  run: RUN,
  waitingFor: 'evidence:errors',
  waitingSince: '2026-11-23T11:57:00Z',
  verdict: { kind: 'inconclusive', criterion: 'errors', text: 'too few requests' },
  evidence: [
    {
      criterion: 'errors',
      direction: 'rollback',
      logE: Math.log(0.4),
      threshold: null,
      isDecided: false,
      observed: null,
      margin: '1.1 × stable + 0.01 %',
      text: '3 first failures on canary; 2.9 expected',
    },
    {
      criterion: 'all',
      direction: 'rollback',
      logE: Math.log(0.9),
      threshold: Math.log(100),
      isDecided: false,
      observed: null,
      margin: '',
      text: '',
    },
  ],
};

describe('a rollout under way, on a terminal', () => {
  const text = deliveryLines(PROGRESSING, NOW).join('\n');

  it.each([
    ['who runs what, and how often it was tried', /^run +7: canary 2026-11-23.1, .* by ada, attempt 2$/m],
    ['where it stands', /^steps +1 % done → \[5 %\] → 25 % \(approval\) → 100 %$/m],
    ['how long it has held', /^held +7 min of 10 min$/m],
    ['what it waits for, and how long already', /^waits +for evidence of errors, for 3 min$/m],
    ['an estimate', /about 12 min to go/],
    ['the verdict in words', /^verdict inconclusive: too few requests$/m],
    ['each criterion with its evidence', /^errors +roll back +0\.40 +in all +1\.1 × stable \+ 0\.01 %$/m],
    ['the one that decides, with its line', /^all +roll back +0\.90 +100$/m],
    ['the figures in words', /^ {2}errors: 3 first failures on canary; 2\.9 expected$/m],
  ])('says %s', (_, pattern) => {
    expect(text).toMatch(pattern);
  });

  it('says nothing of a rollout that does not move itself', () => {
    expect(deliveryLines(IDLE_DELIVERY, NOW)).toEqual([]);
  });

  it('marks the first step while it is on none yet', () => {
    expect(ladder({ ...RUN, step: -1 })).toBe('1 % → 5 % → 25 % (approval) → 100 %');
  });
});

describe('a rollout that was rolled back, on a terminal', () => {
  const endedAt = '2026-11-23T11:59:00Z';
  const linesFor = (reason: string, text: string): string =>
    deliveryLines(
      {
        ...IDLE_DELIVERY,
        phase: 'rolled-back',
        run: { ...RUN, endedAt, reason },
        verdict: { kind: 'fail', criterion: 'errors', text },
      },
      NOW,
    ).join('\n');

  it.each([
    ['of its verdict', 'errors: 41 first failures', 'errors: 41 first failures'],
    ['of a verdict that was cut', `${'x'.repeat(499)}…`, 'x'.repeat(800)],
  ])('says the figures %s once', (_, reason, text) => {
    const lines = linesFor(reason, text);
    expect(lines).toMatch(/^ended .*: rolled back by the verdict$/m);
    expect(lines.split(text)).toHaveLength(2);
  });

  it('says why a person did it', () => {
    expect(linesFor('by ada: smoke', 'errors: 41 first failures')).toMatch(/^ended .*: by ada: smoke$/m);
  });
});

describe('the list', () => {
  it('names those that need a person first', () => {
    const named = (name: string, delivery: Partial<DeliveryStatus>) =>
      statusOf({}, { name, delivery: { ...IDLE_DELIVERY, ...delivery } });
    const list = [
      named('idle', {}),
      named('going', { phase: 'progressing', waitingFor: 'hold' }),
      named('failed', { phase: 'rolled-back' }),
      named('asks', { phase: 'progressing', waitingFor: 'approval' }),
      named('blind', { phase: 'baking', waitingFor: 'blind' }),
    ];
    expect(byNeed(list).map(({ name }) => name)).toEqual(['asks', 'blind', 'failed', 'idle', 'going']);
  });
});

describe('rollback', () => {
  it('asks whether the old stable is scaled up only where everybody returns to it', () => {
    expect(PHASES.filter(returnsToOldStable)).toEqual(['completed', 'adopting']);
  });
});

describe('wait', () => {
  it('ends with its own exit code, or goes on', () => {
    const codes = PHASES.map(phase => [phase, endOf({ ...IDLE_DELIVERY, phase }, null)?.code]);
    expect(Object.fromEntries(codes)).toEqual({
      idle: 1,
      progressing: undefined,
      paused: 4,
      baking: undefined,
      completed: 0,
      adopting: 0,
      'rolled-back': 3,
    });
    expect(endOf({ ...PROGRESSING, waitingFor: 'gate:ci.example' }, 7)).toBeUndefined();
  });

  it.each(['approval', 'hand-weight', 'evidence:all'] as const)(
    'ends with 4 where it waits for %s',
    waitingFor => {
      for (const phase of ['progressing', 'baking'] as const)
        expect(endOf({ ...PROGRESSING, phase, waitingFor }, 7)?.code).toBe(4);
    },
  );

  it.each(PHASES)('takes no other run for its own: another one is %s', phase => {
    const other = { ...PROGRESSING, phase, run: { ...RUN, id: 8 } };
    expect(endOf(other, 7)).toEqual({ outcome: 'superseded', code: 1 });
  });
});
