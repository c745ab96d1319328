/** What goes on by a person's word, and what that word does not stand for. */
import { describe, expect, it } from 'vitest';
import { adviceFor } from '../../../src/core/delivery/advice.ts';
import {
  atSecondStep,
  baking,
  BOB,
  completed,
  Course,
  MINUTE,
  planned,
  started,
} from '../../support/course.ts';

const FORCED = { verb: 'promote', force: true, reason: 'known' } as const;
const GATES = [{ before: 'step', url: 'https://ci.example.com/' }];

describe('a weight below that of its step', () => {
  const lowered = (): Course => {
    const course = atSecondStep();
    course.say({ verb: 'weight', weights: { canary: 1 } });
    course.say({ verb: 'resume' });
    return course;
  };

  it('lets no hold go on: the step is held at its own weight', () => {
    const course = lowered();
    course.pass(10 * MINUTE, 'pass', { isSettled: false });
    expect(course.weight).toBe(1);
    course.tick('pass');
    expect(course.weight).toBe(25);
    course.pass(9 * MINUTE);
    expect(course.weight).toBe(25);
    course.pass(2 * MINUTE);
    expect(course.weight).toBe(99);
  });

  it.each(['blind', 'mismatch'] as const)('is not raised while the judge says %s', kind => {
    const course = lowered();
    course.tick(kind);
    expect([course.weight, course.run.waitingFor]).toEqual([1, kind]);
    course.tick('inconclusive');
    expect(course.weight).toBe(25);
  });
});

describe('a start whose hub cannot be read', () => {
  it('sends nobody to a candidate that nobody could watch, says so, and goes on by itself', () => {
    const course = new Course(planned({ notify: [{ url: 'https://hooks.example.com/', format: 'json' }] }));
    course.say({ verb: 'start' });
    course.pass(20 * MINUTE, null, { isHeard: false });
    expect([course.weight, course.run.step, course.run.waitingFor]).toEqual([0, -1, 'blind']);
    expect(adviceFor(course.state, course.now)).toContain('before it can be watched');
    expect(course.told).toContain('held');
    course.tick(null);
    expect(course.weight).toBe(1);
  });
});

describe('a promotion by force', () => {
  it.each(['inconclusive', 'mismatch', 'blind'] as const)('does not wait for the verdict: %s', kind => {
    const course = atSecondStep();
    course.say(FORCED);
    course.tick(kind);
    expect(course.weight).toBe(99);
  });

  it('waits for gates and freezes all the same', () => {
    const gated = started();
    gated.put(planned({ gates: GATES }));
    gated.say(FORCED);
    gated.tick('inconclusive');
    expect([gated.weight, gated.run.waitingFor]).toEqual([1, 'gate:ci.example.com']);
    const frozen = atSecondStep();
    frozen.say({ verb: 'freeze', until: frozen.now + 10 * MINUTE });
    frozen.say(FORCED);
    frozen.tick('inconclusive');
    expect([frozen.weight, frozen.run.waitingFor]).toEqual([25, 'freeze']);
  });

  it('is no approval of another person, and a weight by force neither', () => {
    const steps = [
      { weight: 1, hold: '5m' },
      { weight: 100, hold: '1h', approval: 'other' },
    ];
    const course = started({ steps });
    expect(course.say(FORCED)).toMatchObject({ kind: 'refused' });
    const weights = { canary: 50 };
    const weight = { verb: 'weight', weights, force: true, reason: 'now' } as const;
    expect(course.say(weight)).toMatchObject({ kind: 'refused' });
    expect(course.say(FORCED, BOB)).toMatchObject({ kind: 'done' });
  });
});

describe('a promotion from a pause', () => {
  it('of the last step completes, with no reason of the pause left', () => {
    const course = baking();
    course.say({ verb: 'pause', reason: 'lunch' });
    course.tick('pass');
    expect(course.say({ verb: 'promote' })).toMatchObject({ kind: 'done', changed: true });
    expect([course.state.phase, course.weight, course.run.reason]).toEqual(['completed', 100, null]);
  });

  it('of an earlier step forgets the reason, and is refused without its plan, as a resume is', () => {
    const course = atSecondStep();
    course.say({ verb: 'pause', reason: 'lunch' });
    course.say(FORCED);
    expect([course.state.phase, course.run.reason]).toEqual(['progressing', null]);
    const bare = atSecondStep();
    bare.put(planned(null));
    expect(bare.say(FORCED)).toMatchObject({ kind: 'refused' });
  });
});

describe('an adopt', () => {
  it('can be undone after a rollback, which says so', () => {
    const course = completed();
    course.say({ verb: 'adopt' });
    course.pass(3 * MINUTE, null);
    expect(course.say({ verb: 'rollback' })).toMatchObject({
      message: expect.stringContaining('weir adopt --undo') as unknown,
    });
    expect(course.say({ verb: 'adopt', undo: true, confirmed: true })).toMatchObject({ kind: 'done' });
    expect(course.took('write-document').at(-1)?.stable).toEqual({ origin: 'https://stable.example' });
  });
});

describe('a disabled document', () => {
  it('leaves a weight that is set to 0 at 0 after it is enabled', () => {
    const idle = new Course(planned(null));
    idle.say({ verb: 'weight', weights: { canary: 50 } });
    idle.put(planned(null, {}, { enabled: false }));
    idle.say({ verb: 'weight', weights: { canary: 0 } });
    idle.put(planned(null));
    expect(idle.state.cap.limits['canary']?.share).toBe(0);
  });
});
