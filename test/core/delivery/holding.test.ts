/** What holds an advance, who is told, and what is never held: a rollback. */
import { describe, expect, it } from 'vitest';
import {
  atSecondStep,
  baking,
  BOB,
  completed,
  Course,
  lookOf,
  MINUTE,
  planned,
  started,
} from '../../support/course.ts';

const HOUR = 60 * MINUTE;
const TOLD = { notify: [{ url: 'https://hooks.example.com/', format: 'json' }] };
const APPROVED = {
  ...TOLD,
  steps: [
    { weight: 1, hold: '5m' },
    { weight: 25, hold: '10m', approval: true },
    { weight: 100, hold: '1h' },
  ],
};
const GATED = { gates: [{ before: 'step', url: 'https://ci.example.com/gate?key=1' }] };

describe('a hold', () => {
  it('says "healthy, but not long enough" until it is over', () => {
    const course = started();
    course.pass(4 * MINUTE);
    expect([course.weight, course.run.waitingFor]).toEqual([1, 'hold']);
  });

  it('stands still while paused, and goes on where it stood', () => {
    const course = started();
    course.pass(3 * MINUTE);
    course.say({ verb: 'pause' });
    course.pass(10 * HOUR);
    expect([course.state.phase, course.weight]).toEqual(['paused', 1]);
    course.say({ verb: 'resume' });
    course.pass(MINUTE);
    expect(course.weight).toBe(1);
    course.pass(MINUTE);
    expect(course.weight).toBe(25);
  });

  it('is never shortened by a clock that goes backwards', () => {
    const course = started();
    course.now -= HOUR;
    course.tick('pass');
    expect(course.weight).toBe(1);
  });
});

describe('an inconclusive verdict', () => {
  it('neither advances nor rolls back, for as long as the plan allows, and then pauses', () => {
    const course = started({ ...TOLD, maxHold: '2h' });
    course.pass(119 * MINUTE, 'inconclusive');
    expect([course.state.phase, course.weight, course.run.waitingFor]).toEqual([
      'progressing',
      1,
      'requests',
    ]);
    expect(course.told.filter(event => event === 'held')).toHaveLength(1);
    course.pass(MINUTE, 'inconclusive');
    expect([course.state.phase, course.weight]).toEqual(['paused', 1]);
    expect(course.run.reason).toMatch(/^deadline: at step 1 for 2 h, waiting for requests/);
    course.say({ verb: 'resume' });
    course.pass(MINUTE, 'inconclusive');
    expect(course.state.phase).toBe('progressing');
  });

  it('rolls back at the deadline where the plan says so, audited as one', () => {
    const course = started({ maxHold: '2h', onMaxHold: 'rollback' });
    course.pass(2 * HOUR, 'inconclusive');
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
    expect(course.took('audit').at(-1)?.detail).toMatch(/^deadline/);
  });

  it('is no reason to wait at 100: leaving it needs the hold alone', () => {
    const course = baking();
    course.pass(HOUR, 'inconclusive');
    expect([course.state.phase, course.weight]).toEqual(['completed', 100]);
  });
});

describe('an approval', () => {
  it('is asked for when the evidence is in, again every 30 minutes, and holds the weight', () => {
    const course = started(APPROVED);
    course.pass(4 * MINUTE);
    expect(course.say({ verb: 'approve' })).toMatchObject({ kind: 'refused' });
    course.pass(MINUTE);
    expect([course.weight, course.run.waitingFor]).toEqual([1, 'approval']);
    course.pass(65 * MINUTE);
    expect(course.told.filter(event => event === 'approval-needed')).toHaveLength(3);
    expect(course.say({ verb: 'approve' }, BOB)).toMatchObject({ kind: 'done', changed: true });
    course.tick('pass');
    expect(course.weight).toBe(25);
    expect(course.took('audit').at(-1)?.detail).toContain('approved by bob');
  });

  it('outlasts every deadline, and never a failing verdict', () => {
    const course = started(APPROVED);
    course.pass(24 * HOUR);
    expect([course.state.phase, course.run.waitingFor]).toEqual(['progressing', 'approval']);
    course.tick('fail');
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
  });

  it('is kept while paused, and acts after the resume', () => {
    const course = started(APPROVED);
    course.pass(6 * MINUTE);
    course.say({ verb: 'pause' });
    expect(course.say({ verb: 'approve' })).toMatchObject({ kind: 'done' });
    course.pass(MINUTE);
    expect(course.weight).toBe(1);
    course.say({ verb: 'resume' });
    course.tick('pass');
    expect(course.weight).toBe(25);
  });

  it('of another person is not that of who started, also not by a promotion', () => {
    const steps = APPROVED.steps.map(step => ('approval' in step ? { ...step, approval: 'other' } : step));
    const course = started({ steps });
    course.pass(6 * MINUTE);
    expect(course.say({ verb: 'approve' })).toMatchObject({ kind: 'refused' });
    expect(course.say({ verb: 'promote' })).toMatchObject({ kind: 'refused' });
    expect(course.say({ verb: 'approve' }, BOB)).toMatchObject({ kind: 'done' });
  });
});

