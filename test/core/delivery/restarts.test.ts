/** A run that goes back to step one: who meets the candidate, and what is known of it. */
import { describe, expect, it } from 'vitest';
import { momentOf } from '../../../src/core/delivery/judge-settings.ts';
import { inForce } from '../../../src/core/delivery/limits.ts';
import { startJudging } from '../../../src/core/analysis/state.ts';
import { judgeSettings } from '../../../src/core/delivery/judge-settings.ts';
import { restarted } from '../../../src/core/delivery/judging.ts';
import { atSecondStep, Course, lookOf, MINUTE, planned } from '../../support/course.ts';

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

  it('is asked of the judge anew: its last answer was to another question', () => {
    const course = atSecondStep();
    const settings = judgeSettings(course.run.plan, null, { by: 'cookie' });
    const before = {
      run: course.run.id,
      state: startJudging(settings),
      cursor: 7,
      excluded: ['old'],
      baseline: null,
      look: lookOf('pass'),
      lookedAt: course.now,
      unreadableSince: null,
    };
    const after = restarted(before, course.run.id, 'advance');
    expect([after.look, after.cursor, after.excluded]).toEqual([null, 7, ['old']]);
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
