import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../../src/core/rollout/compile.ts';
import type { Secrets } from '../../../src/core/rollout/secrets.ts';
import type { Plan } from '../../../src/core/delivery/plan.ts';
import { planned, STEPS } from '../../support/course.ts';
import { noSecrets } from '../../support/documents.ts';

function compiled(plan: object, more: object = {}, secrets: Secrets = noSecrets) {
  return compileDocument(planned(plan, {}, more), 'default', secrets);
}

function planOf(plan: object, more: object = {}): Plan {
  const result = compiled(plan, more);
  if (!result.ok || result.value.plan === null) throw new Error(JSON.stringify(result));
  return result.value.plan;
}

function problemsOf(plan: object, more: object = {}): string[] {
  const result = compiled(plan, more);
  return result.ok ? [] : result.error.map(({ path, message }) => `${path}: ${message}`);
}

const GOALS = { goals: { purchase: { if: { path: '/order/complete', status: '2xx' } } } };

describe('a plan', () => {
  it('has defaults for everything but its steps', () => {
    expect(planOf({})).toEqual({
      candidate: 'canary',
      steps: [
        { share: 1000, holdMs: 300_000, approval: 'none' },
        { share: 25_000, holdMs: 600_000, approval: 'none' },
        { share: 100_000, holdMs: 3_600_000, approval: 'none' },
      ],
      criteria: [
        { kind: 'tolerance', metric: 'errors', ratio: 1.1, absolute: 0.0001, require: false },
        { kind: 'latency', ratio: 1.1, require: false },
        { kind: 'tolerance', metric: '4xx', ratio: 1.5, absolute: 0.01, require: false },
        { kind: 'limit', metric: 'errors', limit: 0.5 },
      ],
      falseRollbackRate: 0.01,
      falsePromotionRate: 0.05,
      blastRadius: 0.001,
      minRequests: 50,
      warmupMs: 30_000,
      holdback: 1000,
      reaction: 'fast',
      maxHoldMs: 21_600_000,
      onMaxHold: 'pause',
      maxBlindMs: 600_000,
      onBlind: 'auto',
      onSharedFailure: 'auto',
      freeze: [],
      notify: [],
      gates: [],
    });
  });

  it('says approvals, latency limits, goals and windows in one form', () => {
    const plan = planOf(
      {
        steps: [
          { weight: 10, hold: '1m', approval: true },
          { weight: 100, hold: '1m', approval: 'other' },
        ],
        criteria: [
          { metric: 'latency', quantile: 0.99, limit: '800ms' },
          { metric: 'goal:purchase', tolerance: {}, require: true },
        ],
        freeze: [{ days: 'Fri-Sun', from: '16:00', to: '08:00', timezone: 'Pacific/Auckland' }],
      },
      GOALS,
    );
    expect(plan.steps.map(step => step.approval)).toEqual(['anyone', 'other']);
    expect(plan.criteria).toEqual([
      { kind: 'latency-limit', quantile: 0.99, limitMs: 800 },
      { kind: 'goal', goal: 'purchase', ratio: 0.9, direction: 'higher', require: true },
    ]);
    expect(plan.freeze).toEqual([
      { firstDay: 5, lastDay: 0, from: 960, to: 480, timezone: 'Pacific/Auckland' },
    ]);
  });

  it('is absent where the document has none', () => {
    const result = compileDocument(planned(null), 'default', noSecrets);
    expect(result.ok && result.value.plan).toBeNull();
  });

  const step = (weight: unknown, hold: unknown = '5m') => ({ weight, hold });
  it.each<[what: string, plan: object, problem: RegExp]>([
    ['no steps', { steps: [] }, /^\$\.plan\.steps: /],
    ['a weight of 0', { steps: [step(0), step(100)] }, /^\$\.plan\.steps\[0\]\.weight: expected more than 0/],
    [
      'steps that do not rise',
      { steps: [step(10), step(10), step(100)] },
      /^\$\.plan\.steps\[1\]\.weight: expected more than the step before it, 10, got 10/,
    ],
    ['a step above 100', { steps: [step(101)] }, /^\$\.plan\.steps\[0\]\.weight: /],
    [
      'a last step below 100',
      { steps: [step(10), step(50)] },
      /^\$\.plan\.steps\[1\]\.weight: expected 100 at the last step, got 50/,
    ],
    [
      'four decimals',
      { steps: [step(0.0001), step(100)] },
      /^\$\.plan\.steps\[0\]\.weight: .*three decimals/,
    ],
    [
      'a hold that is no duration',
      { steps: [step(100, '5 minutes')] },
      /^\$\.plan\.steps\[0\]\.hold: expected a duration/,
    ],
    [
      'a hold above maxHold',
      { steps: [step(100, '6h')] },
      /^\$\.plan\.steps\[0\]\.hold: expected less than maxHold, 6h/,
    ],
    [
      'an approval of a number',
      { steps: [{ ...step(100), approval: 1 }] },
      /^\$\.plan\.steps\[0\]\.approval: expected true/,
    ],
    [
      'a holdback that lowers the last step',
      { steps: [step(99), step(100)] },
      /^\$\.plan\.holdback: expected less than 1/,
    ],
    [
      'an unknown candidate',
      { candidate: 'canary-b' },
      /^\$\.plan\.candidate: no such variant beside stable; there is "canary"/,
    ],
    ['an unknown key', { stepz: [] }, /^\$\.plan: .*stepz/],
    [
      'an unknown metric',
      { criteria: [{ metric: 'cpu', limit: 0.5 }] },
      /^\$\.plan\.criteria\[0\]\.metric: expected "errors"/,
    ],
    [
      'neither tolerance nor limit',
      { criteria: [{ metric: 'errors' }] },
      /^\$\.plan\.criteria\[0\]: expected either "tolerance" or "limit"/,
    ],
    [
      'two criteria of one name',
      {
        criteria: [
          { metric: 'errors', limit: 0.5 },
          { metric: 'errors', limit: 0.4 },
        ],
      },
      /^\$\.plan\.criteria\[1\]: another criterion is "errors-limit"/,
    ],
    [
      'a ratio below 1',
      { criteria: [{ metric: 'errors', tolerance: { ratio: 0.9 } }] },
      /^\$\.plan\.criteria\[0\]\.tolerance\.ratio: expected at least 1/,
    ],
    [
      'a goal that may be better than stable only',
      { criteria: [{ metric: 'goal:purchase', tolerance: { ratio: 1.1 } }] },
      /^\$\.plan\.criteria\[0\]\.tolerance\.ratio: expected at most 1/,
    ],
    [
      'an unknown goal',
      { criteria: [{ metric: 'goal:signup', tolerance: {} }] },
      /^\$\.plan\.criteria\[0\]\.metric: no goal of that name; "goals" has "purchase"/,
    ],
    [
      'a latency limit without its quantile',
      { criteria: [{ metric: 'latency', limit: '800ms' }] },
      /^\$\.plan\.criteria\[0\]: expected a duration and its "quantile"/,
    ],
    [
      'a latency limit that is a fraction',
      { criteria: [{ metric: 'latency', quantile: 0.99, limit: 0.5 }] },
      /^\$\.plan\.criteria\[0\]\.limit: expected a duration/,
    ],
    [
      'a required limit',
      { criteria: [{ metric: 'errors', limit: 0.5, require: true }] },
      /^\$\.plan\.criteria\[0\]\.require: /,
    ],
    ['a rate of 0', { falseRollbackRate: 0 }, /^\$\.plan\.falseRollbackRate: /],
    [
      'an unknown time zone',
      { freeze: [{ days: 'Sat', timezone: 'Mars/Olympus' }] },
      /^\$\.plan\.freeze\[0\]\.timezone: expected a time zone/,
    ],
    [
      'a day that is none',
      { freeze: [{ days: 'Caturday', timezone: 'UTC' }] },
      /^\$\.plan\.freeze\[0\]\.days: expected a day/,
    ],
    [
      'a URL of another kind',
      { notify: [{ url: 'ftp://hooks.example.com/' }] },
      /^\$\.plan\.notify\[0\]\.url: expected an http or https URL/,
    ],
    [
      'a URL with a password',
      { gates: [{ before: 'step', url: 'https://a:b@ci.example.com/' }] },
      /^\$\.plan\.gates\[0\]\.url: .*without credentials/,
    ],
    [
      'a secret that is not set',
      { notify: [{ url: '$secret:HOOK', format: 'slack' }] },
      /^\$\.plan\.notify\[0\]\.url: no secret of that name/,
    ],
    ['nine hooks', { notify: Array(9).fill({ url: 'https://hooks.example.com/' }) }, /^\$\.plan\.notify: /],
  ])('is refused for %s, with its path', (_, plan, problem) => {
    expect(problemsOf(plan, GOALS).join('\n')).toMatch(problem);
  });

  it('takes no goal where an address is drawn: many visitors share one', () => {
    const criteria = [{ metric: 'goal:purchase', tolerance: {} }];
    expect(problemsOf({ criteria }, { ...GOALS, sticky: { by: 'ip' } })).toEqual([
      expect.stringMatching(/^\$\.plan\.criteria\[0\]\.metric: a goal counts visitors once/),
    ]);
    expect(problemsOf({ criteria }, { ...GOALS, sticky: { by: 'header:x-user' } })).toEqual([]);
  });

  it('keeps the reference to a secret, which is not shown', () => {
    const secrets = (name: string) => (name === 'HOOK' ? 'https://hooks.example.com/t0k3n' : undefined);
    const result = compiled({ notify: [{ url: '$secret:HOOK', format: 'slack' }] }, {}, secrets);
    expect(JSON.stringify(result)).not.toContain('t0k3n');
    expect(result.ok && result.value.plan?.notify).toEqual([{ url: '$secret:HOOK', format: 'slack' }]);
  });

  it('reports every mistake at once', () => {
    const problems = problemsOf({
      steps: STEPS.slice(0, 2),
      candidate: 'b',
      gates: [{ before: 'step', url: '$secret:NO' }],
    });
    expect(problems).toHaveLength(3);
  });
});