describe('a gate', () => {
  const answer = (course: Course, passes: boolean, text = passes ? '200' : '503 not today'): void => {
    const key = course.took('ask-gate').at(-1)?.key ?? '';
    course.apply({ kind: 'gate-answer', key, passes, answer: text });
  };

  it('is asked before every weight, holds until it lets pass, and is asked again', () => {
    const course = new Course(planned(GATED));
    course.say({ verb: 'start' });
    course.tick(null);
    expect([course.weight, course.run.waitingFor]).toEqual([0, 'gate:ci.example.com']);
    expect(course.took('ask-gate')).toMatchObject([
      {
        url: 'https://ci.example.com/gate?key=1',
        question: { step: 1, weight: 1, version: '1', before: 'step' },
      },
    ]);
    answer(course, false);
    course.tick(null);
    expect(course.took('ask-gate')).toHaveLength(1);
    course.pass(MINUTE, null);
    const [first, again] = course.took('ask-gate');
    expect(again?.question.idempotencyKey).toBe(first?.question.idempotencyKey);
    answer(course, true);
    course.tick(null);
    expect(course.weight).toBe(1);
    course.pass(5 * MINUTE);
    expect([course.weight, course.took('ask-gate').at(-1)?.question.step]).toEqual([1, 2]);
  });

  it('hears no answer to an earlier question', () => {
    const course = new Course(planned(GATED));
    course.say({ verb: 'start' });
    course.tick(null);
    const late = course.took('ask-gate').at(-1)?.key ?? '';
    answer(course, true);
    course.tick(null);
    course.pass(5 * MINUTE);
    course.apply({ kind: 'gate-answer', key: late, passes: true, answer: '200' });
    course.tick('pass');
    expect(course.weight).toBe(1);
  });

  it.each([
    ['start', [1]],
    ['step', [1, 2, 3]],
    ['promotion', [3]],
  ])('before %s is asked before steps %j', (before, expected) => {
    const course = new Course(planned({ gates: [{ before, url: 'https://ci.example.com/' }] }));
    course.say({ verb: 'start' });
    for (let minute = 0; minute < 30; minute++) {
      course.pass(MINUTE);
      answer(course, true);
    }
    const steps = new Set(course.took('ask-gate').map(({ question }) => question.step));
    expect([...steps]).toEqual(expected);
  });

  it('never delays a rollback', () => {
    const course = started({ gates: [{ before: 'promotion', url: 'https://ci.example.com/' }] });
    course.pass(16 * MINUTE);
    expect(course.run.waitingFor).toBe('gate:ci.example.com');
    course.tick('fail');
    expect(course.weight).toBe(0);
  });
});

describe('a freeze', () => {
  it('holds an advance and the end of the last step, never a rollback', () => {
    const course = atSecondStep();
    course.say({ verb: 'freeze', until: course.now + 3 * HOUR, reason: 'conference' });
    course.pass(2 * HOUR);
    expect([course.weight, course.run.waitingFor]).toEqual([25, 'freeze']);
    course.pass(HOUR);
    expect(course.weight).toBe(99);
    course.say({ verb: 'freeze', until: course.now + 3 * HOUR });
    course.pass(2 * HOUR);
    expect(course.state.phase).toBe('baking');
    course.tick('fail');
    expect(course.weight).toBe(0);
  });

  it('of the plan holds by its own time zone', () => {
    // The course begins on a Monday at noon, UTC.
    const freeze = [{ days: 'Mon', from: '12:02', to: '14:00', timezone: 'UTC' }];
    const course = started({ freeze });
    course.pass(HOUR);
    expect([course.weight, course.run.waitingFor]).toEqual([1, 'freeze']);
    course.pass(HOUR);
    expect(course.weight).toBe(25);
  });
});

