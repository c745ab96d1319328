import { describe, expect, it } from 'vitest';
import { atSecondStep, baking, completed, Course, MINUTE, planned, started } from '../../support/course.ts';

describe('a good canary', () => {
  it('walks from 0 over every step to 100, each held and evidenced', () => {
    const course = new Course(planned());
    expect(course.say({ verb: 'start' }).kind).toBe('done');
    expect([course.state.phase, course.weight]).toEqual(['progressing', 0]);
    course.tick(null);
    expect([course.state.phase, course.weight]).toEqual(['progressing', 1]);
    course.pass(5 * MINUTE);
    expect([course.state.phase, course.weight]).toEqual(['progressing', 25]);
    course.pass(10 * MINUTE);
    expect([course.state.phase, course.weight]).toEqual(['baking', 99]);
    course.pass(60 * MINUTE);
    expect([course.state.phase, course.weight]).toEqual(['completed', 100]);
    expect(course.run.outcome).toBe('completed');
    expect(
      course
        .took('store-report')
        .at(-1)
        ?.report.steps.map(step => step.share),
    ).toEqual([1000, 25_000, 99_000]);
  });
  it('fails anywhere', () => {
    for (const make of [started, atSecondStep, baking]) {
      const course = make();
      course.tick('fail');
      expect([course.state.phase, course.weight]).toEqual(['rolled-back', 0]);
      expect(course.state.cap.limits['canary']?.isBarred).toBe(true);
    }
    const done = completed();
    done.tick('fail');
    expect(done.state.phase).toBe('completed');
  });
});
