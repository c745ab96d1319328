/** A plan moves one candidate of two: what the other one has, had, and may not get meanwhile. */
import { describe, expect, it } from 'vitest';
import { inForce } from '../../../src/core/delivery/limits.ts';
import { BOB, Course, MINUTE, planned } from '../../support/course.ts';

/** A document with canary and canary-b, and a plan for one of them. */
function both(candidate: 'canary' | 'canary-b', more: object = {}): string {
  const document = JSON.parse(planned({ candidate, ...more })) as { variants: object };
  const variants = { ...document.variants, 'canary-b': { origin: 'https://b.example' } };
  return JSON.stringify({ ...document, variants });
}

/** The plan's candidate canary has failed. */
function failed(): Course {
  const course = new Course(both('canary'));
  course.say({ verb: 'start' });
  course.tick(null);
  course.tick('fail');
  return course;
}

describe('a candidate that was rolled back', () => {
  it('stays barred, from rules too, while another gets a weight by force', () => {
    const course = failed();
    course.say({ verb: 'weight', weights: { 'canary-b': 5 }, force: true, reason: 'try b' });
    expect(course.state.cap.limits).toMatchObject({ canary: { share: 0, isBarred: true } });
    expect(course.state.cap.limits['canary-b']).toBeUndefined();
    course.say({ verb: 'weight', weights: { 'canary-b': 3 } });
    course.byHand({ 'canary-b': 8000, canary: 0 });
    expect(course.state.cap.limits['canary']?.isBarred).toBe(true);
  });

  it('stays barred while another is started, and until it has completed', () => {
    const course = failed();
    course.put(both('canary-b'));
    expect(course.say({ verb: 'start' })).toMatchObject({ kind: 'done', changed: true });
    course.tick(null);
    expect(course.state.cap.limits).toMatchObject({
      canary: { share: 0, isBarred: true },
      'canary-b': { share: 1000, isBarred: false },
    });
    course.pass(80 * MINUTE);
    expect([course.state.phase, course.state.cap.limits['canary']?.isBarred]).toEqual(['completed', true]);
  });

  it('is free again when a weight is set for itself, or it is started', () => {
    const weighed = failed();
    weighed.say({ verb: 'weight', weights: { canary: 5 }, force: true, reason: 'again' });
    expect([weighed.weight, weighed.state.cap.limits['canary']]).toEqual([5, undefined]);
    const again = failed();
    again.say({ verb: 'start', again: true });
    again.tick(null);
    expect([again.weight, again.state.cap.limits['canary']?.isBarred]).toEqual([1, false]);
  });

  it('speaks for no other: one that was never tried starts plainly, it itself does not', () => {
    const course = new Course(both('canary-b'));
    course.say({ verb: 'weight', weights: { canary: 50 } });
    course.say({ verb: 'rollback' }, BOB);
    expect(course.say({ verb: 'start' })).toMatchObject({ kind: 'done', changed: true });
    course.say({ verb: 'rollback' }, BOB);
    course.put(both('canary'));
    expect(course.say({ verb: 'start' })).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('was rolled back: by bob') as unknown,
    });
  });
});

describe('a weight by hand for the other candidate during a run', () => {
  it('is held at what it had, and both stand still until it is gone', () => {
    const course = new Course(both('canary'));
    course.say({ verb: 'start' });
    course.tick(null);
    course.pass(5 * MINUTE);
    course.byHand({ canary: 25_000, 'canary-b': 50_000 });
    expect([course.state.phase, inForce(course.state, 'canary'), inForce(course.state, 'canary-b')]).toEqual([
      'paused',
      25_000,
      0,
    ]);
    expect(course.state.cap.limits['canary-b']?.share).toBe(0);
    course.byHand({ canary: 25_000, 'canary-b': 60_000 });
    expect(course.state.cap.limits['canary-b']?.share).toBe(0);
    expect(course.say({ verb: 'resume' })).toMatchObject({ kind: 'refused' });
    course.byHand({ canary: 25_000, 'canary-b': 0 });
    expect(course.say({ verb: 'resume' })).toMatchObject({ kind: 'done' });
    expect(course.state.cap.limits).toMatchObject({ canary: { share: 25_000 } });
  });
});
