/** A run that goes back to step one: who meets the candidate, and what is known of it. */
import { describe, expect, it } from 'vitest';
import { startJudging } from '../../../src/core/analysis/state.ts';
import { momentOf } from '../../../src/core/delivery/judge-settings.ts';
import { restarted, settingsOf } from '../../../src/core/delivery/judging.ts';
import { inForce } from '../../../src/core/delivery/limits.ts';
import { atSecondStep, type Course, lookOf, MINUTE, planned } from '../../support/course.ts';

const UNSEEN = { unreadableSince: null, excluded: [] };
const HIGHER = [
  { weight: 50, hold: '5m', approval: true },
  { weight: 100, hold: '1h' },
];

/** Whether anyone meets the candidate without the judge being asked. */
function isUnjudged({ state, now }: Course): boolean {
  const { run } = state;
  if (run === null || run.endedAt !== null) return false;
  return inForce(state, run.candidate) > 0 && momentOf(state, run, now, UNSEEN) === null;
}

describe('a plan whose first step is above the weight', () => {
  it('leaves nobody on a candidate that has no step, and waits for what step one needs', () => {
    const course = atSecondStep();
    course.put(planned({ steps: HIGHER }));
    expect([course.state.phase, course.run.step, course.weight]).toEqual(['progressing', -1, 0]);
    course.pass(60 * MINUTE, null);
    expect([course.weight, course.run.waitingFor, isUnjudged(course)]).toEqual([0, 'approval', false]);
    course.say({ verb: 'approve' });
    course.tick(null);
    expect([course.weight, isUnjudged(course)]).toEqual([50, false]);
    course.tick('fail');
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
  });

  it('is not skipped on the evidence of the steps before it', () => {
    const course = atSecondStep();
    course.look = lookOf('pass');
    course.put(planned({ steps: HIGHER }));
    expect(course.say({ verb: 'promote' })).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('step one has not begun') as unknown,
    });
    course.tick(null);
    expect(course.weight).toBe(0);
  });
});

describe('a candidate whose weight was lowered by hand', () => {
  it('and that says another version then is at 0 until step one', () => {
    const course = atSecondStep();
    course.tick('pass', { versions: { canary: 'a' } });
    course.say({ verb: 'weight', weights: { canary: 0.5 } });
    course.tick('pass', { versions: { canary: 'b' } });
    expect([course.state.phase, course.weight, course.run.step]).toEqual(['paused', 0, -1]);
  });
});

describe('a document that draws all visitors anew', () => {
  it.each([
    ['by another salt', { salt: 'spring' }],
    ['by a header instead of the cookie', { sticky: { by: 'header:x-account' } }],
    ['by another fallback', { sticky: { by: 'header:x-account', fallback: 'stable' } }],
  ])('%s goes back to step one, judged from nothing: no evidence so far is of these', (_, more) => {
    const course = atSecondStep();
    const restarts = course.took('restart-judge').length;
    const { notes } = course.put(planned({}, {}, more));
    expect(notes).toEqual(['all visitors are drawn anew: restarts at step one, and is judged from nothing']);
    expect([course.state.phase, course.run.id, course.run.step, course.weight]).toEqual([
      'progressing',
      1,
      0,
      1,
    ]);
    expect(course.took('restart-judge').slice(restarts)).toMatchObject([{ what: 'start', run: 1 }]);
  });

  it('restarts once where the steps change too, and also where the plan goes', () => {
    const course = atSecondStep();
    const restarts = course.took('restart-judge').length;
    course.put(planned({ steps: HIGHER }, {}, { salt: 'spring' }));
    expect(course.took('restart-judge').slice(restarts)).toMatchObject([{ what: 'start' }]);
    expect([course.run.step, course.weight]).toEqual([-1, 0]);
    const other = atSecondStep();
    other.put(planned(null, {}, { salt: 'spring' }));
    expect(other.took('restart-judge').at(-1)).toMatchObject({ what: 'start', run: 1 });
    expect([other.state.phase, other.weight]).toEqual(['paused', 1]);
  });

  it('is the only way to be judged by another cookie or header than at the start', () => {
    const { plan } = atSecondStep().run;
    const before = { ...restarted(null, 1, 'start'), stickyBy: 'ip' as const };
    const begun = { ...before, state: startJudging(settingsOf(before, plan)) };
    expect(settingsOf(restarted(begun, 1, 'advance'), plan).countsDraws).toBe(false);
    expect(restarted(begun, 1, 'start').stickyBy).toBeNull();
  });
});

describe('versions that take turns', () => {
  const TOLD = { notify: [{ url: 'https://hooks.example.com/', format: 'json' }] };

  it('are one mismatch: evidence for a roll-back stays until one of them stays', () => {
    const course = atSecondStep(TOLD);
    course.tick('pass', { versions: { canary: 'a' } });
    const [restarts, told] = [course.took('restart-judge').length, course.told.length];
    for (let turn = 0; turn < 90; turn++) {
      course.now += 2000;
      course.tick('pass', { versions: { canary: turn % 2 === 0 ? 'b' : 'a' } });
      expect([course.weight, course.run.waitingFor]).toEqual([1, 'mismatch']);
    }
    expect(course.took('restart-judge').slice(restarts)).toMatchObject([{ what: 'advance' }]);
    expect(course.told.slice(told).sort()).toEqual(['mismatch', 'step']);
    course.pass(2 * MINUTE, 'pass', { versions: { canary: 'a' } });
    expect(course.took('restart-judge').slice(restarts)).toMatchObject([
      { what: 'advance' },
      { what: 'start' },
    ]);
    expect(course.run.waitingFor).toBe('hold');
  });

  it('never delay a roll-back', () => {
    const course = atSecondStep();
    for (const version of ['a', 'b', 'a']) course.tick('pass', { versions: { canary: version } });
    course.tick('fail', { versions: { canary: 'b' } });
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
  });
});

describe('a question to a gate', () => {
  it('has a key of its own however often a run starts over', () => {
    const course = atSecondStep();
    const keys = new Set<string>();
    const gates = [{ before: 'step', url: 'https://ci.example.com/' }];
    for (let round = 0; round < 140; round++) {
      const hold = round % 2 === 0 ? '1m' : '2m';
      const steps = [
        { weight: 1, hold },
        { weight: 100, hold: '1h' },
      ];
      course.put(planned({ gates, steps }));
      const asked = course.took('ask-gate').length;
      course.pass(3 * MINUTE);
      const key = course.took('ask-gate').at(asked)?.question.idempotencyKey ?? 'none';
      if (round > 0 && course.run.step === 0) keys.add(key);
      const gate = course.took('ask-gate').at(-1)?.key ?? '';
      course.apply({ kind: 'gate-answer', key: gate, passes: true, answer: '200' });
      course.pass(MINUTE);
    }
    expect(keys.size).toBeGreaterThan(100);
  });
});
