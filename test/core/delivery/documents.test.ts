/** What a new document, or a weight written by hand, does to a rollout; and adopting. */
import { describe, expect, it } from 'vitest';
import { staleText } from '../../../src/core/delivery/adopting.ts';
import { withVersion } from '../../../src/core/delivery/document-facts.ts';
import { percentText } from '../../../src/core/delivery/words.ts';
import {
  ANN,
  atSecondStep,
  baking,
  completed,
  Course,
  factsOf,
  MINUTE,
  planned,
  started,
  STEPS,
} from '../../support/course.ts';

const DAY = 24 * 60 * MINUTE;
const BY_HAND = { by: 'unknown', channel: 'kv' } as const;
const TOLD = { notify: [{ url: 'https://hooks.example.com/', format: 'json' }] };
const version2 = planned({}, { version: '2' });

describe('another candidate in the document', () => {
  it.each([
    ['version', { version: '2' }],
    ['origin', { origin: 'https://other.example' }],
    ['headers', { headers: { 'x-key': 'b' } }],
  ])('by its %s goes back to step one, from weight 0', (_, change) => {
    const course = atSecondStep();
    const { notes } = course.put(planned({}, change));
    expect(notes).toEqual(['the candidate changed: restarts at step one, from weight 0']);
    expect([course.state.phase, course.weight, course.run.step]).toEqual(['progressing', 0, -1]);
    expect(course.took('store-report').at(-1)?.report.outcome).toBe('superseded');
    expect(course.took('restart-judge').at(-1)).toMatchObject({ what: 'start', run: 2 });
    course.tick(null, { isSettled: false });
    expect(course.weight).toBe(0);
    course.tick(null);
    expect(course.weight).toBe(1);
    const write = course.took('write-weight').at(-1);
    expect(write?.candidates['canary']).toBe(course.run.hash);
  });

  it('while paused stays paused, at 0', () => {
    const course = atSecondStep();
    course.say({ verb: 'pause' });
    course.put(version2);
    course.pass(MINUTE);
    expect([course.state.phase, course.weight]).toEqual(['paused', 0]);
    course.say({ verb: 'resume' });
    course.tick(null);
    expect(course.weight).toBe(1);
  });

  it('after completed gets no traffic until it is started', () => {
    const course = completed();
    const { notes } = course.put(version2);
    expect(notes[0]).toBe('the candidate canary changed: weight 0 until `weir start`');
    expect([course.state.phase, course.weight]).toEqual(['completed', 0]);
    expect(course.say({ verb: 'adopt' })).toMatchObject({ kind: 'refused' });
    course.say({ verb: 'start' });
    course.tick(null);
    expect([course.weight, course.run.attempt]).toEqual([1, 1]);
  });

  it('after an adopt changes nothing', () => {
    const course = adopted();
    course.put(planned({}, { version: '2' }, {}));
    expect([course.state.phase, course.weight]).toEqual(['idle', 0]);
  });

  it('never inherits a weight that was written by hand and names no candidate', () => {
    const course = new Course(planned(null));
    course.byHand({ canary: 40_000 });
    expect(course.weight).toBe(40);
    course.put(planned(null, { version: '2' }));
    expect(course.weight).toBe(0);
    expect(course.state.cap.limits['canary']?.share).toBe(0);
    course.say({ verb: 'weight', weights: { canary: 10 } });
    expect(course.weight).toBe(10);
  });

  it('that failed before is not tried again by itself', () => {
    const course = atSecondStep();
    course.tick('fail');
    course.put(version2);
    course.say({ verb: 'start' });
    course.tick(null);
    expect(course.weight).toBe(1);
    course.put(planned());
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
    expect(course.say({ verb: 'start' })).toMatchObject({ kind: 'refused' });
    expect(course.say({ verb: 'start', again: true })).toMatchObject({ kind: 'done' });
    expect(course.run.attempt).toBe(2);
  });

  it('that is gone ends the rollout at 0', () => {
    const course = atSecondStep();
    course.put(JSON.stringify({ variants: { stable: { origin: 'https://stable.example' } } }));
    expect([course.state.phase, course.weight]).toEqual(['idle', 0]);
  });
});

