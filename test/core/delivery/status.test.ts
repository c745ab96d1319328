import { describe, expect, it } from 'vitest';
import { deliveryStatus } from '../../../src/core/delivery/status.ts';
import { atSecondStep, Course, lookOf, MINUTE, planned, started } from '../../support/course.ts';

function statusOf(course: Course) {
  return deliveryStatus(course.state, { look: course.look, at: course.now }, course.now);
}

describe('a rollout that is shown', () => {
  it('names the plan, and what to do, before it was ever started', () => {
    expect(statusOf(new Course(planned()))).toMatchObject({
      phase: 'idle',
      since: null,
      run: null,
      advice: expect.stringContaining('`weir start`') as unknown,
      plan: {
        steps: [{ weight: 1, holdSeconds: 300, approval: false }, { weight: 25 }, { weight: 100 }],
        criteria: [
          { name: 'errors', margin: '1.1 × stable + 0.01 %' },
          { name: 'latency' },
          { name: '4xx' },
          { name: 'errors-limit', margin: 'at most 50 % of the requests' },
        ],
      },
    });
  });

  it('asks for the next version where the plan’s candidate is what was adopted', () => {
    const same = { origin: 'https://stable.example', version: '1' };
    const text = JSON.stringify({
      ...(JSON.parse(planned()) as object),
      variants: { stable: same, canary: same },
    });
    expect(statusOf(new Course(text)).advice).toContain('Put the next one into the document');
  });

  it('says when the next step comes at the earliest, as long as only time is waited for', () => {
    const course = started();
    course.pass(2 * MINUTE);
    expect(statusOf(course)).toMatchObject({
      waitingFor: 'hold',
      waitingSince: '2026-11-23T12:00:00.000Z',
      run: {
        step: 0,
        weight: 1,
        heldSeconds: 120,
        nextStepAt: '2026-11-23T12:05:00.000Z',
        estimate: '3 min of the hold to go',
      },
    });
  });

  it('says how far the evidence is where that is waited for', () => {
    const course = started();
    course.pass(
      6 * MINUTE,
      lookOf('inconclusive', { progress: 'about 12 min to go', waitsFor: 'evidence:errors' }),
    );
    expect(statusOf(course)).toMatchObject({
      waitingFor: 'evidence:errors',
      run: { nextStepAt: null, estimate: 'about 12 min to go' },
    });
  });

  it.each([
    [
      'approval',
      { steps: [{ weight: 100, hold: '1m', approval: true }] },
      /waits for an approval: `weir approve`/,
    ],
    [
      'gate:ci.example.com',
      { gates: [{ before: 'step', url: 'https://ci.example.com/' }] },
      /gate ci\.example\.com has not answered/,
    ],
    ['freeze', { freeze: [{ timezone: 'UTC' }] }, /Frozen/],
  ])('says what it waits for: %s', (waitingFor, plan, advice) => {
    const course = started(plan);
    expect(statusOf(course)).toMatchObject({ waitingFor, advice: expect.stringMatching(advice) as unknown });
  });

  it.each([
    ['cookie', null],
    ['ip', /no `mismatch`.*by address/],
    ['header', /no `mismatch`.*by header/],
  ] as const)('says whether the draws can be tested of visitors told apart by %s', (by, text) => {
    const { untestable } = deliveryStatus(started().state, { look: null, at: null }, 0, by);
    expect(untestable).toEqual(text === null ? null : expect.stringMatching(text));
    // Where nothing is judged, nothing is missed.
    const unplanned = deliveryStatus(new Course(planned(null)).state, { look: null, at: null }, 0, by);
    expect(unplanned.untestable).toBeNull();
  });

  it('says why it was rolled back, what holds it, and what would begin anew', () => {
    const course = atSecondStep();
    course.tick(lookOf('fail', { verdict: { kind: 'fail', criterion: 'errors', text: 'too many errors' } }));
    expect(statusOf(course)).toMatchObject({
      phase: 'rolled-back',
      advice: expect.stringMatching(/^Find the cause.*weir start --version ….*weir start --again/) as unknown,
      caps: { canary: { percent: 0, isBarred: true } },
      run: { reason: 'too many errors', endedAt: expect.any(String) as unknown, weight: 0 },
      waitingFor: null,
    });
  });
});