describe('blindness', () => {
  it('holds, is told every 15 minutes, and rolls back above weight 5 after ten', () => {
    const course = atSecondStep(TOLD);
    course.pass(9 * MINUTE, 'blind');
    expect([course.state.phase, course.run.waitingFor]).toEqual(['progressing', 'blind']);
    course.pass(2 * MINUTE, 'blind');
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
    expect(course.told.filter(event => event === 'blind')).toHaveLength(1);
  });

  it('only holds at small weights', () => {
    const course = started(TOLD);
    course.pass(46 * MINUTE, 'blind');
    expect([course.state.phase, course.weight]).toEqual(['progressing', 1]);
    expect(course.told.filter(event => event === 'blind')).toHaveLength(4);
    course.pass(10 * MINUTE);
    expect(course.weight).toBe(25);
  });

  it.each([
    ['rollback', 'rolled-back'],
    ['hold', 'paused'],
  ])('that the plan answers with %s, while paused: %s', (onBlind, phase) => {
    const course = atSecondStep({ onBlind });
    course.say({ verb: 'pause' });
    course.pass(11 * MINUTE, 'blind');
    expect(course.state.phase).toBe(phase);
  });
});

describe('a mismatch', () => {
  it('holds, and is told once', () => {
    const course = atSecondStep(TOLD);
    course.pass(HOUR, 'mismatch');
    expect([course.weight, course.run.waitingFor]).toEqual([25, 'mismatch']);
    expect(course.told.filter(event => event === 'mismatch')).toHaveLength(1);
  });

  it.each([
    ['progressing', atSecondStep],
    ['baking', baking],
  ])('of the version that the candidate tells starts over at step one, while %s', (_, make) => {
    const course = make(TOLD);
    const versions = (version: string) => ({ versions: { canary: version } });
    course.tick('pass', versions('a'));
    const restarts = course.took('restart-judge').length;
    course.tick('pass', versions('b'));
    expect([course.state.phase, course.weight, course.run.waitingFor]).toEqual([
      'progressing',
      1,
      'mismatch',
    ]);
    expect(course.took('restart-judge').slice(restarts)).toMatchObject([{ what: 'advance' }]);
    expect(course.told).toContain('mismatch');
    course.pass(6 * MINUTE, 'pass', versions('b'));
    expect(course.weight).toBe(25);
    expect(course.took('restart-judge').slice(restarts + 1)).toMatchObject([{ what: 'start' }]);
  });

  it('of a deployment that answers now old, now new is told once', () => {
    const course = atSecondStep(TOLD);
    for (const version of ['a', 'b', 'a', 'b', 'a']) course.tick('pass', { versions: { canary: version } });
    expect(course.told.filter(event => event === 'mismatch')).toHaveLength(1);
  });
});

describe('what the judge wants a person to see', () => {
  it('is told once as long as it lasts, and holds the end', () => {
    const course = baking(TOLD);
    const both = lookOf('inconclusive', { pages: ['errors: both over limit'] });
    course.pass(2 * HOUR, both);
    expect(course.state.phase).toBe('baking');
    expect(course.told.filter(event => event === 'attention')).toHaveLength(1);
  });
});

describe('people are told', () => {
  it('of every turn of a good rollout, each under a key of its own', () => {
    const course = completed(TOLD);
    expect(course.told).toEqual(['started', 'step', 'step', 'step', 'completed']);
    const ids = course.took('notify').map(({ notification }) => notification.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of a rollback, with the verdict and its figures', () => {
    const course = atSecondStep(TOLD);
    const observed = {
      canary: { count: 41, requests: 1000 },
      stable: { count: 2, requests: 9000 },
      expected: 4,
    };
    const evidence = {
      criterion: 'errors',
      direction: 'rollback',
      logE: 9,
      threshold: null,
      isDecided: true,
    } as const;
    course.tick(
      lookOf('fail', {
        verdict: { kind: 'fail', criterion: 'errors', text: '41 first failures; 4 expected' },
        evidence: [{ ...evidence, observed, margin: '1.1 × stable', text: '' }],
      }),
    );
    expect(course.took('notify').at(-1)?.notification).toMatchObject({
      event: 'rolled-back',
      phase: 'rolled-back',
      text: 'rolled back: 41 first failures; 4 expected',
      advice: 'find the cause, then weir start --version …',
      waitingFor: null,
      shares: { canary: 0 },
      verdict: { criterion: 'errors' },
      evidence: [{ observed }],
      path: '/__weir/#/r/default',
    });
  });

  it('nobody where the plan names none', () => {
    expect(completed().told).toEqual([]);
  });
});