describe('an edited plan', () => {
  it('with other steps restarts at the first of them, and keeps what speaks for a roll-back', () => {
    const course = atSecondStep();
    const steps = [{ weight: 5, hold: '5m' }, ...STEPS.slice(1)];
    const { notes } = course.put(planned({ steps }));
    expect(notes).toEqual(['the steps changed: restarts at step one, evidence for a roll-back is kept']);
    expect([course.state.phase, course.weight]).toEqual(['progressing', 5]);
    expect(course.took('restart-judge').at(-1)).toMatchObject({ what: 'advance', run: 1 });
  });

  it('keeps the criteria and rates of the start', () => {
    const course = atSecondStep();
    const { notes } = course.put(planned({ falseRollbackRate: 0.1, maxHold: '2h' }));
    expect(notes[0]).toMatch(/keeps the criteria that it was started with/);
    expect(course.run.plan).toMatchObject({ falseRollbackRate: 0.01, maxHoldMs: 7_200_000 });
    expect(course.weight).toBe(25);
  });

  it('that is taken away pauses: nothing moves by a plan that is not there', () => {
    const course = atSecondStep();
    course.put(planned(null));
    expect([course.state.phase, course.weight]).toEqual(['paused', 25]);
    expect(course.say({ verb: 'resume' })).toMatchObject({ kind: 'refused' });
    course.tick('fail');
    expect(course.weight).toBe(0);
  });

  it('that is the same moves nothing, however the document is spelt', () => {
    const course = atSecondStep();
    const { effects, notes } = course.put(JSON.stringify(JSON.parse(planned()), null, 4));
    expect([effects, notes]).toEqual([[], []]);
  });
});

describe('a disabled document', () => {
  const disabled = planned({}, {}, { enabled: false });

  it('is obeyed as fast as a rollback; enabling it brings back nobody, resuming does', () => {
    const course = atSecondStep();
    course.put(disabled);
    expect([course.state.phase, course.weight]).toEqual(['paused', 0]);
    expect(course.say({ verb: 'resume' })).toMatchObject({ kind: 'refused' });
    // Nothing is seen of a canary that nobody is sent to: that is no reason to give it up.
    course.pass(60 * MINUTE, 'blind');
    const { notes } = course.put(planned());
    expect(notes).toEqual(['the rollout under way is still paused at 0 %: `weir resume` goes on']);
    course.pass(60 * MINUTE, 'blind');
    expect([course.state.phase, course.weight]).toEqual(['paused', 0]);
    course.say({ verb: 'resume' });
    course.tick('inconclusive');
    expect([course.state.phase, course.weight]).toEqual(['progressing', 25]);
  });

  it('refuses a weight for what it is', () => {
    const course = atSecondStep();
    course.put(disabled);
    expect(course.say({ verb: 'weight', weights: { canary: 25 } })).toEqual({
      kind: 'refused',
      detail: 'Not set: the document is disabled, and everybody is on stable. `weir enable` first.',
    });
  });

  it('takes the weight of a rollout that was paused already, and says so', () => {
    const course = atSecondStep();
    course.say({ verb: 'pause', reason: 'lunch' });
    course.put(disabled);
    expect(course.run.reason).toBe('the document was disabled, and everybody went to stable');
    course.put(planned());
    expect([course.state.phase, course.weight]).toEqual(['paused', 0]);
  });
});

describe('a weight written by hand during a rollout', () => {
  it.each([
    [0, 0],
    [2000, 2],
    [25_001, 25],
    [100_000, 25],
  ])('of %i thousandths pauses at %i percent: the lower wins', (share, percent) => {
    const course = atSecondStep(TOLD);
    course.byHand({ canary: share });
    expect([course.state.phase, course.weight]).toEqual(['paused', percent]);
    expect(course.took('audit').at(-1)).toMatchObject({
      action: 'hand-weight',
      detail: expect.stringContaining(`canary ${percentText(share)} written by hand`) as unknown,
    });
    expect(course.told.includes('weight-without-effect')).toBe(share > 25_000);
  });

  it('is not overwritten by the pause, and gives way to a resume', () => {
    const course = baking();
    const writes = course.took('write-weight').length;
    course.byHand({ canary: 0 });
    course.pass(10 * MINUTE);
    expect(course.took('write-weight')).toHaveLength(writes);
    course.say({ verb: 'resume' });
    course.tick('inconclusive');
    expect([course.state.phase, course.weight]).toEqual(['baking', 99]);
  });

  it('that is what the controller wrote is none', () => {
    const course = atSecondStep();
    const { state } = course;
    course.byHand({ canary: 25_000 });
    expect({ ...course.state, seen: [] }).toEqual({ ...state, seen: [] });
  });

  it('has no effect after a rollback, and someone is told', () => {
    const course = started(TOLD);
    course.tick('fail');
    course.byHand({ canary: 25_000 });
    expect(course.weight).toBe(0);
    expect(course.told.at(-1)).toBe('weight-without-effect');
  });

  it('is free to rise where nothing moves by itself', () => {
    const course = new Course(planned(null));
    course.say({ verb: 'weight', weights: { canary: 50 } });
    course.say({ verb: 'weight', weights: { canary: 1 } });
    course.byHand({ canary: 30_000 });
    expect(course.weight).toBe(30);
  });
});

