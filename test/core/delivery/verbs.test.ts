/** judging.md, section 5: every verb in every phase. */
import { describe, expect, it } from 'vitest';
import type { Command, Phase } from '../../../src/core/delivery/phase.ts';
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

const IN_PHASE: Readonly<Record<Phase, () => Course>> = {
  idle: () => new Course(planned()),
  progressing: () => atSecondStep(),
  paused() {
    const course = atSecondStep();
    course.say({ verb: 'pause' });
    return course;
  },
  baking: () => baking(),
  completed: () => completed(),
  adopting() {
    const course = completed();
    course.say({ verb: 'adopt' });
    return course;
  },
  'rolled-back'() {
    const course = atSecondStep();
    course.say({ verb: 'rollback' });
    return course;
  },
};

/** Says what became of it: the phase and weight after it, `same` for a no-op, or the verb that a refusal names. */
function outcome(course: Course, command: Command): string {
  const { state } = course;
  const answer = course.say(command, BOB);
  switch (answer.kind) {
    case 'done':
      if (answer.changed) return `${course.state.phase} ${course.weight}`;
      expect({ ...course.state, seen: [], sequence: 0 }).toEqual({ ...state, seen: [], sequence: 0 });
      return 'same';
    case 'refused':
      expect(course.state).toBe(state);
      return `409 ${/`weir ([a-z]+(?: --again)?)/.exec(answer.detail)?.[1] ?? answer.detail}`;
    case 'invalid':
    case 'probe':
      return answer.kind;
  }
}

interface Row {
  readonly says: string;
  readonly command: Command;
  readonly prepare?: (course: Course) => void;
  /** In the order of the phases above. */
  readonly cells: readonly [string, string, string, string, string, string, string];
}

const inconclusive = (course: Course): void => {
  course.look = lookOf('inconclusive');
};
const newVersion = (course: Course): void => {
  course.put(planned({}, { version: '2' }));
};

// prettier-ignore
const ROWS: readonly Row[] = [
  //                                                                                                    idle             progressing        paused             baking             completed        adopting         rolled-back
  { says: 'start', command: { verb: 'start' },                                                  cells: ['progressing 0', 'same',            '409 resume',      'same',            '409 adopt',     '409 rollback',  '409 start'] },
  { says: 'start --again', command: { verb: 'start', again: true },                             cells: ['progressing 0', 'same',            '409 resume',      'same',            '409 adopt',     '409 rollback',  'progressing 0'] },
  { says: 'start of a new version', command: { verb: 'start' }, prepare: newVersion,            cells: ['progressing 0', 'same',            'progressing 0',   'same',            'progressing 0', '409 rollback',  'progressing 0'] },
  { says: 'pause', command: { verb: 'pause' },                                                  cells: ['409 start',     'paused 25',       'same',            'paused 99',       '409 adopt',     '409 rollback',  '409 start'] },
  { says: 'resume', command: { verb: 'resume' },                                                cells: ['409 start',     'same',            'progressing 25',  'same',            '409 adopt',     '409 rollback',  '409 start'] },
  { says: 'approve', command: { verb: 'approve' },                                              cells: ['409 start',     '409 pause',       '409 resume',      '409 pause',       '409 adopt',     '409 rollback',  '409 start'] },
  { says: 'promote, verdict pass', command: { verb: 'promote' },                                cells: ['409 start',     'progressing 25',  'progressing 25',  'completed 100',   'same',          '409 rollback',  '409 start'] },
  { says: 'promote, no verdict', command: { verb: 'promote' }, prepare: inconclusive,           cells: ['409 start',     '409 promote',     '409 promote',     'completed 100',   'same',          '409 rollback',  '409 start'] },
  { says: 'promote by force', command: { verb: 'promote', force: true, reason: 'known' }, prepare: inconclusive, cells: ['409 start', 'progressing 25', 'progressing 25', 'completed 100', 'same',          '409 rollback',  '409 start'] },
  { says: 'rollback', command: { verb: 'rollback' },                                            cells: ['rolled-back 0', 'rolled-back 0',   'rolled-back 0',   'rolled-back 0',   'rolled-back 0', 'rolled-back 0', 'same'] },
  { says: 'adopt', command: { verb: 'adopt' },                                                  cells: ['409 start',     '409 pause',       '409 resume',      '409 pause',       'adopting 100',  '409 rollback',  '409 start'] },
  { says: 'weight 0.5', command: { verb: 'weight', weights: { canary: 0.5 } },                  cells: ['idle 0.5',      'paused 0.5',      'paused 0.5',      'paused 0.5',      'paused 0.5',    '409 rollback',  '409 start'] },
  { says: 'weight 100', command: { verb: 'weight', weights: { canary: 100 } },                  cells: ['idle 100',      '409 promote',     '409 promote',     '409 promote',     'same',          '409 rollback',  '409 start'] },
  { says: 'weight 100 by force', command: { verb: 'weight', weights: { canary: 100 }, force: true, reason: 'now' }, cells: ['idle 100', 'idle 100',  'idle 100',        'idle 100',        'same',          '409 rollback',  'idle 100'] },
];

const PHASE_NAMES = Object.keys(IN_PHASE) as Phase[];

describe('every verb in every phase', () => {
  for (const { says, command, prepare, cells } of ROWS) {
    it.each(PHASE_NAMES.map((phase, column) => [phase, cells[column] ?? ''] as const))(
      `${says}, while %s: %s`,
      (phase, expected) => {
        const course = IN_PHASE[phase]();
        prepare?.(course);
        expect(outcome(course, command)).toBe(expected);
      },
    );
  }

  it.each(PHASE_NAMES)('freeze, while %s: frozen, and nothing else moves', phase => {
    const course = IN_PHASE[phase]();
    const { weight } = course;
    const answer = course.say({ verb: 'freeze', until: course.now + 60 * MINUTE, reason: 'holidays' });
    expect(answer).toMatchObject({ kind: 'done', changed: true });
    expect([course.state.phase, course.weight]).toEqual([phase, weight]);
    expect(course.say({ verb: 'freeze', until: null })).toMatchObject({ changed: true });
    expect(course.say({ verb: 'freeze', until: null })).toMatchObject({ changed: false });
  });

  it.each(PHASE_NAMES)('rollback, while %s: every candidate is at 0, and rules send nobody there', phase => {
    const course = IN_PHASE[phase]();
    course.say({ verb: 'rollback' });
    expect(course.state.cap.limits).toMatchObject({ canary: { share: 0, isBarred: true } });
    expect(course.took('write-weight').at(-1)?.shares).toEqual({ canary: 0 });
  });

  it('rollback needs no plan', () => {
    const course = new Course(planned(null));
    course.say({ verb: 'weight', weights: { canary: 50 } });
    expect(course.weight).toBe(50);
    expect(course.say({ verb: 'rollback' })).toMatchObject({ kind: 'done', changed: true });
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
    expect(course.took('write-weight').at(-1)?.shares).toEqual({ canary: 0 });
  });
});

describe('start', () => {
  it('is refused without a plan, and says what would help', () => {
    expect(new Course(planned(null)).say({ verb: 'start' })).toEqual({
      kind: 'refused',
      detail: expect.stringMatching(/no plan.*`weir weight`/) as unknown,
    });
  });

  it('is refused where the candidate gives no answer, and nothing has happened', () => {
    const course = new Course(planned());
    const answer = course.say({ verb: 'start' }, BOB, { answers: false, text: 'connection refused' });
    expect(answer).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('connection refused') as unknown,
    });
    expect([course.state.phase, course.state.run]).toEqual(['idle', null]);
  });

  it('is refused while another candidate has a weight', () => {
    const more = { 'canary-b': { origin: 'https://b.example' } };
    const document = JSON.parse(planned()) as { variants: object };
    const course = new Course(JSON.stringify({ ...document, variants: { ...document.variants, ...more } }));
    course.say({ verb: 'weight', weights: { 'canary-b': 5 } });
    expect(course.say({ verb: 'start' })).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('canary-b has a weight of 5 %') as unknown,
    });
  });

  it('begins at weight 0, whatever weight was set before', () => {
    const course = new Course(planned());
    course.say({ verb: 'weight', weights: { canary: 60 } });
    course.say({ verb: 'start' });
    expect(course.weight).toBe(0);
    course.tick(null, { isSettled: false });
    expect([course.weight, course.run.waitingFor]).toEqual([0, 'settle']);
    course.tick(null);
    expect(course.weight).toBe(1);
  });

  it('spends the rate again with --again, and counts the attempts', () => {
    const course = started();
    course.tick('fail');
    course.say({ verb: 'start', again: true });
    expect(course.run.attempt).toBe(2);
  });
});

describe('weight', () => {
  it('refuses what is no weight with its path', () => {
    const answer = new Course(planned()).say({ verb: 'weight', weights: { canary: 101 } });
    expect(answer).toMatchObject({ kind: 'invalid', problems: [{ path: '$.canary' }] });
  });

  it('is obeyed as fast as a rollback when it is lower', () => {
    const course = new Course(planned(null));
    course.say({ verb: 'weight', weights: { canary: 50 } });
    course.say({ verb: 'weight', weights: { canary: 5 } });
    expect(course.state.cap.limits['canary']?.share).toBe(5000);
    course.say({ verb: 'weight', weights: { canary: 80 } });
    expect(course.state.cap.limits).toEqual({});
  });

  it('comes back to that of its step after a resume, once KV has settled', () => {
    const course = atSecondStep();
    course.say({ verb: 'weight', weights: { canary: 2 } });
    course.say({ verb: 'resume' });
    course.tick('inconclusive', { isSettled: false });
    expect(course.weight).toBe(2);
    course.tick('inconclusive');
    expect([course.weight, course.state.phase]).toEqual([25, 'progressing']);
  });

  it('by force needs a reason', () => {
    const answer = atSecondStep().say({ verb: 'weight', weights: { canary: 90 }, force: true });
    expect(answer).toMatchObject({ kind: 'refused', detail: expect.stringContaining('--reason') as unknown });
  });
});