function adopted(): Course {
  const course = completed();
  course.say({ verb: 'adopt' });
  course.pass(3 * MINUTE, null);
  return course;
}

describe('adopt', () => {
  it('writes the new stable first, and sends visitors to it when no isolate has the old document', () => {
    const course = completed();
    course.say({ verb: 'adopt' });
    expect(course.took('write-document').at(-1)?.stable).toMatchObject({
      origin: 'https://canary.example',
      version: '1',
    });
    expect([course.state.phase, course.weight]).toEqual(['adopting', 100]);
    // Some isolate goes on with the old document for ten minutes.
    for (let minute = 0; minute < 10; minute++) {
      course.now += MINUTE;
      course.tick(null, { otherGenerationAt: course.now - 1000 });
      expect(course.weight).toBe(100);
    }
    course.pass(2 * MINUTE, null, { otherGenerationAt: course.now });
    expect([course.state.phase, course.weight]).toEqual(['idle', 0]);
  });

  it('takes no other document meanwhile, but by hand', () => {
    const course = completed();
    course.say({ verb: 'adopt' });
    expect(course.put(planned()).answer).toMatchObject({ kind: 'refused' });
    expect(course.state.phase).toBe('adopting');
    course.put(planned(), BY_HAND);
    expect([course.state.phase, course.weight]).toEqual(['completed', 100]);
  });

  it('leaves nothing to start until there is another version: an undo is not in its way', () => {
    const course = adopted();
    for (const again of [false, true])
      expect(course.say({ verb: 'start', again })).toMatchObject({
        kind: 'refused',
        detail: expect.stringMatching(/canary is the stable one now.*`weir start --version …`/) as unknown,
      });
    expect(course.say({ verb: 'adopt', undo: true, confirmed: true })).toMatchObject({ kind: 'done' });
  });

  it('is undone for 7 days, if the old stable answers and someone says that it is scaled up', () => {
    const course = adopted();
    expect(course.say({ verb: 'adopt', undo: true })).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('https://stable.example') as unknown,
    });
    const confirmed = { verb: 'adopt', undo: true, confirmed: true } as const;
    expect(course.say(confirmed, ANN, { answers: false, text: '503' })).toMatchObject({ kind: 'refused' });
    expect(course.say(confirmed)).toMatchObject({ kind: 'done' });
    expect(course.took('write-document').at(-1)?.stable).toEqual({ origin: 'https://stable.example' });
    expect(course.say(confirmed)).toMatchObject({ kind: 'refused' });

    const late = adopted();
    late.now += 7 * DAY;
    expect(late.say(confirmed)).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['the stable before', 1],
    ['one from two adopts ago', 2],
  ])('is not taken back by a stale file without a word: %s', (_, adopts) => {
    const course = adopted();
    if (adopts === 2) {
      course.put(withVersion(course.text, 'canary', '2'));
      course.say({ verb: 'start' });
      course.pass(80 * MINUTE);
      course.say({ verb: 'adopt' });
      course.pass(3 * MINUTE, null);
      expect(course.state.document?.stable.version).toBe('2');
    }
    const stale = factsOf(planned());
    expect(staleText(course.state, stale)).toMatch(
      /before the adopt .*back to https:\/\/stable\.example.*--yes/,
    );
    // Nothing is brought back by what has the adopted stable, or one that is new.
    expect(staleText(course.state, factsOf(course.text))).toBeNull();
    expect(
      staleText(course.state, factsOf(planned({}, {}).replace('stable.example', 'new.example'))),
    ).toBeNull();
    // Confirmed, or by hand: said, and there is no adopt to undo.
    const { notes } = course.put(planned(), BY_HAND);
    expect(notes).toEqual(['the stable is https://stable.example again, from before an adopt']);
    expect(course.say({ verb: 'adopt', undo: true, confirmed: true })).toMatchObject({ kind: 'refused' });
    expect(staleText(course.state, stale)).toBeNull();
  });

  it('is taken back by a rollback on its way', () => {
    const course = completed();
    course.say({ verb: 'adopt' });
    course.say({ verb: 'rollback' });
    expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
    expect(course.took('write-document').at(-1)?.stable).toEqual({ origin: 'https://stable.example' });
  });

  it('is refused once the document has another candidate than what completed', () => {
    const course = completed();
    course.put(version2);
    expect(course.say({ verb: 'adopt' })).toMatchObject({ kind: 'refused' });
  });
});
